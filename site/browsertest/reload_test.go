package browsertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A draft is a copy of the course that a test may edit.
type draft struct {
	t    *testing.T
	root string
}

func (s *site) draft(t *testing.T) draft {
	t.Helper()
	d := draft{t, t.TempDir()}
	for _, dir := range []string{"content", "exercises", "labs/catalog"} {
		if err := os.CopyFS(filepath.Join(d.root, dir), os.DirFS(filepath.Join(s.root, dir))); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// edit changes the chapter's file, and returns how it was.
func (d draft) edit(change func(string) string) string {
	d.t.Helper()
	name := filepath.Join(d.root, "content", "en", chapter+".md")
	old, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, []byte(change(string(old))), 0o644)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return string(old)
}

func (d draft) retitle(title string) {
	d.t.Helper()
	d.edit(func(text string) string { return titleLine.ReplaceAllString(text, "title: "+title) })
}

// reload edits a chapter while it is read: right, wrong, mended, and while the page is hidden.
func (s *site) reload(t *testing.T) {
	d, p := s.draft(t), s.program(t)
	p.course = d.root
	base, _ := p.serve(anyPort)
	tb := s.tabOf(t, base)
	tb.open("en/" + chapter + ".html")
	const titled = `document.querySelector("h1").textContent.includes("%")`

	d.retitle("Edited once")
	tb.wait(strings.ReplaceAll(titled, "%", "Edited once"))

	good := d.edit(func(text string) string { return text + "\n[nowhere](chapter:nowhere)\n" })
	tb.wait(`document.querySelector("#companion-problems") !== null`)
	if got, want := tb.text("#companion-problems pre"), chapter+".md:"; !strings.Contains(got, want) || !strings.Contains(got, "nowhere") {
		t.Errorf("problems %q, want the place of the link", got)
	}
	if !eval[bool](tb, strings.ReplaceAll(titled, "%", "Edited once")) {
		t.Error("the last good page is not shown")
	}
	s.look(tb, "problems")
	tb.click("#companion-problems button")
	tb.wait(`document.querySelector("#companion-problems") === null`)

	eval[bool](tb, `globalThis.isOld = true`)
	d.edit(func(string) string { return good })
	tb.wait(`globalThis.isOld !== true && document.readyState === "complete"`)
	if eval[bool](tb, `document.querySelector("#companion-problems") !== null`) {
		t.Error("problems are shown of a course that is mended")
	}

	eval[bool](tb, `globalThis.isOld = true,
		Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true }),
		document.dispatchEvent(new Event("visibilitychange"))`)
	d.retitle("Edited out of sight")
	tb.wait(`fetch(location.href).then((r) => r.text()).then((page) => page.includes("Edited out of sight"))`)
	if !eval[bool](tb, `globalThis.isOld`) {
		t.Error("a hidden page was loaded anew")
	}
	eval[bool](tb, `delete document.visibilityState, document.dispatchEvent(new Event("visibilitychange"))`)
	tb.wait(strings.ReplaceAll(titled, "%", "Edited out of sight"))
}
