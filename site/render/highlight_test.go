package render

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/slipway-workshop/slipway/content/fence"
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
	h, err := newHighlighter("")
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
	h, err := newHighlighter("")
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

func TestCache(t *testing.T) {
	dir := t.TempDir()
	key := cacheKey("a", "b")
	if key == cacheKey("ab", "") || key == cacheKey("a", "b", "") {
		t.Error("different lists have the same key")
	}
	newCache(dir).put(key, "value")
	if got, ok := newCache(dir).get(key); !ok || got != "value" {
		t.Errorf("get = %q, %v", got, ok)
	}
	file := newCache(dir).file(key)
	whole, _ := os.ReadFile(file)
	for _, damaged := range []string{"", "value", string(whole[:len(whole)-1]), string(whole) + "x", strings.Replace(string(whole), "value", "VALUE", 1)} {
		if err := os.WriteFile(file, []byte(damaged), 0o666); err != nil {
			t.Fatal(err)
		}
		if got, ok := newCache(dir).get(key); ok {
			t.Errorf("damaged entry %q gives %q", damaged, got)
		}
	}
	c := newCache(dir)
	c.put(key, "again")
	if got, ok := newCache(dir).get(key); !ok || got != "again" {
		t.Errorf("after mending: get = %q, %v", got, ok)
	}
}

func TestCacheWithoutFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"", filepath.Join(file, "cache")} { // none, and one that cannot be made
		c := newCache(folder)
		c.put("key", "value")
		if got, ok := c.get("key"); !ok || got != "value" {
			t.Errorf("folder %q: get = %q, %v", folder, got, ok)
		}
	}
}

func TestCacheForgets(t *testing.T) {
	c := newCache("")
	value := strings.Repeat("x", memoryLimit/4)
	for i := range 20 {
		c.put(cacheKey(string(rune('a'+i))), value)
	}
	if n := len(c.young) + len(c.old); n > 11 {
		t.Errorf("%d values of a quarter of the limit are kept", n)
	}
}

// TestCacheShared writes and reads the same entries from several caches on one folder.
func TestCacheShared(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		c := newCache(dir)
		wg.Go(func() {
			for i := range 50 {
				key := cacheKey(string(rune(i)))
				want := strings.Repeat(key, 20)
				if got, ok := newCache(dir).get(key); ok && got != want {
					t.Errorf("entry is torn: %q", got)
				}
				c.put(key, want)
			}
		})
	}
	wg.Wait()
	left, err := filepath.Glob(filepath.Join(dir, "*", ".new-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
