package browsertest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
)

// built builds the course as files. The chapter has its Markdown beside it.
func (s *site) built(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s.program(t).run([]int{0}, "build", "--out", dir)
	name := filepath.Join(dir, "en", chapter+".html")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	if !strings.Contains(page, `class="markdown"`) {
		at := strings.Index(page, "</p>\n</footer>")
		page = page[:at] + ` <a class="markdown" href="` + chapter + `.md">This page as Markdown</a>` + page[at:]
	}
	write(t, name, page)
	write(t, filepath.Join(dir, "en", chapter+".md"), "# Versions\n")
	return dir
}

// progressFromDisk reads the pages as files, which share the storage of all files.
func (s *site) progressFromDisk(t *testing.T) {
	tb := s.tabOf(t, "file://"+filepath.ToSlash(s.built(t))+"/")
	tb.open("en/" + chapter + ".html")
	tb.pressKey(mark)
	tb.wantText(".done", "Read on")
	if got := eval[string](tb, `document.querySelector(".markdown").tagName`); got != "A" {
		t.Errorf("from disk the Markdown is behind a %s", got)
	}
	tb.open("en/index.html")
	tb.wantText("#progress-counts", s.counts(t, 1, 0))
	tb.wantText(".progress .onward", "Continue: Chapter")
	file := tb.export()
	tb.forget(true)
	tb.wantText("#progress-counts", s.counts(t, 0, 0))
	tb.importFile(file)
	tb.wantText("#progress-counts", s.counts(t, 1, 0))
}

func (s *site) pageAsMarkdown(t *testing.T) {
	dir := s.built(t)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	tb := s.tabOf(t, server.URL+"/")
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		call(tb, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
			Origin: server.URL, BrowserContextID: tb.profile(),
		})
	}
	call(tb, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	tb.open("en/" + chapter + ".html")
	tb.wantText("button.markdown", "Copy page as Markdown")
	tb.pressKey("button.markdown")
	tb.wantText("button.markdown", "Copied")
	if got := eval[string](tb, `navigator.clipboard.readText()`); got != "# Versions\n" {
		t.Errorf("copied %q", got)
	}
	if err := os.Remove(filepath.Join(dir, "en", chapter+".md")); err != nil {
		t.Fatal(err)
	}
	tb.pressKey("button.markdown")
	tb.wait(`document.activeElement.matches('a.markdown[href="` + chapter + `.md"]')`)
	tb.expectComplaint("404")
}
