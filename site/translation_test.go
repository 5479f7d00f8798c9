package site_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/content/fence"
	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/site/cache"
	"github.com/slipway-workshop/slipway/site/render"
)

// TestTranslations holds that a translated chapter has the structure of its source: the same headings
// with the same anchors, the same blocks of code, callouts, tables and links, section by section.
func TestTranslations(t *testing.T) {
	source, err := content.Load(content.FS, content.Source)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range source.Languages[1:] {
		c, err := content.Load(content.FS, lang)
		if err != nil {
			t.Fatal(err)
		}
		translated := 0
		for ch := range c.Chapters() {
			if ch.Text.Language != lang {
				continue
			}
			translated++
			compareStructure(t, chapterSource(t, source.Chapter(ch.Slug)), chapterSource(t, ch))
		}
		t.Logf("%s: %d chapters are translated", lang, translated)
	}
}

// TestTranslatedTasks holds the same of tasks, and of each of their hints.
func TestTranslatedTasks(t *testing.T) {
	exercises, err := exercises.Load(exercises.FS)
	if err != nil {
		t.Fatal(err)
	}
	labs, err := labs.Load(labs.FS)
	if err != nil {
		t.Fatal(err)
	}
	translated := 0
	for _, tk := range append(exercises.Tasks(), labs.Tasks()...) {
		for lang := range tk.Translations {
			translated++
			want, got := tk.In(content.Source), tk.In(lang)
			compareStructure(t, render.Source{File: want.File, Line: want.Line, Text: []byte(want.Text)}, render.Source{File: got.File, Line: got.Line, Text: []byte(got.Text)})
			for i := range want.Hints {
				compareStructure(t, render.Source{File: want.File, Line: want.HintLines[i], Text: []byte(want.Hints[i])},
					render.Source{File: got.File, Line: got.HintLines[i], Text: []byte(got.Hints[i])})
			}
		}
	}
	t.Logf("%d tasks are translated", translated)
}

func chapterSource(t *testing.T, ch *content.Chapter) render.Source {
	t.Helper()
	src, err := fs.ReadFile(content.FS, ch.Text.File)
	if err != nil {
		t.Fatal(err)
	}
	body, first, err := ch.Body(src)
	if err != nil {
		t.Fatal(err)
	}
	return render.Source{File: ch.Text.File, Line: first, Text: body}
}

func compareStructure(t *testing.T, source, translation render.Source) {
	t.Helper()
	want, got := structure(t, source), structure(t, translation)
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			t.Errorf("%s differs from %s:\n  is   %s\n  want %s", translation.File, source.File, at(got, i), at(want, i))
			return
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// structure lists what must be the same in all languages, each entry with the section it stands in.
func structure(t *testing.T, src render.Source) []string {
	t.Helper()
	r, err := render.New(cache.New(""))
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.Render(src)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	section := func(line int) string { return sectionOf(src.Text, page.Headings, line-src.Line) }
	for _, h := range page.Headings {
		list = append(list, fmt.Sprintf("heading %d #%s", h.Level, h.ID))
	}
	blocks, _ := fence.Blocks(src.File, src.Text, src.Line)
	for _, b := range blocks {
		delete(b.Info.Attrs, "caption")
		list = append(list, fmt.Sprintf("in #%s: block %s %v\n%s", section(b.Pos.Line), b.Info.Lang, b.Info.Attrs, b.Text))
	}
	// Within a section a sentence of another language may name things in another order.
	var links []string
	for _, l := range page.Links {
		links = append(links, fmt.Sprintf("in #%s: link to %s:%s#%s", section(l.Pos.Line), l.To, l.Target, l.Anchor))
	}
	slices.SortStableFunc(links, cmp.Compare[string])
	list = append(list, links...)
	return append(list, regexp.MustCompile(`class="callout [a-z]+|<(table|tr|th|td|details|img)\b`).FindAllString(string(page.HTML), -1)...)
}

// sectionOf is the anchor of the last heading above a line of the body, counted from 0.
func sectionOf(body []byte, headings []render.Heading, line int) string {
	n, id, fenced := 0, "", false
	for text := range strings.Lines(string(body)) {
		if n++; n > line {
			break
		}
		if strings.HasPrefix(text, "```") {
			fenced = !fenced
		}
		if !fenced && strings.HasPrefix(text, "##") && len(headings) > 0 {
			id, headings = headings[0].ID, headings[1:]
		}
	}
	return id
}
