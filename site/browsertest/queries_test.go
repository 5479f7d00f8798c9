package browsertest

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// searched says in which language of the site the queries of a language are typed.
var searched = map[string]string{"en": "en", "zh": "zh"}

// A query is what a reader types, with the pages that are right.
type query struct {
	Lang  string
	Query string
	Right []string
}

func (s *site) searchQueries(t *testing.T) {
	var list []query
	if err := yaml.Unmarshal([]byte(s.source(t, "site/search/testdata/queries.yaml")), &list); err != nil {
		t.Fatal(err)
	}
	for lang, folder := range searched {
		tb := s.tab(t)
		tb.open(folder + "/index.html")
		tb.openSearch()
		total, good := 0, 0
		for _, q := range list {
			if q.Lang != lang {
				continue
			}
			total++
			found := tb.search(q.Query)
			if isAmong(q.Right, found[:min(3, len(found))]) {
				good++
				continue
			}
			t.Logf("%s %q finds %q, want one of %q among the first three", lang, q.Query, found, q.Right)
		}
		t.Logf("%s: a right page is among the first three for %d of %d queries", lang, good, total)
		if total < 20 || good*100 < total*95 {
			t.Errorf("%s: a right page is among the first three for %d of %d queries, want 95 %%", lang, good, total)
		}
	}
}

// isAmong reports whether one of the right pages is found. A term is written glossary#term.
func isAmong(right, found []string) bool {
	for _, href := range found {
		page, anchor, _ := strings.Cut(href, "#")
		page = strings.TrimSuffix(page, ".html")
		for _, name := range right {
			if name == page || page == "glossary" && name == page+"#"+anchor {
				return true
			}
		}
	}
	return false
}

// searchTokens holds the browser's tokeniser to the table that the index is held to.
func (s *site) searchTokens(t *testing.T) {
	tb := s.tab(t)
	tb.open("en/index.html")
	script := strings.Replace(s.source(t, "site/script/search/tokens.js"), "export class", "class", 1)
	wrong := eval[string](tb, `(async () => {
		`+script+`
		let rules;
		globalThis.slipwaySearch = (data) => { rules = data.rules; };
		await new Promise((loaded) => {
			const script = document.createElement("script");
			script.src = "search.js";
			script.onload = loaded;
			document.head.append(script);
		});
		const tokens = new Tokens(rules);
		const all = `+s.source(t, "site/search/testdata/tokens.json")+`;
		const places = (line) => tokens.of(line.text).some((t) => t.end <= t.start || t.end > line.text.length);
		const list = (line) => tokens.of(line.text).map((t) => t.token);
		return all.filter((line) => places(line) || JSON.stringify(list(line)) !== JSON.stringify(line.tokens))
			.map((line) => JSON.stringify(line.text) + " gives " + JSON.stringify(list(line)) + ", want " + JSON.stringify(line.tokens)).join("\n");
	})()`)
	if wrong != "" {
		t.Error(wrong)
	}
}
