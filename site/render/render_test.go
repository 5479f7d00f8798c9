package render_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/site/cache"
	"github.com/slipway-workshop/slipway/site/render"
)

var update = flag.Bool("update", false, "rewrite testdata/*.html")

var words = render.Words{
	Note: "Note", Warning: "Warning", Erratum: "Erratum", Why: "Why", Code: "{lang} code", Console: "Commands and output",
	Table: "Table", NotRun: "Not run: {reason}", Link: "Link to {title}", Changes: "Changes", FileOf: "File {file}", Answer: "Show the answer",
}

func newRenderer(t testing.TB, folder string) *render.Renderer {
	t.Helper()
	r, err := render.New(cache.New(folder))
	if err != nil {
		t.Fatal(err)
	}
	return r.In(words)
}

func define(term string) string {
	if term == "build-list" {
		return `The versions that a "build" uses.`
	}
	return ""
}

func findImage(name string) (render.Image, error) {
	if name != "x.png" {
		return render.Image{}, errors.New("no such file")
	}
	return render.Image{Address: "../assets/x-0123.png", Width: 640, Height: 480}, nil
}

// TestGolden renders testdata/*.md and compares the HTML. Run with -update to rewrite it.
func TestGolden(t *testing.T) {
	r := newRenderer(t, "")
	files, _ := filepath.Glob("testdata/*.md")
	if len(files) == 0 {
		t.Fatal("no pages")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			page, err := r.Render(render.Source{File: file, Line: 1, Text: src, Define: define, Image: findImage})
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".md") + ".html"
			if *update {
				if err := os.WriteFile(golden, page.HTML, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != string(page.HTML) {
				t.Errorf("HTML differs from %s (go test -update rewrites it):\n%s", golden, page.HTML)
			}
		})
	}
}
