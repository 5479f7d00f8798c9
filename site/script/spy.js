// Shows in the contents of a page which heading is in view, and tells it to others by the event
// slipway:heading, whose detail is the heading or null.
import { reveal } from "./dom.js";

const line = 0.3; // share of the window's height above which a heading has been reached

// inView is the last entry whose heading stands above the line. Towards the end of the page, whose last
// sections never get there, the line moves down to the foot of the window.
function inView(entries) {
  const rest = document.documentElement.scrollHeight - innerHeight - scrollY;
  const near = 1 - Math.min(1, Math.max(0, rest) / innerHeight);
  const reach = innerHeight * (line + (1 - line) * near);
  return entries.findLast(({ heading }) => heading.getBoundingClientRect().top <= reach) ?? null;
}

export function start() {
  const toc = document.querySelector(".toc");
  const entries = [...(toc?.querySelectorAll("a") ?? [])]
    .map((link) => ({ link, heading: document.getElementById(decodeURIComponent(link.hash.slice(1))) }))
    .filter(({ heading }) => heading);
  if (entries.length === 0) return;
  let current = null;
  let goal = null; // the entry whose link was followed, in view until the page is scrolled on from y
  const look = () => {
    if (goal?.y !== undefined && Math.abs(goal.y - scrollY) > 1) goal = null;
    const now = goal?.entry ?? (scrollY > 0 ? inView(entries) : null);
    if (now === current) return;
    current?.link.removeAttribute("aria-current");
    now?.link.setAttribute("aria-current", "location");
    if (now) reveal(toc, now.link);
    current = now;
    document.dispatchEvent(new CustomEvent("slipway:heading", { detail: now?.heading ?? null }));
  };
  const arrive = () => {
    if (goal) goal.y ??= scrollY;
    look();
  };
  const observer = new IntersectionObserver(look, { rootMargin: `0px 0px -${100 * (1 - line)}% 0px` });
  entries.forEach(({ heading }) => observer.observe(heading));
  addEventListener("scrollend", arrive);
  addEventListener("resize", look);
  addEventListener("hashchange", () => {
    const entry = entries.find(({ link }) => link.hash === location.hash);
    goal = entry ? { entry } : null;
    setTimeout(arrive, 1000); // where the page need not scroll, nothing else tells that it is there
    look();
  });
}
