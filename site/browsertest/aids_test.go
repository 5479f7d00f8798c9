package browsertest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const currentHeading = `(document.querySelector(".toc a[aria-current]")?.hash ?? "")`

// headings are the anchors of the contents of the page.
const headings = `[...document.querySelectorAll(".toc a")].map((a) => a.hash)`

func (s *site) resume(t *testing.T) {
	tb := s.tab(t)
	tb.open("en/index.html")
	if eval[bool](tb, `document.querySelector(".progress .onward").checkVisibility()`) {
		t.Errorf("a new reader is led to %q", tb.text(".progress .onward"))
	}
	tb.open("en/" + chapter + ".html")
	at := eval[string](tb, headings+`[2]`)
	title := eval[string](tb, headings+`.length > 2 && document.querySelectorAll(".toc a")[2].textContent`)
	eval[bool](tb, `document.querySelector("`+at+`").scrollIntoView(), true`)
	tb.wait(currentHeading + ` === "` + at + `"`)
	tb.open("en/glossary.html")

	tb.open("en/index.html")
	number := eval[string](tb, `document.querySelector('li:has(> div > .title[href="`+chapter+`.html"]) .number').textContent`)
	tb.wantText(".progress .onward", "Continue: Chapter "+number+", "+s.title(t, "content/en/"+chapter+".md")+", section “"+title+"”")
	tb.follow(".progress .onward a", "en/"+chapter+".html")
	if got := eval[string](tb, "location.hash"); got != at {
		t.Errorf("resumed at %q, want %q", got, at)
	}
	tb.wait(currentHeading + ` === "` + at + `"`)

	// anchors are those of a language, pages are not
	eval[bool](tb, `localStorage.setItem("slipway.slipway.place", JSON.stringify({ page: "`+task+`", language: "xx", heading: "a", title: "b" })), true`)
	tb.before(`Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden" })`) // the page writes no more
	tb.open("en/index.html")
	if got := eval[string](tb, `document.querySelector(".progress .onward a").getAttribute("href")`); got != task+".html" {
		t.Errorf("resumed at %q", got)
	}
}

func (s *site) headingInView(t *testing.T) {
	tb := s.tab(t)
	tb.size(1400, 300) // the contents stand beside the page, and scroll
	tb.open("en/" + chapter + ".html")
	if !eval[bool](tb, `(() => { const toc = document.querySelector(".toc"); return toc.scrollHeight > toc.clientHeight; })()`) {
		t.Fatal("the contents do not scroll")
	}
	if got := eval[string](tb, currentHeading); got != "" {
		t.Errorf("at the top %s is in view", got)
	}
	n := eval[int](tb, headings+`.length`)
	for i := range n {
		at := eval[string](tb, fmt.Sprintf(`document.querySelectorAll(".toc a")[%d].click(), %s[%[1]d]`, i, headings))
		tb.wait(currentHeading + ` === "` + at + `"`)
		shown := `(() => { const toc = document.querySelector(".toc").getBoundingClientRect(), a = document.querySelector(".toc a[aria-current]").getBoundingClientRect();
			return a.top >= toc.top - 1 && a.bottom <= Math.min(toc.bottom, innerHeight) + 1; })()`
		tb.wait(shown)
	}
	eval[bool](tb, `scrollTo(0, 0), true`)
	tb.wait(currentHeading + ` === ""`)
	eval[bool](tb, `scrollTo(0, document.body.scrollHeight), true`)
	tb.wait(currentHeading + ` === ` + headings + `.at(-1)`)
	if got := eval[int](tb, `document.querySelectorAll(".toc a[aria-current]").length`); got != 1 {
		t.Errorf("%d headings are current", got)
	}
}

// shifts collects what moves in the course navigation and the text while a page comes.
const shifts = `globalThis.shifts = []; new PerformanceObserver((list) => { for (const e of list.getEntries()) for (const s of e.sources)
	if (s.node?.parentElement?.closest?.(".side, main")) globalThis.shifts.push(s.node.parentElement.outerHTML.slice(0, 80)); }).observe({ type: "layout-shift", buffered: true })`

