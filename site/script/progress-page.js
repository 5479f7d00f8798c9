// Progress on each page: ticks at links to what is done, and at the end of a chapter or a task the
// button that marks it.
import * as progress from "./progress.js";
import { button, element, pageOf, phrase, thisPage } from "./dom.js";

const links = ".side a, .chapters .title, .chips a, .cards a";

// A task that the reader has marked has its tick in brackets: no program has seen it.
const ticks = {
  read: ["✓", WORDS.isRead],
  checked: ["✓", WORDS.isChecked],
  marked: ["(✓)", WORDS.isMarked],
};

function showTick(link) {
  link.querySelector(".tick")?.remove();
  const state = progress.stateOf(pageOf(link.href));
  if (!state) return;
  const [sign, label] = ticks[state];
  link.append(element("span", { class: `tick ${state}`, role: "img", "aria-label": label, title: label }, sign));
}

// The dates are those of the reader's own place, not of the page's language.
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

function date(time) {
  return element("time", { datetime: time }, dates.format(new Date(time)));
}

// control fills the place that a page keeps for it and returns what brings it up to date.
function control(place) {
  const fact = place.dataset.done;
  const [mark, done] = fact === "read" ? [WORDS.markRead, WORDS.readOn] : [WORDS.markPassed, WORDS.markedOn];
  const page = thisPage();
  const status = element("span", { role: "status" });
  const press = button(mark, () => (progress.since(fact, page) ? progress.unmark : progress.mark)(fact, page));
  const show = (kept = true) => {
    const checked = progress.since("checked", page);
    const marked = progress.since(fact, page);
    const text = checked ? phrase(WORDS.checkedOn, { date: date(checked) }) : marked ? phrase(done, { date: date(marked) }) : [];
    status.replaceChildren(...text, kept ? "" : ` ${WORDS.notKept}`);
    press.textContent = marked ? WORDS.undo : mark;
    press.hidden = checked && !marked;
  };
  show();
  place.replaceChildren(status, press);
  place.hidden = false;
  return show;
}

export function start() {
  const place = document.querySelector("[data-done]");
  const showControl = place && control(place);
  const showTicks = () => document.querySelectorAll(links).forEach(showTick);
  showTicks();
  document.addEventListener("slipway:progress", (event) => {
    showTicks();
    showControl?.(event.detail.kept);
  });
}
