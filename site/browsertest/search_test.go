package browsertest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	dialogOpen = `document.querySelector("dialog.search-dialog")?.open === true`
	inInput    = `document.activeElement?.role === "combobox"`
	results    = `[...document.querySelectorAll("#search-results a")]`
	chosen     = results + `.findIndex((a) => a.ariaSelected === "true" && a.id === document.activeElement.getAttribute("aria-activedescendant"))`
	status     = ".search-dialog [role=status]"
)

func (tb *tab) keys(keys string, options ...chromedp.KeyOption) {
	tb.t.Helper()
	tb.do("press "+keys, chromedp.KeyEvent(keys, options...))
}

// slash presses the key as a keyboard does: what it writes is gone when the page takes the key.
func (tb *tab) slash() {
	tb.t.Helper()
	key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "/", Code: "Slash", Text: "/", WindowsVirtualKeyCode: 191}
	call(tb, input.DispatchKeyEvent, key)
	key.Type, key.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(tb, input.DispatchKeyEvent, key)
}

// openSearch opens the dialog and waits until it searches.
func (tb *tab) openSearch() {
	tb.t.Helper()
	tb.slash()
	tb.wait(dialogOpen + " && " + inInput + ` && document.activeElement.value === ""`)
	tb.wait(`document.querySelector("#search-results").ariaBusy === "false"`)
}

// search types a query as a whole and returns where the results lead.
func (tb *tab) search(query string) []string {
	tb.t.Helper()
	typed, _ := json.Marshal(query)
	eval[bool](tb, `(() => {
		const input = document.querySelector(".search-dialog input");
		input.value = `+string(typed)+`;
		input.dispatchEvent(new InputEvent("input"));
		return true;
	})()`)
	return strings.Fields(eval[string](tb, results+`.map((a) => a.getAttribute("href").split("/").pop()).join(" ")`))
}

func (s *site) searchByKeyboard(t *testing.T) {
	tb := s.tab(t)
	tb.open("en/versions.html")
	tb.openSearch()
	tb.keys("checksum mismatch")
	tb.wait(results + `.length > 2 && ` + chosen + ` === 0`)
	if got := tb.text(status); !strings.Contains(got, "results") {
		t.Errorf("status %q tells no number of results", got)
	}
	if n := eval[int](tb, `document.querySelectorAll("#search-results mark").length`); n == 0 {
		t.Error("no word is marked")
	}
	s.look(tb, "search")
	tb.keys(kb.ArrowDown + kb.ArrowDown + kb.ArrowUp)
	tb.wait(chosen + ` === 1`)
	tb.keys(kb.ArrowUp + kb.ArrowUp)
	tb.wait(chosen + ` === ` + results + `.length - 1`)
	tb.slash()
	tb.wait(`document.activeElement.value === "checksum mismatch/"`)
	tb.keys(kb.Escape)
	tb.wait(`!(` + dialogOpen + `)`)
	tb.keys("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	tb.wait(dialogOpen + ` && ` + inInput)
	tb.keys("zzzzzz")
	tb.wait(`document.querySelector("` + status + `").textContent.startsWith("Nothing found") && ` + results + `.length === 0`)
	if !eval[bool](tb, `document.querySelector(".search-home a").checkVisibility()`) {
		t.Error("nothing is found, and no link leads on")
	}
	s.look(tb, "search-nothing")
	tb.search("SECURITY ERROR")
	tb.wait(chosen + ` === 0`)
	first := eval[string](tb, results+`[0].href`)
	tb.keys(kb.Enter)
	tb.wait(fmt.Sprintf(`location.href === %q && document.readyState === "complete" && !(%s)`, first, dialogOpen))

	tb.openSearch()
	tb.search("x11")
	tb.wait(results + `.length > 0`)
	eval[bool](tb, results+`[0].setAttribute("href", "#check"), true`) // a result on this very page
	tb.keys(kb.Enter)
	tb.wait(`location.hash === "#check" && !(` + dialogOpen + `)`)
}

// searchWithInputMethod types Chinese as an input method does: what it shows meanwhile is no query, and
// its Enter opens nothing.
func (s *site) searchWithInputMethod(t *testing.T) {
	tb := s.tab(t)
	tb.open("en/index.html")
	tb.openSearch()
	tb.keys("go.sum")
	tb.wait(results + `.length === 12`) // some are shown before the others
	before := eval[string](tb, results+`.map((a) => a.href).join()`)
	call(tb, input.ImeSetComposition, input.ImeSetCompositionParams{Text: "jiao yan", SelectionStart: 8, SelectionEnd: 8})
	tb.wait(`document.activeElement.value === "go.sumjiao yan"`)
	if got := eval[string](tb, results+`.map((a) => a.href).join()`); got != before {
		t.Error("a composition that is not finished was searched for")
	}
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		call(tb, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 229})
	}
	if !eval[bool](tb, dialogOpen) {
		t.Error("Enter of the input method opened a result")
	}
	call(tb, input.InsertText, input.InsertTextParams{Text: " 校验和"})
	tb.wait(`document.activeElement.value === "go.sum 校验和"`)
	tb.wait(results + `.map((a) => a.href).join() !== ` + fmt.Sprintf("%q", before) + ` && ` + results + `.length > 0`)
}

