package browsertest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// published serves the site as a host of files does.
func (s *site) published(t *testing.T) (*tab, *httptest.Server) {
	t.Helper()
	_, folder := s.fromDisk(t)
	server := httptest.NewServer(http.FileServer(http.Dir(folder)))
	t.Cleanup(server.Close)
	return s.tabOf(t, server.URL+"/"), server
}

// languages reads the published site in two languages, from its root on.
func (s *site) languages(t *testing.T) {
	tb, _ := s.published(t)
	for languages, home := range map[string]string{"zh-TW,en": "zh", "de-DE,fr": "en"} {
		call(tb, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Test", AcceptLanguage: languages})
		tb.open("index.html")
		tb.wait(`/\/` + home + `\/(index.html)?$/.test(location.pathname) && document.readyState === "complete"`)
	}
	tb.open("en/" + chapter + ".html#what-goes-wrong")
	tb.click(".languages a")
	tb.wait(`location.pathname.endsWith("/zh/` + chapter + `.html") && location.hash === "#what-goes-wrong" && document.documentElement.lang === "zh-CN" && document.readyState === "complete"`)
	if s := tb.text("h1") + tb.text("main"); strings.Contains(s, "has not been translated") || !strings.Contains(s, "版本") {
		t.Errorf("the Chinese page of a translated chapter begins with %.80q", s)
	}
	tb.open("index.html") // where the choice is remembered
	tb.wait(`/\/zh\/(index.html)?$/.test(location.pathname)`)
	tb.open("zh/" + task + ".html")
	if got := tb.text("h1"); got != "预测构建列表" {
		t.Errorf("the title of a translated task is %q", got)
	}
	tb.open("zh/lab-7.html")
	s.look(tb, "zh-lab")
	tb.open("zh/index.html")
	s.look(tb, "zh-home")
	tb.open("zh/" + chapter + ".html")
	s.look(tb, "zh-chapter")
}

// untranslated reads a page in Chinese that nobody has translated.
func (s *site) untranslated(t *testing.T) {
	d := s.draft(t)
	d.remove("labs/catalog/lab-7-*/task.zh.md")
	s.root = d.root
	tb, _ := s.published(t)
	tb.open("zh/lab-7.html")
	tb.wantText(".foreign", "本页还没有翻译")
	if lang := eval[string](tb, `document.querySelector("h1").lang`); lang != "en" {
		t.Errorf("the English title is in language %q", lang)
	}
	s.look(tb, "zh-fallback")
}

// redirects follows the old address of a page.
func (s *site) redirects(t *testing.T) {
	d := s.draft(t)
	d.change("content/course.yaml", func(text string) string { return text + "redirects: {semver: " + chapter + "}\n" })
	s.root = d.root
	tb, _ := s.fromDisk(t)
	tb.open("zh/semver.html#what-goes-wrong")
	tb.wait(`location.pathname.endsWith("/zh/` + chapter + `.html") && location.hash === "#what-goes-wrong"`)
}

// offline installs the published site, takes its server away, and reads on.
func (s *site) offline(t *testing.T) {
	tb, server := s.published(t)
	tb.open("en/index.html")
	tb.wait(`navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)`)
	failed, err := chromedp.Call(tb.ctx, page.GetInstallabilityErrors, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range failed.InstallabilityErrors {
		if e.ErrorID != "in-incognito" { // as the profiles of tests are
			t.Errorf("the site cannot be installed: %s", e.ErrorID)
		}
	}
	tb.takeComplaints()
	server.CloseClientConnections()
	server.Close()
	for _, name := range []string{"en/" + chapter + ".html", "zh/" + task + ".html", "en/"} {
		tb.open(name)
		if title := eval[string](tb, "document.title"); !strings.Contains(title, "Slipway") {
			t.Errorf("%s without a server: title is %q", name, title)
		}
	}
	if got := eval[string](tb, `getComputedStyle(document.querySelector(".hero h1")).fontWeight`); got != "700" {
		t.Errorf("without a server the page has no stylesheet: weight %s", got)
	}
	tb.open("en/" + chapter + ".html")
	tb.openSearch()
	tb.search("build list")
	if n := eval[int](tb, results+".length"); n == 0 {
		t.Error("without a server nothing is found")
	}
	tb.takeComplaints() // the browser tells of each request that no server answered
}
