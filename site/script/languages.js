// The way to the same page in another language keeps the place in the page, and is remembered for the
// next visit of the site's root.
import * as store from "./store.js";

export function start() {
  for (const a of document.querySelectorAll(".languages a")) {
    a.addEventListener("click", () => {
      store.set("language", a.hreflang);
      a.hash = location.hash;
    });
  }
}