// fromDisk builds the site into a folder and opens it as a file.
func (s *site) fromDisk(t *testing.T) (tb *tab, folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "site")
	s.program(t).run([]int{0}, "build", "--out", folder)
	tb = s.tabOf(t, "file://"+filepath.ToSlash(folder)+"/")
	return tb, folder
}

func (s *site) searchFromDisk(t *testing.T) {
	tb, folder := s.fromDisk(t)
	manifest := filepath.Join(folder, "en", "search.js")
	if err := os.Rename(manifest, manifest+".away"); err != nil {
		t.Fatal(err)
	}
	tb.open("en/modules.html")
	tb.slash()
	tb.wait(`document.querySelector("` + status + `")?.textContent.startsWith("The index could not be loaded")`)
	if got := eval[string](tb, `document.querySelector(".search-home a").href`); got != tb.base+"en/index.html" {
		t.Errorf("without an index the way on is %s", got)
	}
	if len(tb.takeComplaints()) == 0 {
		t.Error("the browser does not say what is missing")
	}
	s.look(tb, "search-failed")
	if err := os.Rename(manifest+".away", manifest); err != nil {
		t.Fatal(err)
	}
	tb.keys("retract")
	tb.wait(results + `.length > 0`)
	tb.takeComplaints() // of the keys before the index was there
	first := eval[string](tb, results+`[0].href`)
	if !strings.HasPrefix(first, tb.base+"en/") {
		t.Errorf("first result leads to %s", first)
	}
	tb.keys(kb.Enter)
	tb.wait(fmt.Sprintf("location.href === %q", first))
}

// searchSpeed makes the index as large as that of 300 pages and measures the first search on it,
// from the key to the list: all scripts come from disk.
func (s *site) searchSpeed(t *testing.T) {
	tb, folder := s.fromDisk(t)
	names, err := filepath.Glob(filepath.Join(folder, "en", "search", "*.js"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no shards: %v", err)
	}
	size := 0
	var shards []string
	for i := 0; i < 4; i++ { // of 92 pages
		for n, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if i == 3 && n > 0 {
				continue
			}
			shard := fmt.Sprintf("search/copy-%d-%d.js", i, n)
			shards = append(shards, shard)
			size += len(data)
			if err := os.WriteFile(filepath.Join(folder, "en", filepath.FromSlash(shard)), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	manifest := filepath.Join(folder, "en", "search.js")
	data, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	list, _ := json.Marshal(shards)
	head, _, _ := strings.Cut(string(data), `"shards":`)
	if err := os.WriteFile(manifest, []byte(head+`"shards":`+string(list)+"});\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tb.open("en/index.html")
	tb.wait("globalThis.slipwaySearchTool !== undefined") // which comes when the page is idle
	took := eval[float64](tb, `(async () => {
		const start = performance.now();
		document.querySelector("button.search").click();
		const input = document.querySelector(".search-dialog input");
		input.value = "checksum mismatch";
		while (`+results+`.length === 0) await new Promise((next) => setTimeout(next, 0));
		document.querySelector("#search-results").getBoundingClientRect();
		return performance.now() - start;
	})()`)
	again := eval[float64](tb, `(() => {
		const start = performance.now();
		const input = document.querySelector(".search-dialog input");
		input.value = "inconsistent vendoring";
		input.dispatchEvent(new InputEvent("input"));
		document.querySelector("#search-results").getBoundingClientRect();
		return performance.now() - start;
	})()`)
	t.Logf("first search in %d kB: %.0f ms; the next: %.0f ms", size/1000, took, again)
	if limit := 2 * time.Second; time.Duration(took)*time.Millisecond > limit {
		t.Errorf("first search took %.0f ms, more than %s", took, limit)
	}
}
