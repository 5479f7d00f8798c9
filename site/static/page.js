// Copy buttons, and the choice of light or dark. A page reads as well without this script.
(() => {
  "use strict";

  const words = document.body.dataset;

  // Of a block of code a reader pastes all but prompts, signs, output, removed lines and places.
  function pasteable(pre) {
    const code = pre.querySelector("code").cloneNode(true);
    for (const e of code.querySelectorAll(".ps, .out, .del, .hunk")) e.remove();
    const text = code.textContent;
    return pre.closest(".console") ? text.replace(/\n$/, "") : text;
  }

  // On a page from disk the clipboard may be refused; the text is then selected for the reader.
  async function copy(button, pre) {
    const text = pasteable(pre);
    let said = words.copied;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(pre);
      said = words.copyFailed;
    }
    button.textContent = said;
    setTimeout(() => { button.textContent = words.copy; }, 1600);
  }

  function addCopyButton(block) {
    const pre = block.querySelector("pre");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = words.copy;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", () => copy(button, pre));
    (block.querySelector(".head") ?? block).append(button);
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");

  function toggleTheme() {
    const root = document.documentElement.dataset;
    const now = root.theme ?? (dark.matches ? "dark" : "light");
    root.theme = now === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("slipway-theme", root.theme);
    } catch {}
  }

  // Escape puts away the definition that a pointer or the focus has opened.
  function hideDefinition(event) {
    if (event.key !== "Escape") return;
    const term = document.querySelector("a.term:is(:hover, :focus)");
    if (!term) return;
    term.classList.add("quiet");
    const back = () => term.classList.remove("quiet");
    term.addEventListener("pointerleave", back, { once: true });
    term.addEventListener("blur", back, { once: true });
  }

  document.querySelectorAll(".code").forEach(addCopyButton);
  const theme = document.querySelector("button.theme");
  theme.hidden = false;
  theme.addEventListener("click", toggleTheme);
  document.addEventListener("keydown", hideDefinition);
})();
