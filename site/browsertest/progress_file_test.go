package browsertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// export presses the button and returns the file that the browser saves.
func (tb *tab) export() string {
	tb.t.Helper()
	dir := tb.t.TempDir()
	call(tb, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: tb.profile(), DownloadPath: dir,
	})
	tb.pressKey(".progress .buttons button:nth-of-type(1)")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		names, err := filepath.Glob(filepath.Join(dir, "slipway-progress-*.json"))
		if err == nil && len(names) == 1 {
			return names[0]
		}
	}
	tb.t.Fatal("no file is saved")
	return ""
}

func (tb *tab) importFile(name string) {
	tb.t.Helper()
	tb.do("choose "+name, chromedp.SetUploadFiles(chromedp.CSS(".progress input[type=file]"), []string{name}))
}

func (tb *tab) forget(sure bool) {
	tb.t.Helper()
	answer := "false"
	if sure {
		answer = "true"
	}
	eval[bool](tb, `globalThis.confirm = () => `+answer+`, true`)
	tb.pressKey(".progress .buttons button:nth-of-type(3)")
}

func (s *site) progressAsFile(t *testing.T) {
	tb := s.tab(t)
	for _, name := range []string{chapter, task} {
		tb.open("en/" + name + ".html")
		tb.pressKey(mark)
	}
	tb.open("en/index.html")
	before := tb.storage()
	file := tb.export()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var saved struct {
		Format, Course        string
		Version               int
		Read, Checked, Marked map[string]time.Time
	}
	if err := json.Unmarshal(data, &saved); err != nil {
		t.Fatal(err)
	}
	if saved.Format != "slipway-progress" || saved.Version != 1 || saved.Course != "slipway" ||
		len(saved.Read) != 1 || saved.Read[chapter].IsZero() || len(saved.Marked) != 1 || saved.Marked[task].IsZero() || len(saved.Checked) != 0 {
		t.Errorf("file holds %s", data)
	}

	tb.forget(false)
	if got := tb.storage(); got != before {
		t.Errorf("forgotten without a yes: %s", got)
	}
	tb.forget(true)
	tb.wantText("#progress-counts", s.counts(t, 0, 0))
	tb.wantText(".progress [role=status]", "forgotten")
	if got := tb.storage(); strings.Contains(got, "done.") {
		t.Errorf("not forgotten: %s", got)
	}

	tb.importFile(file)
	tb.wantText("#progress-counts", s.counts(t, 1, 1))
	tb.wantText(".progress [role=status]", "2 entries")
	if got := tb.storage(); got != before {
		t.Errorf("after the import\n%s\nbefore the export\n%s", got, before)
	}

	// a union: what is there stays, and of two times the older counts
	other := filepath.Join(t.TempDir(), "other.json")
	write(t, other, `{"format": "slipway-progress", "version": 1, "course": "slipway", "later": true,
		"read": {"`+chapter+`": "2020-01-02T03:04:05Z", "gone": "2020-01-02T03:04:05Z"}, "checked": {"`+task+`": "2020-01-02T03:04:05Z"}, "marked": {}}`)
	tb.importFile(other)
	tb.wantText(".progress [role=status]", "3 entries")
	tb.wantText("#progress-counts", s.counts(t, 1, 1))
	got := tb.storage()
	for _, want := range []string{
		`done.read.` + chapter + `","2020-01-02`, `done.read.gone","2020`, `done.checked.` + task + `","2020`,
		`done.marked.` + task + `","` + saved.Marked[task].Format("2006-01-02"),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	tb.importFile(file) // newer times
	tb.wantText(".progress [role=status]", "2 entries")
	if again := tb.storage(); again != got {
		t.Errorf("newer times\n%s\nreplace older ones\n%s", again, got)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (s *site) progressFilesRefused(t *testing.T) {
	tb := s.tab(t)
	tb.open("en/" + chapter + ".html")
	tb.pressKey(mark)
	tb.open("en/index.html")
	before := tb.storage()
	for _, tt := range []struct{ name, text, says string }{
		{"empty", ``, "damaged or was cut off"},
		{"cut off", `{"format": "slipway-progress", "version": 1, "read": {"mod`, "damaged or was cut off"},
		{"null", `null`, "does not hold progress"},
		{"of something else", `{"version": 1, "exercises": []}`, "does not hold progress"},
		{"too large", strings.Repeat(" ", 2<<20), "does not hold progress"},
		{"newer", `{"format": "slipway-progress", "version": 2, "course": "slipway", "read": {"modules": "2026-01-01T00:00:00Z"}}`, "newer edition"},
		{"without version", `{"format": "slipway-progress", "course": "slipway"}`, "damaged"},
		{"of another course", `{"format": "slipway-progress", "version": 1, "course": "<b>other</b>", "read": {}}`, "another course: <b>other</b>"},
		{"wrong page", `{"format": "slipway-progress", "version": 1, "course": "slipway", "read": {"modules": "2026-01-01T00:00:00Z", "../x": "2026-01-01T00:00:00Z"}}`, "damaged"},
		{"prototype", `{"format": "slipway-progress", "version": 1, "course": "slipway", "read": {"__proto__": "2026-01-01T00:00:00Z"}}`, "damaged"},
		{"wrong time", `{"format": "slipway-progress", "version": 1, "course": "slipway", "read": {"modules": "2026-01-01T00:00:00Z"}, "marked": {"x06": "yesterday"}}`, "damaged"},
		{"time that is none", `{"format": "slipway-progress", "version": 1, "course": "slipway", "marked": {"x06": 5}}`, "damaged"},
		{"list for a map", `{"format": "slipway-progress", "version": 1, "course": "slipway", "read": ["modules"]}`, "damaged"},
		{"text for a map", `{"format": "slipway-progress", "version": 1, "course": "slipway", "read": "modules"}`, "damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tb.t = t
			eval[bool](tb, `document.querySelector(".progress [role=status]").textContent = "", true`)
			name := filepath.Join(t.TempDir(), "progress.json")
			write(t, name, tt.text)
			tb.importFile(name)
			tb.wantText(".progress [role=status]", tt.says)
			if text := tb.text(".progress [role=status]"); !strings.HasPrefix(text, "Nothing was changed.") {
				t.Errorf("page says %q", text)
			}
			if got := tb.storage(); got != before {
				t.Errorf("storage holds\n%s\nbefore\n%s", got, before)
			}
		})
	}
	tb.t = t
	tb.wantText("#progress-counts", s.counts(t, 1, 0))
}
