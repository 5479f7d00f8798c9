// Small helpers for parts of pages that scripts make.

// element makes an element with attributes and children; text stays text.
export function element(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.append(...children);
  return e;
}

// button makes a button that does something when it is pressed.
export function button(text, act) {
  const b = element("button", { type: "button" }, text);
  b.addEventListener("click", act);
  return b;
}

// phrase puts values, which may be elements, into the places of a text such as "Read on {date}". It
// returns the pieces.
export function phrase(text, values) {
  return text.split(/(\{\w+\})/).map((piece) => values[piece.slice(1, -1)] ?? piece);
}

export function fill(text, values) {
  return phrase(text, values).join("");
}

// plural picks the words for a number: those named key and One, Few and so on, else key and Other.
export function plural(key, n, values = {}) {
  const rule = new Intl.PluralRules(document.documentElement.lang).select(n);
  return fill(WORDS[key + rule[0].toUpperCase() + rule.slice(1)] ?? WORDS[`${key}Other`], { n, ...values });
}

// pageOf is the name of the page that an address leads to: its file without the ending. It is the
// same in all languages of the course.
export function pageOf(address) {
  return new URL(address, location.href).pathname.split("/").pop().replace(/\.html$/, "");
}

// The address in the bar may have another form than the page's own, such as one without .html.
export function thisPage() {
  return pageOf(document.querySelector('link[rel="canonical"]')?.href ?? location.href);
}

// reveal scrolls a list that scrolls by itself, and not the page, until an entry shows in what the window
// shows of the list.
export function reveal(list, entry) {
  const outer = list.getBoundingClientRect();
  const inner = entry.getBoundingClientRect();
  const top = Math.max(outer.top, 0);
  const bottom = Math.min(outer.bottom, innerHeight);
  if (inner.top < top || inner.bottom > bottom) list.scrollTop += (inner.top + inner.bottom - top - bottom) / 2;
}
