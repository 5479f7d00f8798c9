package browsertest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/goccy/go-yaml"
)

// pressKey presses a button by keyboard.
func (tb *tab) pressKey(selector string) {
	tb.t.Helper()
	tb.do("press "+selector, chromedp.Focus(chromedp.CSS(selector)), chromedp.KeyEvent(kb.Enter))
}

// wantText waits until an element shows a text, among other words.
func (tb *tab) wantText(selector, text string) {
	tb.t.Helper()
	tb.wait(fmt.Sprintf("document.querySelector(%q)?.checkVisibility() && document.querySelector(%[1]q).innerText.includes(%q)", selector, text))
}

// storage is all that the page keeps.
func (tb *tab) storage() string {
	tb.t.Helper()
	return eval[string](tb, `JSON.stringify(Object.entries(localStorage).filter(([key]) => !key.endsWith(".place")).sort())`)
}

// before runs a script in each page of the tab before its own.
func (tb *tab) before(script string) {
	tb.t.Helper()
	call(tb, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

const mark = ".done button"

// courseSize counts chapters and tasks as the files of the course do: a variant is no task of its own.
func (s *site) courseSize(t *testing.T) (chapters, tasks int) {
	t.Helper()
	var order struct {
		Parts []struct{ Chapters []string }
	}
	if err := yaml.Unmarshal([]byte(s.source(t, "content/course.yaml")), &order); err != nil {
		t.Fatal(err)
	}
	for _, part := range order.Parts {
		chapters += len(part.Chapters)
	}
	for _, pattern := range []string{"exercises/catalog/x*", "labs/catalog/lab-*"} {
		names, err := filepath.Glob(filepath.Join(s.root, filepath.FromSlash(pattern)))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		tasks += len(names)
	}
	return chapters, tasks
}

func (s *site) counts(t *testing.T, read, passed int) string {
	t.Helper()
	chapters, tasks := s.courseSize(t)
	return fmt.Sprintf("%d of %d chapters, %d of %d tasks", read, chapters, passed, tasks)
}

func (s *site) progressMarks(t *testing.T) {
	tb := s.tab(t)
	const tick = `document.querySelector('.side a[aria-current] .tick')?.ariaLabel ?? ""`
	tb.open("en/" + chapter + ".html")
	tb.wantText(mark, "Mark as read")
	tb.pressKey(mark)
	day := eval[string](tb, `new Intl.DateTimeFormat(undefined, { dateStyle: "long" }).format(new Date())`)
	tb.wantText(".done", "Read on "+day)
	if focused := eval[string](tb, `document.activeElement.textContent`); focused != "Undo" {
		t.Errorf("after the press the focus is on %q", focused)
	}
	if got := eval[string](tb, tick); got != "read" {
		t.Errorf("tick in the navigation says %q", got)
	}
	s.look(tb, "chapter-read")

	tb.open("en/" + chapter + ".html")
	tb.wantText(".done", "Read on "+day)
	tb.pressKey(mark)
	tb.wantText(mark, "Mark as read")
	if got := eval[string](tb, tick); got != "" || strings.Contains(tb.text(".done"), "Read on") {
		t.Errorf("after undo: tick %q, %q", got, tb.text(".done"))
	}
	if got := tb.storage(); strings.Contains(got, "done.") {
		t.Errorf("after undo there is %s", got)
	}
}

func (s *site) progressCounts(t *testing.T) {
	tb := s.tab(t)
	tb.open("en/index.html")
	tb.wantText("#progress-counts", s.counts(t, 0, 0))
	variant := task + "-prerelease"
	for _, name := range []string{chapter, task, variant} {
		tb.open("en/" + name + ".html")
		tb.pressKey(mark)
		tb.wantText(mark, "Undo")
	}
	tb.wantText(".done", "Marked as passed on")

	tb.open("en/index.html")
	tb.wantText("#progress-counts", s.counts(t, 1, 1))
	tb.wantText(".progress", "1 task of these was marked by you")
	chapters, tasks := s.courseSize(t)
	if got, want := eval[string](tb, `[document.querySelector("progress").value, document.querySelector("progress").max].join(" of ")`), fmt.Sprintf("2 of %d", chapters+tasks); got != want {
		t.Errorf("bar shows %s, want %s", got, want)
	}
	// of all parts only the chapter's own has something done; it lists so many chapters and tasks
	parts := eval[string](tb, `[...document.querySelectorAll(".part")].filter((part) => part.querySelector(".counts")).map((part) => part.querySelector(".counts").textContent +
		part.querySelectorAll(".chapters > li").length + " " + part.querySelectorAll(".chips li").length).join()`)
	var c, n, wantC, wantN int
	if _, err := fmt.Sscanf(parts, " · 1 of %d chapters, 1 of %d tasks%d %d", &c, &n, &wantC, &wantN); err != nil || c != wantC || n != wantN || c >= chapters {
		t.Errorf("counts of parts: %q (%v)", parts, err)
	}
	for link, want := range map[string]string{".title[href='" + chapter + ".html']": "read", ".chips a[href='" + task + ".html']": "marked as passed, not checked"} {
		if got := eval[string](tb, fmt.Sprintf(`document.querySelector(%q).querySelector(".tick")?.ariaLabel ?? ""`, link)); got != want {
			t.Errorf("tick at %s says %q, want %q", link, got, want)
		}
	}
	s.look(tb, "home-progress")
}

// progressInTabs marks in two pages that were open before, so that each knew nothing of the other.
func (s *site) progressInTabs(t *testing.T) {
	one := s.tab(t)
	one.open("en/" + chapter + ".html")
	two, home := one.another(s), one.another(s)
	two.open("en/" + task + ".html")
	home.open("en/index.html")
	home.wantText("#progress-counts", s.counts(t, 0, 0))
	for _, tb := range []*tab{one, two} {
		eval[bool](tb, `document.querySelector("`+mark+`").click(), true`)
	}
	home.wantText("#progress-counts", s.counts(t, 1, 1))
	two.wait(`document.querySelector('.side a[href="` + chapter + `.html"] .tick') !== null`)
	eval[bool](one, `document.querySelector("`+mark+`").click(), true`)
	home.wantText("#progress-counts", s.counts(t, 0, 1))
	home.open("en/index.html")
	home.wantText("#progress-counts", s.counts(t, 0, 1))
}

func (s *site) progressOfChecks(t *testing.T) {
	p := s.program(t)
	base, _ := p.serve(anyPort)
	p.run([]int{0}, "start", task)
	p.run([]int{0}, "solution", task, "--apply")
	tb := s.tabOf(t, base)
	tb.open("en/" + task + ".html")
	tb.wantText(mark, "Mark as passed")
	if state, _ := tb.press(); state != "pass" {
		t.Fatalf("right solution: state %s", state)
	}
	tb.wantText(".done", "Passed its check on")
	if eval[bool](tb, `document.querySelector("`+mark+`").checkVisibility()`) {
		t.Error("what a check has passed can still be marked by hand")
	}

	tb = s.tabOf(t, base) // a profile that knows nothing: what the terminal has recorded
	tb.open("en/index.html")
	tb.wantText("#progress-counts", s.counts(t, 0, 1))
	if got := eval[string](tb, `document.querySelector('.chips a[href="`+task+`.html"] .tick').ariaLabel`); got != "passed" {
		t.Errorf("tick says %q", got)
	}
	if eval[bool](tb, `document.querySelector(".progress").innerText.includes("marked by you")`) {
		t.Error("a check counts as marked by hand")
	}
}

func (s *site) progressWithoutStorage(t *testing.T) {
	const notKept = "This browser does not keep it"
	t.Run("forbidden", func(t *testing.T) {
		tb := s.tab(t)
		tb.before(`Object.defineProperty(window, "localStorage", { get() { throw new DOMException("denied", "SecurityError"); } });`)
		tb.open("en/index.html")
		tb.wantText(".progress .trouble", notKept)
		tb.open("en/" + chapter + ".html")
		tb.pressKey(mark)
		tb.wantText(".done", "Read on")
		tb.wantText(".done", notKept)
		tb.pressKey(mark)
		tb.wantText(mark, "Mark as read")
		tb.click(".nav-toggle")
		tb.wait(`!document.querySelector(".side").checkVisibility()`)
	})
	t.Run("full", func(t *testing.T) {
		tb := s.tab(t)
		tb.open("en/" + chapter + ".html")
		eval[bool](tb, `(() => {
			for (let size = 1 << 20; size >= 1; size = Math.floor(size / 2)) {
				try { for (;;) localStorage.setItem("filler" + localStorage.length, "x".repeat(size)); } catch {}
			}
			return true;
		})()`)
		tb.pressKey(mark)
		tb.wantText(".done", "Read on")
		tb.wantText(".done", notKept)
		eval[bool](tb, `Object.keys(localStorage).filter((key) => key.startsWith("filler")).forEach((key) => localStorage.removeItem(key)), true`)
		tb.pressKey(mark)
		tb.pressKey(mark)
		tb.wantText(".done", "Read on")
		if strings.Contains(tb.text(".done"), notKept) {
			t.Error("there is room again, and the page still says that nothing is kept")
		}
	})
}

func (s *site) progressDamaged(t *testing.T) {
	tb := s.tab(t)
	tb.open("en/glossary.html")
	eval[bool](tb, `localStorage.setItem("slipway.slipway.done.read.`+chapter+`", "{half"), localStorage.setItem("slipway.slipway.place", "[]"), true`)
	tb.open("en/index.html")
	tb.wantText("#progress-counts", s.counts(t, 0, 0))
	tb.wantText(".progress .trouble", "damaged.done.read."+chapter+".")
	tb.wantText(".progress .trouble", "damaged.place.")
	if got := tb.storage(); !strings.Contains(got, `damaged.done.read.`+chapter) || !strings.Contains(got, "{half") {
		t.Errorf("nothing is kept aside: %s", got)
	}
	s.look(tb, "home-damaged")
	tb.open("en/" + chapter + ".html")
	tb.pressKey(mark)
	tb.open("en/index.html")
	tb.wantText("#progress-counts", s.counts(t, 1, 0))
	tb.pressKey(".progress .trouble button")
	tb.wait(`!document.querySelector(".progress .trouble").checkVisibility()`)
	if got := tb.storage(); strings.Contains(got, "damaged") {
		t.Errorf("still there: %s", got)
	}
}
