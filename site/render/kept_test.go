package render

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/site/cache"
)

const keptText = "Text with a [term](glossary:mvs).\n\n![a picture](a.png)\n\n## One {#one}\n\n```go\nx := 1\n```\n\n[back](#one)\n\n```console\n$ true\n```\n"

// source is a page that asks for a term and an image.
func keptSource(text, definition string, width int) Source {
	return Source{
		File: "en/a.md", Line: 5, Text: []byte(text),
		Define: func(string) string { return definition },
		Image:  func(string) (Image, error) { return Image{"../assets/a.png", width, 1}, nil },
	}
}

// renderIn renders as a new process over a folder does. It reports whether the page was made anew.
func renderIn(t *testing.T, dir string, words Words, src Source) (Page, bool) {
	t.Helper()
	r, err := New(cache.New(dir))
	if err != nil {
		t.Fatal(err)
	}
	r = r.In(words)
	_, kept := r.code.blocksOf(src).page(r.inputs(src), src)
	page, err := r.Render(src)
	if err != nil {
		t.Fatal(err)
	}
	return page, !kept
}

func TestKeptPage(t *testing.T) {
	dir, words, src := t.TempDir(), Words{Console: "Commands"}, keptSource(keptText, "The rule.", 2)
	first, made := renderIn(t, dir, words, src)
	if !made {
		t.Fatal("a page is known that nobody has rendered")
	}
	second, made := renderIn(t, dir, words, src)
	if made || !reflect.DeepEqual(first, second) {
		t.Errorf("the page that was kept (made anew: %v) is\n%+v\nwant\n%+v", made, second, first)
	}
	href := func(l Link) string { return l.Href() }
	if got, want := string(second.Markdown("T", href)), string(first.Markdown("T", href)); got != want {
		t.Errorf("Markdown of the kept page is %q, want %q", got, want)
	}
	for name, change := range map[string]struct {
		words Words
		src   Source
	}{
		"text":       {words, keptSource(keptText+"More.\n", "The rule.", 2)},
		"definition": {words, keptSource(keptText, "Another rule.", 2)},
		"image":      {words, keptSource(keptText, "The rule.", 3)},
		"words":      {Words{Console: "命令"}, src},
	} {
		if _, made := renderIn(t, dir, change.words, change.src); !made {
			t.Errorf("%s has changed, and the old page is shown", name)
		}
	}
}

// TestDamagedPage cuts a kept page off everywhere: what is left is no page.
func TestDamagedPage(t *testing.T) {
	dir, words, src := t.TempDir(), Words{}, keptSource(keptText, "The rule.", 2)
	renderIn(t, dir, words, src)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the page is in %v, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	_, entry, _ := strings.Cut(string(data), "\n")
	page := unpack(entry)[keptPage]
	if page == "" {
		t.Fatal("the entry holds no page")
	}
	r, err := New(cache.New(""))
	if err != nil {
		t.Fatal(err)
	}
	inputs := r.In(words).inputs(src)
	for i := range len(page) {
		b := r.code.blocksOf(src)
		b.old = map[string]string{keptPage: page[:i]}
		if _, ok := b.page(inputs, src); ok {
			t.Fatalf("the first %d of %d bytes are taken for a page", i, len(page))
		}
	}
}
