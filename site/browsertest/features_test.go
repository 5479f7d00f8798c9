package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tabGroup is a group of three blocks in tabs.
const tabGroup = "\n```console {tab=\"Linux\" norun=\"a test\"}\n$ ls\n```\n```sh {tab=\"macOS\" mark=\"1\"}\nls -G\n# text of macOS\n```\n```text {tab=\"Windows\"}\ndir\n```\n"

const readingFeatures = "\n## Reading features\n\n" + tabGroup + "\nText between.\n" + tabGroup +
	"\nOther tabs.\n\n```go {tab=\"One\"}\nvar one int\n```\n```go {tab=\"Two\"}\nvar two int\n```\n" +
	"\n> [!ANSWER]\n> The hidden answer.\n" +
	"\n1. First\n\n   ```go {mark=\"2-3\"}\n   var x int\n   var y int\n   var z int\n   ```\n2. Second\n\n   Text.\n3. Third\n" +
	"\n![A square](square.svg \"Its caption\")\n"

const square = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 300"><rect x="300" width="300" height="300"/></svg>`

// shownTabs tells for each group the number of the tab that is chosen, and of the blocks that show.
const shownTabs = `[...document.querySelectorAll(".tabs")].map((g) =>
	[...g.querySelectorAll("[role=tab]")].map((t, i) => t.ariaSelected === "true" && t.tabIndex === 0 ? i : "").join("") + ":" +
	[...g.querySelectorAll(".tab pre")].map((p, i) => p.checkVisibility() ? i : "").join("")).join(" ")`

// append adds to a chapter of the draft.
func (d draft) append(chapter, text string) {
	d.t.Helper()
	f, err := os.OpenFile(filepath.Join(d.root, "content", "en", chapter+".md"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// features reads a chapter that has tabs, marks, an answer, steps and an image.
func (s *site) features(t *testing.T) {
	d, p := s.draft(t), s.program(t)
	d.append(chapter, readingFeatures)
	d.append("workspaces", tabGroup)
	if err := os.WriteFile(filepath.Join(d.root, "content", "images", "square.svg"), []byte(square), 0o644); err != nil {
		t.Fatal(err)
	}
	p.course = d.root
	base, _ := p.serve(anyPort)
	for _, part := range []struct {
		name string
		test func(*testing.T, *tab)
	}{
		{"tabs", s.tabsSwitch}, {"tabs without scripts", s.tabsWithoutScripts}, {"paper", s.onPaper}, {"look", s.looks},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, s.tabOf(t, base)) })
	}
}

func wantTabs(t *testing.T, tb *tab, after, want string) {
	t.Helper()
	if got := eval[string](tb, shownTabs); got != want {
		t.Errorf("after %s the tabs are %s, want %s", after, got, want)
	}
}

// tabsSwitch chooses tabs by mouse and keyboard, on two pages.
func (s *site) tabsSwitch(t *testing.T, tb *tab) {
	tb.open("en/" + chapter + ".html")
	wantTabs(t, tb, "opening", "0:0 0:0 0:0")
	second := `document.querySelectorAll(".tabs")[1].querySelectorAll("[role=tab]")`
	top := `Math.round(` + second + `[1].getBoundingClientRect().top)`
	eval[bool](tb, second+`[1].scrollIntoView({ block: "center" }), true`)
	before := eval[int](tb, top)
	eval[bool](tb, second+`[1].click(), true`)
	wantTabs(t, tb, "a click", "1:1 1:1 0:0")
	if after := eval[int](tb, top); after < before-1 || after > before+1 {
		t.Errorf("the tab has moved from %d to %d", before, after)
	}
	tb.do("focus the tab", chromedp.Focus(chromedp.CSS(".tabs [role=tab][aria-selected=true]")))
	for _, step := range []struct{ name, key, want string }{
		{"right", kb.ArrowRight, "2:2 2:2 0:0"}, {"right at the end", kb.ArrowRight, "0:0 0:0 0:0"}, {"left at the start", kb.ArrowLeft, "2:2 2:2 0:0"},
		{"left", kb.ArrowLeft, "1:1 1:1 0:0"}, {"home", kb.Home, "0:0 0:0 0:0"}, {"end", kb.End, "2:2 2:2 0:0"}, {"another key", "x", "2:2 2:2 0:0"},
	} {
		tb.do(step.name, chromedp.KeyEvent(step.key))
		wantTabs(t, tb, step.name, step.want)
		if !eval[bool](tb, `document.activeElement.matches(".tabs [role=tab][aria-selected=true]")`) {
			t.Errorf("after %s the focus is on %s", step.name, eval[string](tb, "document.activeElement.outerHTML"))
		}
	}
	tb.do("tab", chromedp.KeyEvent(kb.Tab))
	if !eval[bool](tb, `document.activeElement.closest("[role=tabpanel]")?.getAttribute("aria-labelledby") === document.querySelector(".tabs [aria-selected=true]").id`) {
		t.Errorf("from the tabs the focus goes to %s", eval[string](tb, "document.activeElement.outerHTML"))
	}
	tb.open("en/workspaces.html")
	wantTabs(t, tb, "opening another page", "2:2")
	eval[bool](tb, `document.querySelectorAll(".tab")[1].dispatchEvent(new Event("beforematch")), true`)
	wantTabs(t, tb, "finding text", "1:1")
	tb.open("en/" + chapter + ".html")
	wantTabs(t, tb, "coming back", "1:1 1:1 0:0")
}

