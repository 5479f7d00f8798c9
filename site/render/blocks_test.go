package render

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/alecthomas/chroma/v2"

	"github.com/slipway-workshop/slipway/site/cache"
)

// TestBlocks holds that blocks are kept between runs by what they are, and forgotten with their page's.
func TestBlocks(t *testing.T) {
	dir, src := t.TempDir(), Source{File: "en/a.md", Line: 9}
	first := blocksIn(t, dir, src, true)
	want, err := first.html("go", "a := 1")
	if err != nil || !strings.Contains(want, "<span") {
		t.Fatalf("html = %q, %v", want, err)
	}
	for _, code := range []string{"b: 1", "c: 1"} {
		if _, err := first.html("yaml", code); err != nil {
			t.Fatal(err)
		}
	}
	first.keep()

	second := blocksIn(t, dir, src, false)
	for _, tt := range []struct {
		lang, code string
		known      bool
	}{{"go", "a := 1", true}, {"yaml", "b: 1", true}, {"go", "a := 2", false}, {"yaml", "a := 1", false}} {
		got, err := second.html(tt.lang, tt.code)
		if (err == nil) != tt.known || tt.code == "a := 1" && tt.known && got != want {
			t.Errorf("%s %q: html = %q, %v", tt.lang, tt.code, got, err)
		}
	}
	second.keep()

	third := blocksIn(t, dir, src, false)
	if _, err := third.html("yaml", "b: 1"); err != nil {
		t.Errorf("a block that is still used is gone: %v", err)
	}
	if _, err := third.html("yaml", "c: 1"); err == nil {
		t.Error("a block that the page no longer has is kept")
	}
	other := blocksIn(t, dir, Source{File: "en/b.md", Line: 9}, false)
	if _, err := other.html("go", "a := 1"); err == nil {
		t.Error("a page has the blocks of another")
	}
}

// blocksIn returns the blocks of a page as a new process has them, with lexers that work or with none.
func blocksIn(t *testing.T, dir string, src Source, lexers bool) *blocks {
	h, err := newHighlighter(cache.New(dir))
	if err != nil {
		t.Fatal(err)
	}
	if !lexers {
		for lang := range h.lexers {
			h.lexers[lang] = func(string) ([]chroma.Token, bool, error) { return nil, false, errors.New("no lexer") }
		}
	}
	return h.blocksOf(src)
}

func TestPack(t *testing.T) {
	want := map[string]string{"": "", "a": "\x00\n", "b": strings.Repeat("x", 1000)}
	packed := pack(want)
	if got := unpack(packed); !maps.Equal(got, want) {
		t.Errorf("unpack = %q, want %q", got, want)
	}
	for i := range packed {
		unpack(packed[:i]) // must not panic
	}
}
