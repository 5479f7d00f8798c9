// What a reader's browser keeps of this course. Storage may be forbidden or full: then a page keeps
// what it has in memory and goes on.

// All courses of a host, and all pages from disk, share one storage: names begin with the course's own.
const prefix = `slipway.${document.documentElement.dataset.course}.`;

export function get(name) {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null;
  }
}

// set reports whether the value is kept.
export function set(name, value) {
  try {
    localStorage.setItem(prefix + name, value);
    return true;
  } catch {
    return false;
  }
}