// steady demands that nothing has moved.
func (tb *tab) steady(what string) {
	tb.t.Helper()
	eval[bool](tb, `new Promise((next) => requestAnimationFrame(() => setTimeout(() => next(true), 100)))`)
	if got := eval[string](tb, `shifts.join("\n")`); got != "" {
		tb.t.Errorf("%s: the page jumps: %s", what, got)
	}
}

func (s *site) courseNavigation(t *testing.T) {
	tb := s.tab(t)
	tb.before(shifts)
	openFolds := `[...document.querySelectorAll(".side details[open]")].map((d) => d.parentElement.querySelector("a").getAttribute("href")).join(" ")`
	wantOpen := func(want string) {
		t.Helper()
		if got := eval[string](tb, openFolds); got != want {
			t.Errorf("lists of tasks that are open: %q, want %q", got, want)
		}
	}
	tb.open("en/" + chapter + ".html")
	wantOpen(chapter + ".html")
	tb.steady("folded")
	other := eval[string](tb, `document.querySelector(".side details:not([open])").parentElement.querySelector("a").getAttribute("href")`)
	tb.pressKey(`.side li:has(> a[href="` + other + `"]) summary`)
	tb.pressKey(`.side li:has(> a[href="` + chapter + `.html"]) summary`)
	tb.wait(openFolds + ` === "` + other + `"`)
	tb.open("en/" + chapter + ".html")
	wantOpen(other)
	tb.open("en/" + task + ".html") // stands in the list that was closed
	if !eval[bool](tb, `document.querySelector(".side a[aria-current]").checkVisibility()`) {
		t.Error("the page's own entry is folded away")
	}

	tb.size(1280, 300)
	tb.open("en/" + chapter + ".html")
	eval[bool](tb, `document.querySelector(".side").scrollTop = 60, true`)
	next := eval[string](tb, `document.querySelector(".side a[aria-current]").getAttribute("href")`)
	tb.open("en/" + next)
	if got := eval[float64](tb, `document.querySelector(".side").scrollTop`); got != 60 {
		t.Errorf("navigation scrolled by %v, want 60", got)
	}
	tb.open("en/" + task + ".html")
	if !eval[bool](tb, `(() => { const r = document.querySelector(".side a[aria-current]").getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; })()`) {
		t.Error("the page's own entry is out of view")
	}
	tb.size(1280, 900)

	tb.pressKey(".nav-toggle")
	tb.wait(`!document.querySelector(".side").checkVisibility() && document.querySelector(".nav-toggle").ariaExpanded === "false"`)
	s.look(tb, "nav-hidden")
	tb.open("en/" + chapter + ".html")
	if eval[bool](tb, `document.querySelector(".side").checkVisibility()`) {
		t.Error("the navigation that was hidden is back on the next page")
	}
	tb.steady("hidden")
	tb.size(320, 900)
	tb.click(".menu")
	tb.wait(`document.querySelector(".side").checkVisibility()`)
	tb.size(1280, 900)
	tb.pressKey(".nav-toggle")
	tb.wait(`document.querySelector(".side").checkVisibility()`)
}

// typed types a key into whatever has the focus.
func (tb *tab) typed(key string, modifiers ...chromedp.Modifier) {
	tb.t.Helper()
	tb.do("type "+key, chromedp.KeyEvent(key, chromedp.KeyModifiers(modifiers...)))
}

