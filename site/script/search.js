// The search: its button, its keys, and its dialog. What searches is a script of its own, which is
// loaded when the dialog is first opened, with the index; see search/main.js.
import { element } from "./dom.js";
import { loadShards, prepare, receive } from "./load.js";

const patience = 300; // ms before a load is spoken of
const slow = 4000; // ms before another way is shown

class Search {
  constructor(button) {
    this.button = button;
    this.input = element("input", {
      type: "text", role: "combobox", "aria-label": WORDS.search, placeholder: WORDS.search, "aria-expanded": "false",
      "aria-controls": "search-results", "aria-autocomplete": "list", "aria-describedby": "search-hint",
      autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "go", maxlength: "200",
    });
    this.close = element("button", { type: "button" }, WORDS.searchClose);
    this.status = element("p", { class: "search-status", role: "status" });
    this.home = element("p", { class: "search-home", hidden: "" }, element("a", { href: button.dataset.home }, WORDS.searchHome));
    this.list = element("div", { id: "search-results", class: "search-results", role: "listbox", "aria-label": WORDS.search, hidden: "" });
    this.hint = element("p", { id: "search-hint", class: "search-hint" }, WORDS.searchHint);
    this.dialog = element("dialog", { class: "search-dialog", "aria-label": WORDS.search },
      element("div", { class: "search-head" }, this.input, this.close), this.status, this.home, this.list, this.hint);
    document.body.append(this.dialog);
    this.close.addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
    this.input.addEventListener("input", () => { if (!this.view) this.load(); });
  }

  open() {
    if (this.dialog.open) return;
    if (!this.view) this.load(); // first, so that files come while the browser lays the dialog out
    this.dialog.showModal();
    this.input.select();
  }

  // load brings what searches. What fails is tried again at the next use.
  async load() {
    if (this.loading) return;
    this.loading = true;
    this.list.setAttribute("aria-busy", "true");
    const timers = [
      setTimeout(() => this.say(WORDS.searchLoading), patience),
      setTimeout(() => this.say(WORDS.searchSlow, true), slow),
    ];
    try {
      const ready = await prepare(this.button.dataset);
      this.view = globalThis.slipwaySearchTool.show(this, ready.finder, await loadShards(ready), ready.manifest);
      this.say("");
      this.view.update();
    } catch (err) {
      console.error(err);
      this.say(WORDS.searchFailed, true);
    } finally {
      timers.forEach(clearTimeout);
      this.loading = false;
      this.list.setAttribute("aria-busy", "false");
    }
  }

  // say shows how it stands, with the way to the home page where it helps.
  say(text, withHome = false) {
    this.status.textContent = text;
    this.home.hidden = !withHome;
  }
}

// opens reports whether a key opens the search. The key / is one of those that can be turned off: keys.js.
function opens(event) {
  return event.key.toLowerCase() === "k" && event.ctrlKey !== event.metaKey && !event.altKey && !event.shiftKey && !event.isComposing;
}

// whenIdle does, when the page is there and has nothing else to do, what makes the first search quicker: it
// loads the small scripts, not the index. Where a reader saves data, it does nothing.
function whenIdle(act) {
  if (navigator.connection?.saveData) return;
  const wait = globalThis.requestIdleCallback ?? ((later) => setTimeout(later, 500));
  if (document.readyState === "complete") wait(act);
  else addEventListener("load", () => wait(act), { once: true });
}

export function start() {
  const button = document.querySelector("button.search");
  if (!button) return;
  receive();
  let search;
  whenIdle(() => prepare(button.dataset).catch(() => {})); // what fails is tried again when it is needed
  const open = () => (search ??= new Search(button)).open();
  button.hidden = false;
  button.addEventListener("click", open);
  document.addEventListener("slipway:search", open);
  document.addEventListener("keydown", (event) => {
    if (!opens(event) || document.querySelector("dialog[open]:not(.search-dialog)")) return;
    event.preventDefault();
    open();
  });
}
