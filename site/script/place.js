// Where the reader was last: the item place holds a page of the course and the heading in view, as JSON
// {page, language, heading, title}. The last page that was looked at counts, whatever tab it is in.
import * as progress from "./progress.js";
import * as store from "./store.js";
import { thisPage } from "./dom.js";

export function last() {
  const value = store.get("place");
  if (value === null) return null;
  try {
    const at = JSON.parse(value);
    if (progress.isPage(at.page) && ["language", "heading", "title"].every((key) => typeof at[key] === "string")) return at;
  } catch {
    // as one of another form
  }
  progress.setAside("place");
  return null;
}

let heading = null; // the element

function keep() {
  if (document.visibilityState === "hidden") return;
  store.set("place", JSON.stringify({
    page: thisPage(),
    language: document.documentElement.lang,
    heading: heading?.id ?? "",
    title: heading?.textContent.trim() ?? "",
  }));
}

// start follows the pages that the course lists; variants and pages about the course are none of them.
export function start() {
  if (!document.querySelector(".side a[aria-current]")) return;
  keep();
  document.addEventListener("visibilitychange", keep);
  addEventListener("pageshow", keep);
  document.addEventListener("slipway:heading", (event) => {
    heading = event.detail;
    keep();
  });
}
