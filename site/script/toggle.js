// The choice of light or dark.
import * as store from "./store.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

function toggle() {
  const root = document.documentElement.dataset;
  const now = root.theme ?? (dark.matches ? "dark" : "light");
  root.theme = now === "dark" ? "light" : "dark";
  store.set("theme", root.theme);
}

export function start() {
  const button = document.querySelector("button.theme");
  button.hidden = false;
  button.addEventListener("click", toggle);
}
