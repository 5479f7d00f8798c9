package browsertest

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// file returns the one file of the draft that a pattern names.
func (d draft) file(pattern string) string {
	d.t.Helper()
	names, err := filepath.Glob(filepath.Join(d.root, filepath.FromSlash(pattern)))
	if err != nil || len(names) != 1 {
		d.t.Fatalf("%s: found %q: %v", pattern, names, err)
	}
	return names[0]
}

// change edits a file of the draft.
func (d draft) change(pattern string, change func(string) string) {
	d.t.Helper()
	name := d.file(pattern)
	text, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, []byte(change(string(text))), 0o644)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// remove removes a file of the draft.
func (d draft) remove(pattern string) {
	d.t.Helper()
	if err := os.Remove(d.file(pattern)); err != nil {
		d.t.Fatal(err)
	}
}

// keepsPlace edits a task above and below what is read: what stood at the top stays there, and what was
// opened stays open.
func (s *site) keepsPlace(t *testing.T) {
	d, p := s.draft(t), s.program(t)
	p.course = d.root
	base, _ := p.serve(anyPort)
	tb := s.tabOf(t, base)
	tb.open("en/" + task + ".html")
	tb.size(1280, 500)
	tb.click("details.hint > summary")
	tb.click("details.hint details.hint > summary")
	eval[bool](tb, `scrollTo({ top: document.querySelector("details.hint > summary").getBoundingClientRect().top + scrollY - 40, behavior: "instant" }), true`)
	const place = `document.querySelector("details.hint > summary").getBoundingClientRect().top`
	if at := eval[float64](tb, place); math.Abs(at-40) > 1 {
		t.Fatalf("the hint is at %v, want 40: the page is too short for this test", at)
	}
	for _, edit := range []struct {
		name   string
		change func(string) string
	}{
		{"above", func(text string) string {
			return strings.Replace(text, "\n---\n\n", "\n---\n\n"+strings.Repeat("Edited above.\n\n", 12), 1)
		}},
		{"below", func(text string) string { return text + "\nEdited below.\n" }},
		{"in between", func(text string) string {
			return strings.Replace(text, "## Hint 1", strings.Repeat("Edited in between.\n\n", 5)+"## Hint 1", 1)
		}},
	} {
		d.change("exercises/catalog/"+task+"-*/task.md", edit.change)
		tb.wait(`document.readyState === "complete" && document.querySelector("main").textContent.includes("Edited ` + edit.name + `") && history.scrollRestoration === "auto"`)
		if at := eval[float64](tb, place); math.Abs(at-40) > 1 {
			t.Errorf("after an edit %s the hint is at %v, want 40", edit.name, at)
		}
		if n := eval[int](tb, `document.querySelectorAll("main details[open]").length`); n != 2 {
			t.Errorf("after an edit %s %d details are open, want 2", edit.name, n)
		}
	}
	tb.open("en/index.html")
	tb.open("en/" + task + ".html")
	if n := eval[int](tb, `document.querySelectorAll("main details[open]").length`); n != 0 {
		t.Errorf("%d details are open on a page that was opened anew", n)
	}
}

// pageGoes renames a chapter while it is read, and names it as before.
func (s *site) pageGoes(t *testing.T) {
	d, p := s.draft(t), s.program(t)
	p.course = d.root
	text := "---\nnumber: 9999\ntitle: Here today\noutcome: O.\nminutes: 1\ndraft: true\n---\n\nText.\n"
	name := func(slug string) string { return filepath.Join(d.root, "content", "en", slug+".md") }
	list := func(from, to string) {
		d.change("content/course.yaml", func(text string) string { return strings.Replace(text, from, to, 1) })
	}
	if err := os.WriteFile(name("today"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	d.change("content/course.yaml", func(text string) string {
		return strings.TrimRight(text, "\n") + "\n  - id: tests\n    title: {en: Tests, zh: 测试}\n    chapters: [today]\n"
	})
	base, _ := p.serve(anyPort)
	tb := s.tabOf(t, base)
	tb.open("en/today.html")
	if got := tb.text("main .draft"); got != "Draft" {
		t.Errorf("mark of the draft: %q", got)
	}
	s.look(tb, "draft")
	if err := os.Rename(name("today"), name("tomorrow")); err != nil {
		t.Fatal(err)
	}
	tb.wait(`document.querySelector("#companion-problems")?.textContent.includes("today") === true`)
	list("[today]", "[tomorrow]")
	tb.wait(`document.readyState === "complete" && document.querySelector("h1").textContent === "Page not found"`)
	tb.expectComplaint("404")
	if href := eval[string](tb, `document.querySelector("main a").getAttribute("href")`); href != "/en/index.html" {
		t.Errorf("a page that is gone leads to %s", href)
	}
	if err := os.Rename(name("tomorrow"), name("today")); err != nil {
		t.Fatal(err)
	}
	list("[tomorrow]", "[today]")
	tb.wait(`document.readyState === "complete" && document.querySelector("h1").textContent === "Here today"`)
}
