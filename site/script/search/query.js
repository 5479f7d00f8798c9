// Takes a query apart into what it asks for.

// How much the ways count in which a word of a query can be meant.
const asParts = 0.5; // go.sum found as go and sum
const asAlias = 0.6; // k8s found as kubernetes
const asSome = 0.15; // one word of a phrase
const asPrefix = 0.4; // of the word that is being typed
const asMistake = 0.8;

export class Queries {
  constructor(rules, tokens) {
    this.tokens = tokens;
    this.questions = rules.questions;
    this.aliases = [];
    for (const group of rules.aliases) {
      const phrases = group.map((phrase) => this.whole(phrase)).filter((p) => p.length > 0);
      for (const phrase of phrases) this.aliases.push({ phrase, others: phrases.filter((p) => p !== phrase) });
    }
    this.aliases.sort((a, b) => b.phrase.length - a.phrase.length);
  }

  // whole lists the tokens of a text without their parts.
  whole(text) {
    return this.tokens.of(text).filter((t) => !t.part).map((t) => t.token);
  }

  // parse returns what is asked for: for each word, or phrase that has other names, the ways in which
  // it may be found, as lists of tokens that must stand together.
  parse(text) {
    const plain = this.questions.reduce((s, phrase) => s.replaceAll(phrase, " ".repeat(phrase.length)), text);
    const all = this.tokens.of(plain);
    const whole = all.filter((t) => !t.part);
    const asked = [];
    for (let i = 0; i < whole.length; ) {
      const alias = this.aliases.find(({ phrase }) => phrase.every((token, n) => whole[i + n]?.token === token));
      const n = alias?.phrase.length ?? 1;
      const words = whole.slice(i, i + n);
      const ways = [{ tokens: words.map((t) => t.token), weight: 1 }];
      const parts = all.filter((t) => t.part && t.start >= words[0].start && t.end <= words[n - 1].end);
      if (parts.length > 0) ways.push({ tokens: parts.map((t) => t.token), weight: asParts });
      for (const tokens of alias?.others ?? []) ways.push({ tokens, weight: asAlias });
      if (n > 1) for (const t of words) if (!t.wide) ways.push({ tokens: [t.token], weight: asSome });
      asked.push({ ways, word: n === 1 ? words[0] : undefined });
      i += n;
    }
    this.typing(text, plain, all, asked);
    return asked;
  }

  // typing adds to the last word what it may become, while nothing stands after it.
  typing(text, plain, all, asked) {
    const last = asked.at(-1);
    const word = last?.word;
    if (word && word.end === text.trimEnd().length && text.at(-1) !== " ") {
      const prefixes = new Set([word.raw, word.token].filter((p) => p.length > 1 || word.wide));
      for (const prefix of prefixes) last.ways.push({ prefix, weight: asPrefix });
    }
    // A word such as "in" may be the beginning of another one.
    const rest = plain.trim().toLowerCase();
    if (all.length === 0 && rest.length > 1) asked.push({ ways: [{ prefix: rest, weight: asPrefix }] });
  }
}

// find looks up what is asked for. Words that no page has are looked up with one mistake mended, and
// left out when that does not help.
export function find(asked, words) {
  const found = [];
  for (const { ways, word } of asked) {
    let all = look(ways, words);
    if (all.length === 0 && word && !word.wide && word.token.length >= 4) {
      all = look(words.near(word.token).map((token) => ({ tokens: [token], weight: asMistake })), words);
    }
    if (all.length > 0) found.push(weigh(all, words.pages.length));
  }
  return found;
}

function look(ways, words) {
  return ways.map((way) => ({ ...way, places: way.prefix ? words.prefix(way.prefix) : words.all(way.tokens) }))
    .filter((way) => way.places.size > 0);
}

// weigh joins the ways of a word. What is rare counts more: how rare is said by the word itself, or
// by all ways when it was not found as it stands.
function weigh(ways, pages) {
  const places = new Map();
  for (const { places: some, weight } of ways) {
    for (const [page, sections] of some) {
      if (!places.has(page)) places.set(page, new Map());
      const joined = places.get(page);
      for (const [section, impact] of sections) {
        joined.set(section, Math.max(joined.get(section) ?? 0, impact * weight));
      }
    }
  }
  const count = ways[0].weight === 1 ? ways[0].places.size : places.size;
  const rarity = Math.log(1 + (pages - count + 0.5) / (count + 0.5));
  return { places, rarity, ways };
}
