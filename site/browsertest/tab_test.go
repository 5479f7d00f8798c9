package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take for what it is asked: a check with a cold build cache is slow.
const patience = 90 * time.Second

// startBrowser starts a browser of its own that speaks to nobody but the pages' host.
func startBrowser(t *testing.T, path string) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("no-sandbox", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
	)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return ctx
}

// A tab is a page in a profile of its own. When its test ends it must have had no complaint: no
// error on the console, no breach of the content security policy, no request to another host.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu         sync.Mutex
	complaints []string
}

func (s *site) tab(t *testing.T) *tab { return s.tabOf(t, s.base) }

func (s *site) tabOf(t *testing.T, base string) *tab {
	t.Helper()
	return s.newTab(t, base, chromedp.WithNewBrowserContext())
}

// another returns a tab in the same profile.
func (tb *tab) another(s *site) *tab {
	tb.t.Helper()
	return s.newTab(tb.t, tb.base, chromedp.WithExistingBrowserContext(tb.profile()))
}

func (tb *tab) profile() cdp.BrowserContextID { return chromedp.FromContext(tb.ctx).BrowserContextID }

func (s *site) newTab(t *testing.T, base string, profile chromedp.ContextOption) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(s.browser, profile)
	tb := &tab{t: t, ctx: ctx, base: base}
	t.Cleanup(func() {
		for _, c := range tb.takeComplaints() {
			t.Errorf("complaint of the browser: %s", c)
		}
		cancel()
	})
	if err := chromedp.Listen(ctx, tb.hear); err != nil {
		t.Fatal(err)
	}
	tb.size(1280, 900)
	tb.theme("light")
	return tb
}

func (tb *tab) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			tb.complain("console.%s %v", e.Type, e.Args)
		}
	case *runtime.EventExceptionThrown:
		tb.complain("exception %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			tb.complain("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, tb.base) && !strings.HasPrefix(url, "data:") {
			tb.complain("request to %s", url)
		}
	}
}

func (tb *tab) complain(format string, args ...any) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.complaints = append(tb.complaints, fmt.Sprintf(format, args...))
}

func (tb *tab) takeComplaints() []string {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	list := tb.complaints
	tb.complaints = nil
	return list
}

// expectComplaint takes the complaints so far and holds that they are of this one kind.
func (tb *tab) expectComplaint(part string) {
	tb.t.Helper()
	list := tb.takeComplaints()
	if len(list) == 0 {
		tb.t.Errorf("no complaint with %q", part)
	}
	for _, c := range list {
		if !strings.Contains(c, part) {
			tb.t.Errorf("complaint %q, want one with %q", c, part)
		}
	}
}

func (tb *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tb.t.Fatalf("%s: %v", what, err)
	}
}

func call[P, R any](tb *tab, command cdp.Command[P, R], params P) {
	tb.t.Helper()
	if _, err := chromedp.Call(tb.ctx, command, params); err != nil {
		tb.t.Fatalf("%s: %v", command.Method, err)
	}
}

// open goes to a page of the site.
func (tb *tab) open(path string) {
	tb.t.Helper()
	tb.do("open "+path, chromedp.Navigate(tb.base+path))
}

// click clicks the middle of the first element that a selector finds, as a mouse does.
func (tb *tab) click(selector string) {
	tb.t.Helper()
	tb.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// follow clicks a link and waits for the page that it leads to.
func (tb *tab) follow(selector, path string) {
	tb.t.Helper()
	tb.click(selector)
	tb.wait(fmt.Sprintf("location.pathname === %q && document.readyState === 'complete'", "/"+path))
}

// eval evaluates an expression in the page; a promise is waited for.
func eval[T any](tb *tab, expression string) T {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.t.Fatalf("evaluate %s: %v", shorten(expression), err)
	}
	return v
}

// wait waits until an expression, or what it promises, is true, also over a change of the page.
func (tb *tab) wait(expression string) {
	tb.t.Helper()
	var last error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		ok, err := chromedp.Run(tb.ctx, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise))
		if ok {
			return
		}
		last = err
	}
	tb.t.Fatalf("not true within %s: %s (last error: %v)\n%s", patience, expression, last, eval[string](tb, "document.body.innerText"))
}

// text returns the text of the first element that a selector finds, as a reader sees it.
func (tb *tab) text(selector string) string {
	tb.t.Helper()
	return eval[string](tb, fmt.Sprintf("document.querySelector(%q)?.innerText ?? 'no element %s'", selector, selector))
}

func (tb *tab) size(width, height int64) {
	tb.t.Helper()
	call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// theme sets what the reader's system prefers: light or dark.
func (tb *tab) theme(name string) {
	tb.t.Helper()
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name},
		{Name: "prefers-reduced-motion", Value: "reduce"}, // a transition on its way has neither colour
	}})
}

// A violation is what axe-core reports of a rule.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// axe runs all rules of axe-core that are on by default, and the one for the size of targets. Evaluated code is not bound by the page's policy.
func (tb *tab) axe(source string) []violation {
	tb.t.Helper()
	eval[chromedp.Void](tb, source+"\n;void 0")
	raw := eval[string](tb, `axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } })
		.then((r) => JSON.stringify(r.violations))`)
	var list []violation
	if err := json.Unmarshal([]byte(raw), &list); err != nil {
		tb.t.Fatal(err)
	}
	return list
}

func (tb *tab) wantAccessible(source string) {
	tb.t.Helper()
	for _, v := range tb.axe(source) {
		for _, n := range v.Nodes {
			tb.t.Errorf("axe %s: %s\n%s\n%s", v.ID, v.Help, shorten(n.HTML), n.Summary)
		}
	}
}

// wantNoSidewaysScroll holds that the page is not wider than its window.
func (tb *tab) wantNoSidewaysScroll() {
	tb.t.Helper()
	wide := eval[string](tb, `(() => {
		const room = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= room) return "";
		const first = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > room + 1);
		return document.documentElement.scrollWidth + " > " + room + ": " + first.slice(0, 3).map((e) => e.outerHTML.slice(0, 200)).join("\n");
	})()`)
	if wide != "" {
		tb.t.Errorf("page scrolls sideways: %s", wide)
	}
}

// wantIcons holds that no icon of a button has been squeezed away.
func (tb *tab) wantIcons() {
	tb.t.Helper()
	small := eval[string](tb, `[...document.querySelectorAll("button svg")]
		.filter((e) => e.checkVisibility() && e.getBoundingClientRect().width < 10).map((e) => e.parentElement.outerHTML).join("\n")`)
	if small != "" {
		tb.t.Errorf("icon is too small to be seen: %s", small)
	}
}

// picture writes a picture of the whole page, when pictures are wanted.
func (tb *tab) picture(dir, name string) {
	tb.t.Helper()
	if dir == "" {
		return
	}
	tb.write(dir, name, chromedp.FullScreenshot(100))
}

// view writes a picture of what the window shows: of a page that is too large for one of all of it.
func (tb *tab) view(dir, name string) {
	tb.t.Helper()
	if dir != "" {
		tb.write(dir, name, chromedp.CaptureScreenshot())
	}
}

func (tb *tab) write(dir, name string, take chromedp.Action[[]byte]) {
	tb.t.Helper()
	data, err := chromedp.Run(tb.ctx, take)
	if err != nil {
		tb.t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tb.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
		tb.t.Fatal(err)
	}
}

func shorten(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}
