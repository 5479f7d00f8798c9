package browsertest

import (
	"encoding/json"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
)

// mostTabs is how often Tab is pressed before a page counts as one without an end.
const mostTabs = 600

// keyboard walks through one page of each kind with the Tab key.
func (s *site) keyboard(t *testing.T) {
	for _, page := range kinds {
		t.Run(page.name, func(t *testing.T) {
			tb := s.tab(t)
			tb.open(page.path)
			if page.name == "missing" {
				tb.expectComplaint("404")
			}
			if page.name == "exercise" {
				tb.wait(`document.querySelector("#check .check-start")?.checkVisibility()`)
			}
			tb.walk()
		})
	}
}

// walk presses Tab until the page has been left. Each element that can be used must have had the
// focus, which must have been seen.
func (tb *tab) walk() {
	tb.t.Helper()
	eval[bool](tb, `globalThis.walked = new Set(), document.activeElement.blur(), true`)
	for range mostTabs {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			call(tb, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Tab", Code: "Tab", WindowsVirtualKeyCode: 9})
		}
		at := eval[string](tb, `(() => {
			const e = document.activeElement;
			if (e === document.body || walked.has(e)) return "end";
			walked.add(e);
			const style = getComputedStyle(e), box = e.getBoundingClientRect();
			const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
			const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
			return outline && seen && style.opacity === "1" ? "" : "focus is not seen on " + e.outerHTML.slice(0, 200);
		})()`)
		if at == "end" {
			break
		}
		if at != "" {
			tb.t.Error(at)
		}
	}
	raw := eval[string](tb, `JSON.stringify([...document.querySelectorAll("a[href], button, summary, input, select, textarea, [tabindex='0']")]
		.filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && !walked.has(e)).map((e) => e.outerHTML.slice(0, 200)))`)
	var missed []string
	if err := json.Unmarshal([]byte(raw), &missed); err != nil {
		tb.t.Fatal(err)
	}
	for _, e := range missed {
		tb.t.Errorf("Tab does not reach %s", e)
	}
}

// preferences reads one page of each kind with the system's own colours, and without motion.
func (s *site) preferences(t *testing.T) {
	for _, page := range kinds {
		t.Run(page.name, func(t *testing.T) {
			tb := s.tab(t)
			tb.open(page.path)
			if page.name == "missing" {
				tb.expectComplaint("404")
			}
			for _, theme := range []string{"light", "dark"} {
				call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
					{Name: "forced-colors", Value: "active"}, {Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
				}})
				if !eval[bool](tb, `matchMedia("(forced-colors: active)").matches && matchMedia("(prefers-reduced-motion: reduce)").matches`) {
					t.Fatal("the browser does not emulate forced colours and reduced motion")
				}
				tb.wantAccessible(s.axe)
				tb.picture(s.screenshots, page.name+"-forced-"+theme)
			}
			moving := eval[string](tb, `[document.documentElement, ...document.querySelectorAll("body, body *")].filter((e) => {
				const s = getComputedStyle(e);
				return s.scrollBehavior === "smooth" || [s.transitionDuration, s.animationDuration].join().split(",").some((d) => parseFloat(d) > .01);
			}).map((e) => e.outerHTML.slice(0, 100)).join("\n")`)
			if moving != "" {
				t.Errorf("moves although the reader wants no motion: %s", moving)
			}
		})
	}
}
