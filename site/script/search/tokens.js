// Takes texts apart as the index was: the twin of site/search/tokens.go and stem.go.

const wide = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー`;
const word = String.raw`(?:(?![${wide}])[\p{L}\p{M}\p{N}])`;
const joiner = "[._/+@=-]";
const run = new RegExp(`(?<wide>[${wide}]+)|${word}+(?:${joiner}{1,2}${word}+)*`, "gu");
const joined = new RegExp(joiner);
const part = new RegExp(`${word}+`, "gu");
const hump = /(?<=\p{Ll})(?=\p{Lu})/u;
const longest = 40;
const manyParts = 5;

const length = (s) => [...s].length;

// narrow replaces full-width forms. It keeps the length, as lower does, so that places stay right.
const narrow = (s) => s.replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));

function lower(s) {
  const all = s.toLowerCase();
  if (all.length === s.length && !s.includes("Σ")) return all;
  return [...s].map((c) => (c.toLowerCase().length === c.length ? c.toLowerCase() : c)).join("");
}

export class Tokens {
  constructor(rules) {
    this.stop = new Set(rules.stop.split(/\s+/));
    this.steps = rules.stem;
    this.stems = new Map();
  }

  // of lists the tokens of a text with their places. A token that is a part of another one says so,
  // and is not stemmed in raw.
  of(text) {
    const list = [];
    for (const m of narrow(text).matchAll(run)) {
      if (m.groups.wide) pairs(m[0], m.index, list);
      else this.word(m[0], m.index, list);
    }
    return list;
  }

  word(s, at, list) {
    const parts = joined.test(s) ? [...s.matchAll(part)] : [s];
    if (parts.length === 1) {
      const whole = this.plain(s, at, list, false);
      this.humps(s, at, list, whole);
      return;
    }
    const whole = parts.length <= manyParts && length(s) <= longest;
    if (whole) list.push({ token: lower(s), raw: lower(s), start: at, end: at + s.length, part: false });
    for (const p of parts) {
      if (length(p[0]) > 1) this.plain(p[0], at + p.index, list, whole);
      this.humps(p[0], at + p.index, list, true);
    }
  }

  humps(s, at, list, isPart) {
    if (lower(s) === s) return;
    const humps = s.split(hump);
    if (humps.length === 1) return;
    for (const h of humps) {
      if (length(h) > 1) this.plain(h, at, list, isPart);
      at += h.length;
    }
  }

  // plain adds a word without joiners, unless it is left out.
  plain(s, at, list, isPart) {
    const raw = lower(s);
    if (this.stop.has(raw) || length(raw) > longest) return false;
    list.push({ token: this.stem(raw), raw, start: at, end: at + s.length, part: isPart });
    return true;
  }

  stem(s) {
    let stem = this.stems.get(s);
    if (stem === undefined) {
      stem = /^[a-z]{4,}$/.test(s) ? single(this.steps.reduce(takeOff, s)) : s;
      this.stems.set(s, stem);
    }
    return stem;
  }
}

function takeOff(s, step) {
  for (const { end, to, least } of step) {
    const rest = s.slice(0, -end.length);
    if (!s.endsWith(end) || rest.length < least) continue;
    if (to === "" && !/[aeiouy]/.test(rest)) continue;
    const cut = to === "" && end !== "e" && end !== "s";
    return cut && /^[^aeiou][aeiou][^aeiouwxy]$/.test(rest) ? rest + "e" : rest + to;
  }
  return s;
}

// single makes one letter of a double consonant at the end.
const single = (s) => (s.length > 3 && /([b-df-hj-np-rtv-z])\1$/.test(s) ? s.slice(0, -1) : s);

function pairs(text, at, list) {
  const chars = [...text];
  const add = (token) => list.push({ token, raw: token, start: at, end: at + token.length, part: false, wide: true });
  if (chars.length === 1) add(text);
  for (let i = 0; i + 1 < chars.length; i++) {
    add(chars[i] + chars[i + 1]);
    at += chars[i].length;
  }
}
