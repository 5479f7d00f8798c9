// Blocks of code in tabs, as https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ describes them. Groups with
// the same titles switch together, and a reader's choice holds on all pages.
import * as store from "./store.js";

const groups = [];

class Group {
  constructor(element) {
    this.panels = [...element.querySelectorAll(":scope > .tab")];
    this.titles = this.panels.map((panel) => panel.querySelector(".tab-title").textContent);
    this.key = "tabs." + this.titles.join("|");
    this.number = groups.push(this);
    this.tabs = this.panels.map((panel, i) => this.newTab(panel, i));
    const list = document.createElement("div");
    list.setAttribute("role", "tablist");
    list.append(...this.tabs);
    list.addEventListener("keydown", (event) => this.onKey(event));
    element.prepend(list);
    element.classList.add("live");
  }

  // Ids hold a point, which no anchor of a heading does.
  newTab(panel, i) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.textContent = this.titles[i];
    tab.id = `tab.${this.number}.${i}`;
    tab.setAttribute("role", "tab");
    tab.addEventListener("click", () => this.choose(i));
    panel.id = `panel.${this.number}.${i}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    panel.addEventListener("beforematch", () => this.choose(i)); // the browser found a text in it
    tab.setAttribute("aria-controls", panel.id);
    return tab;
  }

  show(chosen) {
    this.tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", i === chosen);
      tab.tabIndex = i === chosen ? 0 : -1;
      if (i === chosen) this.panels[i].removeAttribute("hidden");
      else this.panels[i].setAttribute("hidden", "until-found");
    });
  }

  // What stands above may change its height: the tab stays where the reader sees it.
  choose(chosen) {
    const before = this.tabs[chosen].getBoundingClientRect().top;
    for (const group of groups) if (group.key === this.key) group.show(chosen);
    scrollBy({ top: this.tabs[chosen].getBoundingClientRect().top - before, behavior: "instant" });
    store.set(this.key, this.titles[chosen]);
  }

  onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const last = this.tabs.length - 1;
    const now = this.tabs.indexOf(event.target);
    const to = { ArrowLeft: now > 0 ? now - 1 : last, ArrowRight: now < last ? now + 1 : 0, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.choose(to);
    this.tabs[to].focus();
  }
}

export function start() {
  for (const element of document.querySelectorAll(".tabs")) {
    const group = new Group(element);
    group.show(Math.max(0, group.titles.indexOf(store.get(group.key))));
  }
}
