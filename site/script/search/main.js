// What the search dialog does once it is loaded. It is a script of its own, so that pages carry
// nothing of it until somebody searches.
import { Finder } from "./finder.js";

const most = 12;
const atOnce = 6; // results that are shown before the others are made

// View fills the dialog: a combobox with a listbox of links.
class View {
  constructor(dialog, finder, base) {
    Object.assign(this, { dialog, finder, base, active: -1, shown: "" });
    const { input, list } = dialog;
    input.addEventListener("input", (event) => { if (!event.isComposing) this.update(); });
    input.addEventListener("compositionend", () => this.update());
    input.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("click", () => dialog.dialog.close()); // a link may lead to this very page
  }

  // update shows what is found for the text that stands there.
  update() {
    const text = this.dialog.input.value;
    if (text === this.shown) return;
    this.shown = text;
    const { count, shown, result } = text.trim() ? this.finder.find(text, most) : { count: 0, shown: 0 };
    const options = (from, to) => Array.from({ length: Math.max(0, Math.min(to, shown) - from) }, (_, i) => this.option(result(from + i), from + i));
    this.dialog.list.replaceChildren(...options(0, atOnce));
    setTimeout(() => { if (this.shown === text) this.dialog.list.append(...options(atOnce, shown)); });
    this.dialog.list.hidden = shown === 0;
    this.dialog.list.scrollTop = 0;
    this.dialog.hint.hidden = shown > 0;
    this.dialog.input.setAttribute("aria-expanded", String(shown > 0));
    this.choose(shown > 0 ? 0 : -1);
    this.dialog.say(text.trim() ? told(count, shown) : "", text.trim() !== "" && count === 0);
  }

  option({ href, label, title, heading, text }, i) {
    const link = document.createElement("a");
    link.href = new URL(href, this.base);
    link.id = `search-result-${i}`;
    link.role = "option";
    link.tabIndex = -1; // the focus stays in the input
    link.append(line("search-title", [[label + " ", "label"], ...title]));
    if (heading.length > 0) link.append(line("search-heading", heading));
    link.append(line("search-text", text));
    link.addEventListener("pointermove", () => this.choose(i));
    return link;
  }

  choose(i) {
    this.active = i;
    const { input, list } = this.dialog;
    [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === i)));
    if (i < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[i].id);
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method has the keys
    const options = this.dialog.list.children;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length > 0) {
      event.preventDefault();
      this.choose((this.active + step + options.length) % options.length);
      options[this.active].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && options.length > 0) {
      event.preventDefault();
      options[this.active].click();
    }
  }
}

// line makes a line of pieces of text, some of which are marked.
function line(name, pieces) {
  const span = document.createElement("span");
  span.className = name;
  for (const [text, mark] of pieces) {
    if (!mark) {
      span.append(text);
      continue;
    }
    const e = document.createElement(mark === "label" ? "span" : "mark");
    if (mark === "label") e.className = "label";
    e.append(text);
    span.append(e);
  }
  return span;
}

function told(count, shown) {
  if (count === 0) return WORDS.searchNone;
  if (count === 1) return WORDS.searchOne;
  const form = count > shown ? WORDS.searchFirst : WORDS.searchMany;
  return form.replace("{n}", count).replace("{shown}", shown);
}

// A page makes the finder while it is idle, and its view when somebody searches.
globalThis.slipwaySearchTool = {
  prepare: (rules) => new Finder(rules),
  show(dialog, finder, shards, base) {
    finder.take(shards);
    return new View(dialog, finder, base);
  },
};
