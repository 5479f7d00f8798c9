package browsertest

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// kinds are one page of each kind.
var kinds = []struct{ name, path string }{
	{"home", "en/index.html"},
	{"chapter", "en/versions.html"},
	{"exercise", "en/" + task + ".html"},
	{"glossary", "en/glossary.html"},
	{"missing", "en/there/is/no/such/page.html"},
}

func (s *site) pages(t *testing.T) {
	for _, page := range kinds {
		t.Run(page.name, func(t *testing.T) {
			tb := s.tab(t)
			tb.open(page.path)
			if page.name == "missing" {
				tb.expectComplaint("404")
			}
			if title := eval[string](tb, "document.title"); title == "" {
				t.Error("page has no title")
			}
			s.look(tb, page.name)
		})
	}
}

var sitemapEntry = regexp.MustCompile(`<loc>([^<]*)</loc>`)

// allPages judges each page that the site tells of, narrow and in both themes.
func (s *site) allPages(t *testing.T) {
	tb := s.tab(t)
	tb.size(320, 900)
	tb.open("en/index.html")
	entries := sitemapEntry.FindAllStringSubmatch(eval[string](tb, `fetch("/sitemap.xml").then((r) => r.text())`), -1)
	if len(entries) < 4 {
		t.Fatalf("sitemap tells of %d pages", len(entries))
	}
	for _, e := range entries {
		path, ok := strings.CutPrefix(e[1], s.base)
		if !ok {
			t.Fatalf("sitemap leads to %s, the site is at %s", e[1], s.base)
		}
		t.Run(path, func(t *testing.T) {
			tb.t = t
			tb.open(path)
			for _, theme := range []string{"light", "dark"} {
				tb.theme(theme)
				tb.wantAccessible(s.axe)
				tb.wantNoSidewaysScroll()
			}
			for _, c := range tb.takeComplaints() {
				t.Errorf("complaint of the browser: %s", c)
			}
		})
	}
}

// look judges the page as it stands in both themes, wide and narrow.
func (s *site) look(tb *tab, name string) {
	tb.t.Helper()
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 320} {
			tb.theme(theme)
			tb.size(width, 900)
			tb.wantAccessible(s.axe)
			tb.wantNoSidewaysScroll()
			tb.wantIcons()
			tb.picture(s.screenshots, fmt.Sprintf("%s-%s-%d", name, theme, width))
		}
	}
	tb.theme("light")
	tb.size(1280, 900)
}
