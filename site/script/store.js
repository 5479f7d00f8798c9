// What a reader's browser keeps of this course. Storage may be forbidden or full: then a page keeps
// what it has in memory and goes on.

// All courses of a host, and all pages from disk, share one storage: names begin with the course's own.
const prefix = `slipway.${document.documentElement.dataset.course}.`;

const memory = new Map(); // values that storage did not take

export function get(name) {
  if (memory.has(name)) return memory.get(name);
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null;
  }
}

// set reports whether the value is kept beyond this page.
export function set(name, value) {
  try {
    localStorage.setItem(prefix + name, value);
    memory.delete(name);
    return true;
  } catch {
    memory.set(name, value);
    return false;
  }
}

export function remove(name) {
  memory.delete(name);
  try {
    localStorage.removeItem(prefix + name);
  } catch {
    // what cannot be reached was not read either
  }
}

// names lists the names that begin with a text.
export function names(start) {
  const all = new Set(memory.keys());
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(prefix)) all.add(key.slice(prefix.length));
    }
  } catch {
    // then memory is all there is
  }
  return [...all].filter((name) => name.startsWith(start));
}

// works reports whether values are kept at all.
export function works() {
  const kept = set("trial", "1");
  remove("trial");
  return kept;
}

// onChange calls back when another page changes a value whose name begins with a text, or clears all.
export function onChange(start, changed) {
  addEventListener("storage", (event) => {
    if (event.key === null || event.key.startsWith(prefix + start)) changed();
  });
}