func (s *site) tabsWithoutScripts(t *testing.T, tb *tab) {
	call(tb, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	tb.open("en/" + chapter + ".html")
	wantTabs(t, tb, "opening without scripts", ":012 :012 :01")
	if got := eval[string](tb, `[...document.querySelectorAll(".tab-title")].filter((e) => e.checkVisibility()).map((e) => e.innerText).join()`); got != "Linux,macOS,Windows,Linux,macOS,Windows,One,Two" {
		t.Errorf("titles are %s", got)
	}
	const answer = `document.querySelector(".answer p").checkVisibility()`
	if eval[bool](tb, answer) {
		t.Error("the answer shows before it is asked for")
	}
	if got := tb.text(".answer > summary"); got != "Show the answer" {
		t.Errorf("summary is %q", got)
	}
	tb.click(".answer > summary")
	tb.wait(answer)
}

// onPaper holds that all tabs and answers are printed.
func (s *site) onPaper(t *testing.T, tb *tab) {
	tb.open("en/" + chapter + ".html")
	eval[bool](tb, `document.querySelector(".image img").scrollIntoView(), true`) // it is loaded then
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	const high = `[...document.querySelectorAll("%s")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().height > 8).length`
	answers := eval[int](tb, `document.querySelectorAll(".answer p").length`)
	if answers == 0 {
		t.Error("the page has no answer")
	}
	for selector, want := range map[string]int{".tab pre": 8, ".tab-title": 8, ".tabs [role=tab]": 0, ".answer p": answers, ".image img": 1} {
		if got := eval[int](tb, fmt.Sprintf(high, selector)); got != want {
			t.Errorf("%d of %s are printed, want %d", got, selector, want)
		}
	}
}

func (s *site) looks(t *testing.T, tb *tab) {
	tb.open("en/" + chapter + ".html")
	eval[bool](tb, `document.querySelector(".answer").open = true`)
	eval[bool](tb, `document.querySelector(".image img").scrollIntoView(), true`)
	tb.wait(`document.querySelector(".image img").complete && document.querySelector(".image img").naturalWidth > 0`)
	eval[bool](tb, `document.querySelector("#reading-features").scrollIntoView(), true`)
	s.look(tb, "features")
	if got := eval[string](tb, `[...document.querySelectorAll(".steps > li")].map((li) => getComputedStyle(li, "::before").content).join()`); got != "counter(list-item),counter(list-item),counter(list-item)" {
		t.Errorf("numbers of the steps are %s", got)
	}
	if got := eval[string](tb, `[...document.querySelectorAll("mark")].map((e) => e.innerText.trim()).filter((t) => t).join()`); got != "var y int,var z int" {
		t.Errorf("marked lines that show are %q", got)
	}
	t.Logf("a line of code has room for %d columns", eval[int](tb, `(() => {
		const pre = [...document.querySelectorAll(".text .code pre")].find((e) => e.checkVisibility()), style = getComputedStyle(pre);
		const probe = document.createElement("span");
		probe.textContent = "0".repeat(100);
		pre.querySelector("code").append(probe);
		const width = probe.getBoundingClientRect().width / 100;
		probe.remove();
		return Math.floor((pre.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)) / width);
	})()`))
}
