package browsertest

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// paper is the width that print leaves to the text of an A4 sheet, in CSS pixels.
const paper = 658

// book looks at the course on one page, beside its assets and with them inside, on a screen and as it
// is printed.
func (s *site) book(t *testing.T) {
	dir := t.TempDir()
	s.program(t).run([]int{0}, "build", "--out", dir)
	s.program(t).run([]int{0}, "book", "--out", filepath.Join(dir, "en", "alone.html"))
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	for _, page := range []string{"en/book.html", "en/alone.html"} {
		t.Run(page, func(t *testing.T) { s.readBook(s.tabOf(t, server.URL+"/"), page) })
	}
}

func (s *site) readBook(tb *tab, page string) {
	tb.t.Helper()
	tb.open(page)
	if look := eval[string](tb, `getComputedStyle(document.querySelector("pre")).whiteSpaceCollapse + getComputedStyle(document.querySelector("h3.h1")).fontSize`); look != "preserve32px" {
		tb.t.Errorf("%s is without its stylesheets: %s", page, look)
	}
	for _, width := range []int64{1280, 320} {
		tb.size(width, 900)
		tb.wantNoSidewaysScroll()
	}
	for _, theme := range []string{"light", "dark"} {
		tb.theme(theme)
		tb.wantAccessible(s.axe)
	}
	tb.size(paper, 900)
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	tb.wantNoSidewaysScroll()
	tb.view(s.screenshots, "book-print")
}
