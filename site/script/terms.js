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

export function start() {
  document.addEventListener("keydown", hideDefinition);
}
