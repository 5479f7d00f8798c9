// Puts pages into order.

const looked = 40; // best pages that are looked at for words that stand side by side
const sideBySide = 0.5;

// rank lists pages, the best first: which page, its best section (0 when that is the title's), and a
// score.
export function rank(found, pages, kinds) {
  const total = found.reduce((sum, f) => sum + f.rarity, 0);
  const numbers = new Set(found.flatMap((f) => [...f.places.keys()]));
  const list = [...numbers].map((n) => judge(n, found, total, kinds[pages[n].kind] ?? 1));
  list.sort((a, b) => b.score - a.score || a.page - b.page);
  const best = list.slice(0, looked);
  if (found.length > 1) for (const r of best) neighbours(r, found, pages[r.page]);
  best.sort((a, b) => b.score - a.score || a.page - b.page);
  return best.concat(list.slice(looked));
}

// judge scores one page: by its title, its best section, and what other sections have; by how much of
// what is asked for it has at all, and in one place.
function judge(page, found, total, kind) {
  const sections = new Map();
  let title = 0, spread = 0, has = 0;
  for (const { places, rarity } of found) {
    const own = places.get(page);
    if (!own) continue;
    has += rarity;
    title += rarity * (own.get(0) ?? 0);
    spread += rarity * Math.max(...own.values());
    for (const [section, impact] of own) {
      if (section === 0) continue;
      const s = sections.get(section) ?? { sum: 0, has: 0 };
      s.sum += rarity * impact;
      if (!own.has(0)) s.has += rarity;
      sections.set(section, s);
    }
  }
  const inTitle = found.reduce((sum, f) => sum + (f.places.get(page)?.has(0) ? f.rarity : 0), 0);
  let best = { section: 0, sum: 0, has: 0 };
  for (const [section, s] of sections) {
    if (s.sum > best.sum) best = { section, ...s };
  }
  const whole = (has / total) ** 1.5;
  const together = 0.6 + 0.4 * (inTitle + best.has) / total;
  return { page, section: best.section, score: kind * whole * together * (title + best.sum + 0.25 * spread) };
}

// neighbours raises a page in which the words of a query stand side by side, and leads to the section
// in which most of them do.
function neighbours(result, found, { title, sections }) {
  const texts = [title, ...sections.map(([, heading, text]) => `${heading}\n${text}`)];
  let most = 0;
  texts.forEach((text, n) => {
    const share = adjacent(text, found) + (n === result.section ? 0.01 : 0);
    if (share <= most) return;
    most = share;
    if (n > 0 && share > 0.02) result.section = n;
  });
  result.score *= 1 + sideBySide * Math.min(most, 1);
}

// adjacent says what share of the pairs of a query stands side by side in a text, in their order.
function adjacent(text, found) {
  const small = text.toLowerCase();
  let pairs = 0;
  for (let i = 0; i + 1 < found.length; i++) {
    const [a, b] = [first(found[i]), first(found[i + 1])];
    for (let at = small.indexOf(a); at >= 0; at = small.indexOf(a, at + 1)) {
      const after = small.slice(at + a.length - 1, at + a.length + 14); // pairs of wide characters overlap
      const gap = after.indexOf(b);
      if (gap < 0 || /\s\S+\s/.test(after.slice(0, gap))) continue;
      pairs++;
      break;
    }
  }
  return pairs / (found.length - 1);
}

// first is the beginning that the forms of a word have in common.
const first = ({ ways }) => ways[0].prefix ?? ways[0].tokens[0];
