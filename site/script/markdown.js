// "Copy page as Markdown" where the page can fetch its Markdown; else there stays the link to it.
import { say } from "./copy.js";
import { button } from "./dom.js";

async function fetchText(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return new Blob([await response.text()], { type: "text/plain" });
}

export function start() {
  const link = document.querySelector("a.markdown");
  if (!link || !location.protocol.startsWith("http")) return;
  const copy = button(WORDS.copyMarkdown, async () => {
    try {
      // the clipboard is given a promise, because some browsers forget the press while a page is fetched
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": fetchText(link.href) })]);
      say(copy, WORDS.copied);
    } catch {
      copy.replaceWith(link);
      link.focus();
    }
  });
  copy.className = "markdown as-link";
  copy.setAttribute("aria-live", "polite");
  link.replaceWith(copy);
}
