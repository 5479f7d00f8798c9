package browsertest

import (
	"context"
	"os"
	"testing"
)

// A site is the course as slipway serves it, with a browser to read it.
type site struct {
	settings
	browser context.Context
	base    string
}

const anyPort = "127.0.0.1:0"

func TestSite(t *testing.T) {
	set, err := readSettings(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{settings: set, browser: startBrowser(t, set.chromium)}
	s.base, _ = s.program(t).serve(anyPort)
	for _, part := range []struct {
		name string
		test func(*testing.T)
	}{
		{"guards can fail", s.guardsCanFail},
		{"from home to an exercise", s.fromHomeToExercise},
		{"copy commands", s.copyCommands},
		{"theme", s.themeStays},
		{"without scripts", s.withoutScripts},
		{"pages", s.pages},
		{"all pages", s.allPages},
		{"search by keyboard", s.searchByKeyboard},
		{"search with an input method", s.searchWithInputMethod},
		{"search from disk", s.searchFromDisk},
		{"search queries", s.searchQueries},
		{"search tokens", s.searchTokens},
		{"search speed", s.searchSpeed},
		{"check", s.checkSolutions},
		{"stop a check", s.stopCheck},
		{"companion gone", s.companionGone},
		{"reload", s.reload},
		{"progress marks", s.progressMarks},
		{"progress counts", s.progressCounts},
		{"progress in two tabs", s.progressInTabs},
		{"progress as a file", s.progressAsFile},
		{"progress files refused", s.progressFilesRefused},
		{"progress without storage", s.progressWithoutStorage},
		{"progress damaged", s.progressDamaged},
		{"progress of checks", s.progressOfChecks},
		{"progress from disk", s.progressFromDisk},
		{"resume", s.resume},
		{"heading in view", s.headingInView},
		{"course navigation", s.courseNavigation},
		{"course navigation in parts", s.navigationInParts},
		{"keys", s.keys},
		{"page as Markdown", s.pageAsMarkdown},
		{"features", s.features},
		{"keeps the place", s.keepsPlace},
		{"page goes", s.pageGoes},
		{"keyboard", s.keyboard},
		{"preferences", s.preferences},
		{"book", s.book},
		{"languages", s.languages},
		{"untranslated", func(t *testing.T) { of := *s; of.untranslated(t) }},
		{"redirects", func(t *testing.T) { of := *s; of.redirects(t) }},
		{"offline", s.offline},
	} {
		t.Run(part.name, part.test)
	}
}

// program returns slipway with workspaces of the test's own.
func (s *site) program(t *testing.T) slipway {
	t.Helper()
	return slipway{t: t, bin: s.slipway, course: s.root, work: t.TempDir()}
}

// guardsCanFail breaks a page, so that a guard that sees nothing is not taken for a page that is
// right.
func (s *site) guardsCanFail(t *testing.T) {
	tb := s.tab(t)
	tb.open("en/index.html")
	if list := tb.takeComplaints(); len(list) > 0 {
		t.Errorf("complaints about the home page: %q", list)
	}
	eval[bool](tb, `document.querySelector("main").insertAdjacentHTML("beforeend", "<p style='color: red'>x</p>"), true`)
	tb.expectComplaint("Content Security Policy")
	eval[bool](tb, `document.documentElement.removeAttribute("lang"), true`)
	if list := tb.axe(s.axe); len(list) != 1 || list[0].ID != "html-has-lang" {
		t.Errorf("axe on a page without a language: %+v", list)
	}
	eval[bool](tb, `fetch("/missing.json").then(() => true)`)
	tb.expectComplaint("404")
}
