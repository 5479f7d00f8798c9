// A published site is kept by the browser. A page from disk needs nothing, and the companion serves
// what changes all the time.
export function start() {
  const published = document.querySelector('link[rel="manifest"]') && location.protocol.startsWith("http");
  if (!published || !("serviceWorker" in navigator)) return;
  const url = new URL(`${document.documentElement.dataset.root}sw.js`, location.href);
  addEventListener("load", () => navigator.serviceWorker.register(url).catch(() => {})); // reading goes on without it
}