func (s *site) keys(t *testing.T) {
	tb := s.tab(t)
	tb.open("en/" + chapter + ".html")
	here := eval[string](tb, "location.pathname")
	next := eval[string](tb, `new URL(document.querySelector("a[rel=next]").href).pathname`)
	at := func(path string) string {
		return `location.pathname === "` + path + `" && document.readyState === "complete"`
	}
	stays := func(what string) {
		t.Helper()
		eval[bool](tb, `new Promise((next) => setTimeout(() => next(true), 150))`)
		if got := eval[string](tb, "location.pathname"); got != here {
			t.Fatalf("%s: page is %s", what, got)
		}
	}
	tb.typed("n")
	tb.wait(at(next))
	tb.typed("p")
	tb.wait(at(here))
	for _, m := range []chromedp.Modifier{chromedp.ModifierCtrl, chromedp.ModifierAlt, chromedp.ModifierMeta} {
		eval[bool](tb, fmt.Sprintf(`document.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true, ctrlKey: %t, altKey: %t, metaKey: %t }))`,
			m == chromedp.ModifierCtrl, m == chromedp.ModifierAlt, m == chromedp.ModifierMeta))
	}
	stays("with a modifier")
	eval[bool](tb, `document.querySelector("main").prepend(document.createElement("textarea")), document.querySelector("textarea").focus(), true`)
	tb.typed("n?")
	stays("in a field")
	if got := eval[string](tb, `document.querySelector("textarea").value`); got != "n?" || eval[bool](tb, `document.querySelector("dialog[open]") !== null`) {
		t.Errorf("field holds %q", got)
	}
	eval[bool](tb, `document.querySelector("textarea").remove(), true`)

	eval[bool](tb, `document.addEventListener("slipway:search", () => { globalThis.searched = true; }), true`)
	tb.typed("/")
	tb.wait("globalThis.searched === true && " + dialogOpen)
	tb.typed("\u001b")
	tb.wait("!(" + dialogOpen + ")")
	// at once after the dialog is closed, when its field still has the focus
	if !eval[bool](tb, `(() => {
		document.dispatchEvent(new CustomEvent("slipway:search"));
		document.querySelector("dialog.search-dialog").close();
		document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true }));
		return document.querySelector("dialog.keys")?.open === true;
	})()`) {
		t.Error("a key is lost after the search is closed")
	}
	tb.typed("\u001b")
	tb.wait(`!document.querySelector("dialog[open]")`)
	tb.typed("?")
	tb.wait(`document.querySelector("dialog.keys").open`)
	for _, key := range []string{"n", "p", "/", "?"} {
		tb.wantText(".keys dl", key)
	}
	s.look(tb, "keys")
	tb.typed("n")
	stays("in the dialog")
	tb.do("focus the switch", chromedp.Focus(chromedp.CSS(".keys input")), chromedp.KeyEvent(" "))
	tb.wait(`!document.querySelector(".keys input").checked`)
	tb.typed("\u001b")
	tb.wait(`!document.querySelector("dialog.keys").open`)

	tb.typed("n")
	stays("switched off")
	tb.open("en/" + chapter + ".html")
	tb.typed("n?")
	stays("switched off on another page")
	if eval[bool](tb, `document.querySelector("dialog[open]") !== null`) {
		t.Error("the dialog opens by a key that is off")
	}
	tb.pressKey(".foot .as-link:not(.markdown)")
	tb.wait(`document.querySelector("dialog.keys").open && !document.querySelector(".keys input").checked`)
	tb.do("switch on", chromedp.Focus(chromedp.CSS(".keys input")), chromedp.KeyEvent(" "))
	tb.pressKey(".keys > button")
	tb.wait(`!document.querySelector("dialog.keys").open`)
	if !eval[bool](tb, `document.activeElement.matches(".foot .as-link")`) {
		t.Error("the focus does not return to the button")
	}
	tb.typed("n")
	tb.wait(at(next))
}

// A page may come, and be painted, in parts: nothing in the course navigation moves when the rest of it is there.
func (s *site) navigationInParts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp, err := http.Get(s.base + strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
		nav, rest, inParts := bytes.Cut(body, []byte("<main"))
		w.Write(nav)
		if inParts {
			w.(http.Flusher).Flush()
			time.Sleep(time.Second)
			w.Write([]byte("<main"))
			w.Write(rest)
		}
	}))
	defer server.Close()
	tb := s.tab(t)
	tb.base = server.URL + "/"
	tb.before(shifts)
	tb.open("en/" + chapter + ".html")
	tb.steady("in parts")
	tb.wait(`document.querySelector(".side a").checkVisibility({ visibilityProperty: true })`)
}
