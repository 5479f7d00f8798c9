// Sets the course navigation as the reader left it, before the page is painted.
import * as store from "./store.js";
import { reveal } from "./dom.js";

// Lists of tasks come open, for readers without scripts. That of the page's own chapter stays so, unless
// the reader has closed it and it does not hold the page.
function fold(list) {
  const choice = store.get(`fold.${list.dataset.fold}`);
  const own = list.parentElement.querySelector("[aria-current]");
  list.open = choice === "open" || own !== null && (choice !== "closed" || list.contains(own));
}

function restore(nav) {
  nav.querySelectorAll("details").forEach(fold);
  nav.scrollTop = Number(store.get("nav.scroll"));
  const current = nav.querySelector("[aria-current]");
  if (current) reveal(nav, current);
}

// start runs in the head of the page: the navigation is whole when the element after it comes. Until then it is
// not shown: a page may be painted in parts, and lists that fold before the reader's eyes make it jump.
export function start() {
  const root = document.documentElement.dataset;
  root.nav = store.get("nav") === "hidden" ? "hidden" : "shown";
  root.navComes = "";
  const observer = new MutationObserver(() => {
    if (!document.getElementById("main")) return;
    observer.disconnect();
    delete root.navComes;
    const nav = document.querySelector("nav.side");
    if (nav) restore(nav);
  });
  observer.observe(document, { childList: true, subtree: true });
}
