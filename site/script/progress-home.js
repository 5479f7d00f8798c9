// "Your progress" on the home page, and the counts of its parts. What counts is what the page lists.
import * as file from "./progress-file.js";
import * as place from "./place.js";
import * as progress from "./progress.js";
import * as store from "./store.js";
import { button, element, fill, pageOf, phrase, plural } from "./dom.js";

const pages = (within, links) => [...within.querySelectorAll(links)].map((link) => pageOf(link.href));

// count counts what a part of the page, or all of it, lists.
function count(within) {
  const chapters = pages(within, ".chapters .title");
  const tasks = pages(within, ".chips a");
  const states = tasks.map(progress.stateOf);
  return {
    chapters: chapters.length,
    tasks: tasks.length,
    read: chapters.filter((page) => progress.since("read", page)).length,
    passed: states.filter(Boolean).length,
    marked: states.filter((state) => state === "marked").length,
  };
}

function inWords(n) {
  const counts = [plural("chaptersDone", n.chapters, { done: n.read })];
  if (n.tasks > 0) counts.push(plural("tasksDone", n.tasks, { done: n.passed }));
  return counts.join(WORDS.separator);
}

// A part has its counts once something in it is done; until then its facts say as much.
function showPart(part) {
  const facts = part.querySelector(".meta");
  facts.querySelector(".counts")?.remove();
  const n = count(part);
  if (n.read + n.passed > 0) facts.append(element("span", { class: "counts" }, ` · ${inWords(n)}`));
}

const today = () => new Date().toISOString().slice(0, 10);

function save() {
  const address = URL.createObjectURL(new Blob([file.write()], { type: "application/json" }));
  element("a", { href: address, download: `slipway-progress-${today()}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

// A panel is the section of the home page.
class Panel {
  summary = element("p", { id: "progress-counts", class: "counts" });
  bar = element("progress", { "aria-labelledby": "progress-counts" });
  marked = element("p", { class: "meta" });
  onward = element("p", { class: "onward" });
  trouble = element("p", { class: "trouble" });
  status = element("p", { role: "status" });
  choose = element("input", { type: "file", accept: ".json,application/json", hidden: "" });

  constructor(section) {
    this.choose.addEventListener("change", () => this.take());
    const buttons = element("p", { class: "buttons" },
      button(WORDS.exportProgress, save), button(WORDS.importProgress, () => this.choose.click()),
      button(WORDS.forgetProgress, () => this.forget()), this.choose);
    section.replaceChildren(element("h2", { id: "progress-title" }, WORDS.yourProgress),
      this.onward, this.summary, this.bar, this.marked, element("p", { class: "meta" }, WORDS.progressStays),
      this.trouble, buttons, this.status);
    section.setAttribute("aria-labelledby", "progress-title");
    this.show();
    section.hidden = false;
  }

  show() {
    const n = count(document);
    this.summary.textContent = inWords(n);
    this.bar.max = n.chapters + n.tasks;
    this.bar.value = n.read + n.passed;
    this.marked.textContent = plural("byHand", n.marked);
    this.marked.hidden = n.marked === 0;
    this.showOnward();
    this.showTrouble();
  }

  showOnward() {
    const at = place.last();
    const link = at && [...document.querySelectorAll(".chapters .title, .chips a")].find((a) => pageOf(a.href) === at.page);
    this.onward.hidden = !link;
    if (!link) return;
    const number = link.closest(".chapters > li").querySelector(".number").textContent;
    const named = link.cloneNode(true);
    named.querySelector(".tick")?.remove();
    const title = named.textContent.trim();
    const page = link.matches(".title") ? fill(WORDS.chapterTitle, { number, title }) : title;
    // headings have the words and the anchors of a language
    const here = at.heading && at.language === document.documentElement.lang;
    const text = here ? fill(WORDS.continueSection, { page, section: at.title }) : fill(WORDS.continueAt, { page });
    this.onward.replaceChildren(element("a", { href: link.getAttribute("href") + (here ? `#${at.heading}` : "") }, text));
  }

  showTrouble() {
    const names = progress.damaged();
    const what = [];
    if (!store.works()) {
      what.push(WORDS.notKept);
    } else if (names.length > 0) {
      what.push(...phrase(WORDS.damaged, { names: element("code", {}, names.join(" ")) }), " ",
        button(WORDS.forgetDamaged, progress.forgetDamaged));
    }
    this.trouble.replaceChildren(...what);
    this.trouble.hidden = what.length === 0;
  }

  async take() {
    const [chosen] = this.choose.files;
    if (!chosen) return;
    try {
      const found = await file.read(chosen);
      const kept = progress.merge(found);
      const n = progress.facts.reduce((sum, fact) => sum + Object.keys(found[fact]).length, 0);
      this.status.textContent = kept ? plural("imported", n) : WORDS.notKept;
    } catch (err) {
      this.status.textContent = err.message;
    }
    this.choose.value = ""; // so that the same file can be chosen again
  }

  forget() {
    if (!confirm(WORDS.forgetSure)) return;
    progress.forget();
    this.status.textContent = WORDS.forgotten;
  }
}

export function start() {
  const section = document.querySelector(".home .progress");
  if (!section) return;
  const panel = new Panel(section);
  const parts = document.querySelectorAll(".home .part");
  parts.forEach(showPart);
  document.addEventListener("slipway:progress", () => {
    panel.show();
    parts.forEach(showPart);
  });
}
