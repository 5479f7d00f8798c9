// Where the reader is on a page, kept while the page is loaded anew after a build: what stands at the
// top of the window, and which details are open. The browser keeps a distance from the top of the page,
// which is another place when something above has changed.
(() => {
  "use strict";

  const kept = 20; // pieces of text that are remembered, the first of which may be the one that was edited
  const pieces = () => [...document.querySelectorAll("main :is(h1, h2, h3, h4, p, li, dt, dd, pre, figure, tr)")];
  const top = (element) => element.getBoundingClientRect().top;
  const name = (details) => details.querySelector("summary")?.textContent ?? "";

  function remember() {
    const seen = pieces().filter((piece) => piece.getBoundingClientRect().bottom > 0).slice(0, kept);
    const place = {
      y: scrollY,
      pieces: seen.map((piece) => ({ text: piece.textContent, top: top(piece) })),
      details: [...document.querySelectorAll("main details")].map((d) => ({ name: name(d), open: d.open })),
    };
    history.scrollRestoration = "manual";
    history.replaceState({ ...history.state, place }, "");
  }

  // restoreDetails opens and closes those of the same name, in their order.
  function restoreDetails(old) {
    for (const details of document.querySelectorAll("main details")) {
      const at = old.findIndex((d) => d.name === name(details));
      if (at >= 0) details.open = old.splice(at, 1)[0].open;
    }
  }

  // restoreScroll puts the first piece that is still there where it was. Of several with the same text
  // it takes the one that is nearest to its old place.
  function restoreScroll(place) {
    const now = pieces();
    let y = place.y;
    for (const old of place.pieces) {
      const ways = now.filter((piece) => piece.textContent === old.text).map((piece) => scrollY + top(piece) - old.top);
      if (ways.length === 0) continue;
      y = ways.reduce((a, b) => (Math.abs(b - place.y) < Math.abs(a - place.y) ? b : a));
      break;
    }
    scrollTo({ top: y, behavior: "instant" });
  }

  document.addEventListener("companion:reload", remember);
  const { place, ...rest } = history.state ?? {};
  if (!place) return;
  history.replaceState(rest, "");
  restoreDetails(place.details);
  restoreScroll(place);
  // until a page is loaded, the browser moves it to its old distance from the top, or to an #anchor
  addEventListener("load", () => requestAnimationFrame(() => {
    restoreScroll(place);
    history.scrollRestoration = "auto";
  }), { once: true });
})();
