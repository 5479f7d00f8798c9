// Copy buttons on blocks of code.

// Of a block a reader pastes all but prompts, signs, output, removed lines and places.
function pasteable(pre) {
  const code = pre.querySelector("code").cloneNode(true);
  for (const e of code.querySelectorAll(".ps, .out, .del, .hunk")) e.remove();
  const text = code.textContent;
  return pre.closest(".console") ? text.replace(/\n$/, "") : text;
}

// say shows on a button what came of it, and the button's own words again after a while.
export function say(button, text) {
  button.dataset.words ??= button.textContent;
  button.textContent = text;
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = setTimeout(() => { button.textContent = button.dataset.words; }, 1600);
}

// On a page from disk the clipboard may be refused; the text is then selected for the reader.
async function copy(button, pre) {
  try {
    await navigator.clipboard.writeText(pasteable(pre));
    say(button, WORDS.copied);
  } catch {
    getSelection().selectAllChildren(pre);
    say(button, WORDS.copyFailed);
  }
}

function addCopyButton(block) {
  const pre = block.querySelector("pre");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = WORDS.copy;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", () => copy(button, pre));
  (block.querySelector(".head") ?? block).append(button);
}

export function start() {
  document.querySelectorAll(".code").forEach(addCopyButton);
}
