// Looks words up in the index. The words of a page are one text in their order, in which they are found
// by halving it; see the documentation of site/search.

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const value = new Map([...digits].map((c, i) => [c, i]));

// Places say how much a word counts in the sections of pages: a Map of page to Map of section to
// impact. Section 0 is the title.
export class Words {
  constructor(pages) {
    this.pages = pages;
  }

  // exact finds a token.
  exact(token) {
    const places = new Map();
    this.pages.forEach(({ words }, n) => {
      const at = place(words, token);
      if (words.startsWith(token + ":", at + 1)) places.set(n, read(words, at + token.length + 2, new Map()));
    });
    return places;
  }

  // prefix finds the tokens that begin with a text and go on.
  prefix(text) {
    const places = new Map();
    this.pages.forEach(({ words }, n) => {
      for (let at = place(words, text); words.startsWith(text, at + 1); at = next(words, at)) {
        const colon = words.indexOf(":", at);
        if (colon === at + 1 + text.length) continue;
        if (!places.has(n)) places.set(n, new Map());
        read(words, colon + 1, places.get(n));
      }
    });
    return places;
  }

  // all finds sections that hold all of some tokens.
  all(tokens) {
    let places = this.exact(tokens[0]);
    for (const token of tokens.slice(1)) {
      if (places.size === 0) break;
      places = both(places, this.exact(token));
    }
    return places;
  }

  // near lists the tokens that one typing mistake turns into another.
  near(token) {
    this.vocabulary ??= vocabulary(this.pages);
    return [...this.vocabulary].filter((other) => isNear(token, other));
  }
}

// place finds where the first token stands that is not before a text: its space, or the end.
function place(words, text) {
  let low = 0, high = words.length;
  while (low < high) {
    const middle = words.lastIndexOf(" ", (low + high) >> 1);
    if (words.slice(middle + 1, words.indexOf(":", middle)) < text) low = next(words, middle);
    else high = middle;
  }
  return low;
}

function next(words, at) {
  const after = words.indexOf(" ", at + 1);
  return after < 0 ? words.length : after;
}

function read(words, at, sections) {
  for (; at < words.length && words[at] !== " "; at += 2) {
    const section = value.get(words[at]);
    sections.set(section, Math.max(sections.get(section) ?? 0, value.get(words[at + 1])));
  }
  return sections;
}

function both(a, b) {
  const places = new Map();
  for (const [page, sections] of a) {
    const others = b.get(page);
    if (!others) continue;
    const common = new Map();
    for (const [section, impact] of sections) {
      if (others.has(section)) common.set(section, Math.min(impact, others.get(section)));
    }
    if (common.size > 0) places.set(page, common);
  }
  return places;
}

function vocabulary(pages) {
  const all = new Set();
  for (const { words } of pages) {
    for (const m of words.matchAll(/ ([^:]{3,}):/g)) all.add(m[1]);
  }
  return all;
}

// isNear reports whether one letter too many, one too few, another one, or two in the wrong order
// tell the words apart.
export function isNear(a, b) {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const rest = (s, n) => s.slice(i + n);
  if (a.length > b.length) return rest(a, 1) === rest(b, 0);
  if (a.length < b.length) return rest(a, 0) === rest(b, 1);
  return rest(a, 1) === rest(b, 1) || (a[i] === b[i + 1] && a[i + 1] === b[i] && rest(a, 2) === rest(b, 2));
}
