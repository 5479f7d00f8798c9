// Finds pages in a loaded index: the whole of searching, without what is shown of it.
import { excerpt, marker, pieces } from "./excerpt.js";
import { Queries, find } from "./query.js";
import { rank } from "./rank.js";
import { Tokens } from "./tokens.js";
import { Words } from "./words.js";

export class Finder {
  // rules are those of the manifest.
  constructor(rules) {
    this.kinds = rules.kinds;
    this.tokens = new Tokens(rules);
    this.queries = new Queries(rules, this.tokens);
  }

  // take takes over the shards, which are lists of [file, page, …].
  take(shards) {
    this.pages = shards.flat().flatMap(([file, ...pages]) => pages.map((p) => (
      { file, title: p.t, kind: p.k, label: p.l ?? "", anchor: p.a ?? "", sections: p.s, words: p.w })));
    this.words = new Words(this.pages);
  }

  // find counts the pages that are found, and shows at most so many, the best first: result makes the one at a
  // place of the list.
  find(text, most = 12) {
    const found = find(this.queries.parse(text), this.words);
    const list = rank(found, this.pages, this.kinds);
    const mark = marker(found, this.tokens);
    return { count: list.length, shown: Math.min(list.length, most), result: (i) => this.result(list[i], mark) };
  }

  result({ page: n, section, score }, mark) {
    const page = this.pages[n];
    const [anchor, heading, text] = page.sections[Math.max(0, section - 1)] ?? ["", "", ""];
    const hash = anchor || page.anchor;
    return {
      href: page.file + (hash ? "#" + encodeURIComponent(hash) : ""),
      label: page.label, score,
      title: pieces(page.title, mark(page.title)),
      heading: pieces(heading, mark(heading)),
      text: excerpt(text, mark),
    };
  }
}
