// The course navigation: it can be hidden, the lists in it fold, and both stay as the reader
// left them. What must stand before the page is painted is in nav-early.js.
import * as store from "./store.js";

const root = document.documentElement.dataset;

function addToggle() {
  const toggle = document.querySelector(".nav-toggle");
  if (!toggle) return;
  const say = () => toggle.setAttribute("aria-expanded", root.nav !== "hidden");
  toggle.addEventListener("click", () => {
    root.nav = root.nav === "hidden" ? "shown" : "hidden";
    store.set("nav", root.nav);
    say();
  });
  say();
}

export function start() {
  const nav = document.querySelector("nav.side");
  if (!nav) return;
  addToggle();
  // a click only comes from the reader, also by keyboard; the list folds after it
  nav.addEventListener("click", (event) => {
    const fold = event.target.closest("summary")?.parentElement;
    if (fold) store.set(`fold.${fold.dataset.fold}`, fold.open ? "closed" : "open");
  });
  addEventListener("pagehide", () => {
    if (nav.scrollHeight > nav.clientHeight) store.set("nav.scroll", String(Math.round(nav.scrollTop)));
  });
}
