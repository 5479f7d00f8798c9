// What the reader has done. It stays in this browser; nothing is sent anywhere.
//
// Each fact is an item of storage of its own, so that pages open at the same time cannot overwrite one
// another. Its value is the time at which it came about first:
//
//	done.read.<chapter>     marked as read by the reader
//	done.checked.<task>     passed a check, on a page or in the terminal
//	done.marked.<task>      marked as passed by the reader
//	damaged.<name>.<time>   a value that could not be read, as it was found
//
// Chapters and tasks go by the names of their pages, which all languages share. After each change, also
// one by another page, the document gets the event slipway:progress.
import * as store from "./store.js";

export const facts = ["read", "checked", "marked"];

function changed(kept = true) {
  document.dispatchEvent(new CustomEvent("slipway:progress", { detail: { kept } }));
}

export function isTime(value) {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) && !Number.isNaN(Date.parse(value));
}

export function isPage(name) {
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && name.length <= 100;
}

// setAside keeps a value that cannot be read under another name.
export function setAside(name) {
  const aside = `damaged.${name}.${Date.now()}`;
  store.remove(store.set(aside, store.get(name)) ? name : aside);
}

export const damaged = () => store.names("damaged.");

// since is the time from which a fact holds for a page, or null.
export function since(fact, page) {
  const name = `done.${fact}.${page}`;
  const value = store.get(name);
  if (value === null || isTime(value)) return value;
  setAside(name);
  return null;
}

// stateOf is the fact that says most about a page, or undefined.
export function stateOf(page) {
  return facts.find((fact) => since(fact, page) !== null);
}

// note notes a fact, unless one as old is known, and reports whether that is kept.
function note(fact, page, time) {
  const known = since(fact, page);
  if (known !== null && Date.parse(known) <= Date.parse(time)) return true;
  return store.set(`done.${fact}.${page}`, time);
}

export function mark(fact, page, time = new Date().toISOString()) {
  const known = since(fact, page);
  const kept = note(fact, page, time);
  if (since(fact, page) !== known) changed(kept);
}

export function unmark(fact, page) {
  store.remove(`done.${fact}.${page}`);
  changed();
}

// all returns every fact: the times by page.
export function all() {
  const found = Object.fromEntries(facts.map((fact) => [fact, {}]));
  for (const name of store.names("done.")) {
    const [, fact, page] = name.split(".");
    if (facts.includes(fact) && isPage(page) && since(fact, page) !== null) found[fact][page] = since(fact, page);
  }
  return found;
}

// merge takes over facts in the form of all, the older of two times, and reports whether they are kept.
export function merge(found) {
  let kept = true;
  for (const [fact, pages] of Object.entries(found)) {
    for (const [page, time] of Object.entries(pages)) kept = note(fact, page, time) && kept;
  }
  changed(kept);
  return kept;
}

export function forget() {
  for (const start of ["done.", "damaged.", "place"]) store.names(start).forEach(store.remove);
  changed();
}

export function forgetDamaged() {
  damaged().forEach(store.remove);
  changed();
}

export function start() {
  document.addEventListener("slipway:passed", ({ detail }) => {
    if (isPage(detail.id)) mark("checked", detail.id, isTime(detail.at) ? detail.at : undefined);
  });
  for (const name of ["done.", "damaged.", "place"]) store.onChange(name, () => changed());
  // a page that the browser kept whole hears of nothing meanwhile
  addEventListener("pageshow", (event) => event.persisted && changed());
}
