// Keys for readers: the page after, the page before, search, and a list of the keys, where they can be
// turned off, because a single key may be what speech input types or a hand touches by accident:
// https://www.w3.org/TR/WCAG22/#character-key-shortcuts
import * as store from "./store.js";
import { button, element } from "./dom.js";

const follow = (rel) => () => document.querySelector(`a[rel="${rel}"]`)?.click();

// search asks search.js to open the dialog.
function search() {
  document.dispatchEvent(new CustomEvent("slipway:search"));
}

const keys = [
  ["n", WORDS.keyNext, follow("next")],
  ["p", WORDS.keyPrevious, follow("prev")],
  ["/", WORDS.keySearch, search],
  ["?", WORDS.keyHelp, open],
];

const areOff = () => store.get("keys") === "off";

// isTyped reports whether a key is written into a field. A field in a dialog that was just closed keeps the
// focus until the browser draws the page again, and is not one to write into.
function isTyped(event) {
  return event.target.closest?.("input, textarea, select, [contenteditable]")?.checkVisibility() ?? false;
}

function isForReader(event) {
  return !event.defaultPrevented && !event.repeat && !event.isComposing && !event.ctrlKey && !event.altKey && !event.metaKey &&
    !isTyped(event) && !document.querySelector("dialog[open]");
}

function press(event) {
  const key = keys.find(([name]) => name === event.key);
  if (!key || areOff() || !isForReader(event)) return;
  event.preventDefault(); // Firefox searches in the page on /
  key[2]();
}

let dialog = null;

function open() {
  dialog ??= makeDialog();
  dialog.querySelector("input").checked = !areOff();
  dialog.showModal();
}

function makeDialog() {
  const box = element("input", { type: "checkbox" });
  box.addEventListener("change", () => store.set("keys", box.checked ? "on" : "off"));
  const made = element("dialog", { class: "keys", "aria-labelledby": "keys-title", closedby: "any" },
    element("h2", { id: "keys-title" }, WORDS.keysTitle),
    element("dl", {}, ...keys.map(([name, text]) => element("div", {}, element("dt", {}, element("kbd", {}, name)), element("dd", {}, text)))),
    element("p", {}, element("label", {}, box, " ", WORDS.keysOn)),
    button(WORDS.close, () => made.close()));
  document.body.append(made);
  return made;
}

// The button at the foot of the page leads to the list also when the keys are off.
function addButton() {
  const show = button(WORDS.keysTitle, open);
  show.className = "as-link";
  const foot = document.querySelector(".foot .stamp");
  if (foot) foot.append(element("span", {}, " · ", show));
  else document.getElementById("main").append(element("footer", { class: "foot" }, element("p", { class: "stamp" }, show)));
}

export function start() {
  addButton();
  document.addEventListener("keydown", press);
}
