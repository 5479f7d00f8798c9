package render

import (
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/content/fence"
	"github.com/slipway-workshop/slipway/site/cache"
)

// samples has code for each language that has a lexer.
var samples = map[string]string{
	"dockerfile": "FROM scratch\nCOPY a /a\n",
	"go":         "package p\n\n// A comment\n/* of\nlines */\nvar s = `raw\nstring` + \"x\"\n",
	"gomod":      "module m\n\nrequire (\n\ta v1.2.3-pre+incompatible // indirect\n)\nreplace a => ./b\n",
	"gowork":     "go 1.26\n\nuse ./a\n",
	"html":       "<p class=\"x\">a &amp; b</p>\n<script>let a = 1</script>\n",
	"http":       "GET / HTTP/1.1\nHost: example.test\n\n{\"a\": 1}\n",
	"json":       "{\"a\": [1, true, null]}\n",
	"makefile":   "all: ## help\n\t@echo $(X)\n",
	"markdown":   "# Title\n\nText *here* and `code`.\n",
	"sh":         "for i in a b; do echo \"$i\"; done # all\ncat <<EOF\nx\nEOF\n",
	"toml":       "[a]\nb = \"c\"\n",
	"xml":        "<?xml version=\"1.0\"?>\n<a b=\"c\">d</a>\n",
	"yaml":       "a: 1 # one\nb:\n  - |\n    text\n    more\n",
}

var spans = regexp.MustCompile(`</?span[^>]*>`)

// TestHighlight holds that highlighting changes nothing but colours, and that no element spans lines.
func TestHighlight(t *testing.T) {
	h, err := newHighlighter(cache.New(""))
	if err != nil {
		t.Fatal(err)
	}
	for lang := range h.lexers {
		code, ok := samples[lang]
		if !ok {
			t.Errorf("no sample of %s", lang)
		}
		for _, code := range []string{code, strings.TrimSuffix(code, "\n"), "\n\n" + code + "\n\n", "<&>\"'\r\n\x00ÿ世界"} {
			out, _, err := h.html(lang, code)
			if err != nil {
				t.Fatal(err)
			}
			if got := html.UnescapeString(spans.ReplaceAllString(out, "")); got != code && !strings.Contains(code, "\x00") {
				t.Errorf("%s: text is\n%q, want\n%q", lang, got, code)
			}
			for line := range strings.Lines(out) {
				if strings.Count(line, "<span") != strings.Count(line, "</span") {
					t.Errorf("%s: element spans lines: %q", lang, line)
				}
			}
		}
		if out, _, _ := h.html(lang, code); !strings.Contains(out, "<span") {
			t.Errorf("%s: nothing is coloured in %q", lang, out)
		}
	}
}

// TestLanguages holds that each language of package fence is either highlighted or known to be plain.
func TestLanguages(t *testing.T) {
	h, err := newHighlighter(cache.New(""))
	if err != nil {
		t.Fatal(err)
	}
	plain := map[string]bool{"console": true, "diff": true, "goat": true, "gosum": true, "text": true}
	_, err = fence.ParseInfo("nope")
	_, names, ok := strings.Cut(err.Error(), "use one of ")
	if !ok {
		t.Fatalf("error does not list the languages: %v", err)
	}
	for name := range strings.SplitSeq(names, ", ") {
		if h.lexers[name] == nil && !plain[name] {
			t.Errorf("language %s has no lexer", name)
		}
	}
	for _, file := range []string{"go.mod", "a/go.work", "Makefile", "x.yml", "main.go", "README.md"} {
		if h.lexers[languageOf(file)] == nil {
			t.Errorf("%s is shown as %q, which has no lexer", file, languageOf(file))
		}
	}
}

// TestChromaVersion holds the version in the keys of the cache to the one that is linked.
func TestChromaVersion(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if want := "github.com/alecthomas/chroma/v2 " + chromaVersion; !strings.Contains(string(mod), want) {
		t.Errorf("go.mod does not require %s", want)
	}
}
