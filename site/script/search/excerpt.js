// Finds the piece of a text that shows best why it was found.

const size = 160; // characters; those of wide scripts count twice

// marker returns a function that says which pieces of a text are words of the query.
export function marker(found, tokens) {
  const exact = new Map(), prefixes = [];
  for (const { ways, rarity } of found) {
    for (const { prefix, tokens: list = [], weight } of ways) {
      if (prefix) prefixes.push([prefix, { word: prefix, weight: rarity * weight }]);
      for (const word of list) if (!exact.has(word)) exact.set(word, { word, weight: rarity * weight });
    }
  }
  return (text) => tokens.of(text).flatMap((t) => {
    const hit = exact.get(t.token) ?? prefixes.find(([p]) => t.token.startsWith(p))?.[1];
    return hit ? [{ start: t.start, end: t.end, ...hit }] : [];
  });
}

// pieces cuts a text at its marks: a list of [text, marked].
export function pieces(text, marks, from = 0, to = text.length) {
  const list = [];
  let at = from;
  for (const { start, end } of marks.toSorted((a, b) => a.start - b.start)) {
    if (end <= at || start >= to) continue;
    if (start > at) list.push([text.slice(at, start), false]);
    const marked = text.slice(Math.max(at, start), Math.min(end, to));
    if (list.at(-1)?.[1]) list.at(-1)[0] += marked; // pairs of wide characters touch
    else list.push([marked, true]);
    at = Math.min(end, to);
  }
  if (at < to) list.push([text.slice(at, to), false]);
  return list;
}

// excerpt cuts out the piece with the most of what is asked for.
export function excerpt(text, mark) {
  const marks = mark(text);
  const room = /\p{Script=Han}/u.test(text.slice(0, 200)) ? size / 2 : size;
  const start = begin(text, marks, room);
  let end = Math.min(text.length, start + room);
  if (end < text.length) end = Math.max(text.lastIndexOf(" ", end), end - 20);
  const list = pieces(text, marks, start, end);
  if (start > 0) list.unshift(["… ", false]);
  if (end < text.length) list.push([" …", false]);
  return list;
}

function begin(text, marks, room) {
  let best = 0, at = 0;
  for (let i = 0; i < marks.length; i++) {
    const seen = new Map();
    for (let j = i; j < marks.length && marks[j].end - marks[i].start < room - 30; j++) seen.set(marks[j].word, marks[j].weight);
    const sum = [...seen.values()].reduce((a, b) => a + b, 0);
    if (sum > best) [best, at] = [sum, marks[i].start];
  }
  if (at < room / 2) return 0;
  const from = at - 30;
  const space = text.indexOf(" ", from);
  return space >= 0 && space < at ? space + 1 : at;
}
