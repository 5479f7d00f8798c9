package browsertest

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const chapter = "versions" // that the task belongs to

// source reads a file of the course.
func (s *site) source(t *testing.T, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(s.root, filepath.FromSlash(pattern)))
	if err != nil || len(names) != 1 {
		t.Fatalf("%s: found %q: %v", pattern, names, err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var titleLine = regexp.MustCompile(`(?m)^title: *(.*)$`)

func (s *site) title(t *testing.T, pattern string) string {
	t.Helper()
	m := titleLine.FindStringSubmatch(s.source(t, pattern))
	if m == nil {
		t.Fatalf("%s has no title", pattern)
	}
	return strings.Trim(m[1], `"'`)
}

func (s *site) fromHomeToExercise(t *testing.T) {
	tb := s.tab(t)
	tb.open("")
	if got := eval[string](tb, "location.pathname"); got != "/en/index.html" {
		t.Errorf("the root leads to %s", got)
	}
	tb.follow(`main a.title[href$="`+chapter+`.html"]`, "en/"+chapter+".html")
	if got, want := tb.text("h1"), s.title(t, "content/en/"+chapter+".md"); !strings.Contains(got, want) {
		t.Errorf("heading of the chapter %q, want %q", got, want)
	}
	tb.follow(`main .tasks a[href$="`+task+`.html"]`, "en/"+task+".html")
	if got, want := tb.text("h1"), s.title(t, "exercises/catalog/"+task+"-*/task.md"); !strings.Contains(got, want) {
		t.Errorf("heading of the exercise %q, want %q", got, want)
	}
	tb.wait(`document.querySelector("#check .check-start")?.checkVisibility()`)
	tb.follow(`main .crumbs li:last-child a`, "en/"+chapter+".html")
}

var fencePattern = regexp.MustCompile("(?ms)^```(\\w+)[^\n]*\n(.*?)^```$")

// pastes are what a reader wants of the blocks of a chapter, in order; "*" stands for anything.
func pastes(markdown string) []string {
	var list []string
	for _, m := range fencePattern.FindAllStringSubmatch(markdown, -1) {
		switch lang, text := m[1], m[2]; lang {
		case "goat":
		case "diff":
			list = append(list, "*")
		case "console":
			list = append(list, commands(text))
		default:
			list = append(list, text)
		}
	}
	return list
}

func commands(console string) string {
	var lines []string
	inCommand := false
	for line := range strings.Lines(console) {
		line = strings.TrimSuffix(line, "\n")
		command, ok := strings.CutPrefix(line, "$ ")
		more := inCommand && (line == ">" || strings.HasPrefix(line, "> "))
		switch {
		case ok:
			lines = append(lines, command)
		case more:
			lines = append(lines, strings.TrimPrefix(line[1:], " "))
		}
		inCommand = ok || more
	}
	return strings.Join(lines, "\n")
}

func (s *site) copyCommands(t *testing.T) {
	tb := s.tab(t)
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		call(tb, browser.SetPermission, browser.SetPermissionParams{
			Permission:       &browser.PermissionDescriptor{Name: name},
			Setting:          browser.PermissionSettingGranted,
			Origin:           strings.TrimSuffix(s.base, "/"),
			BrowserContextID: chromedp.FromContext(tb.ctx).BrowserContextID,
		})
	}
	call(tb, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	tb.open("en/" + chapter + ".html")
	want := append([]string{"slipway shell " + chapter}, pastes(s.source(t, "content/en/"+chapter+".md"))...)
	if n := eval[int](tb, `document.querySelectorAll("main .code").length`); n != len(want) {
		t.Fatalf("page has %d blocks, its source %d", n, len(want))
	}
	for i, text := range want {
		got := eval[string](tb, `(async () => {
			const button = document.querySelectorAll("main .code")[`+strconv.Itoa(i)+`].querySelector("button.copy");
			const before = button.textContent;
			button.click();
			while (button.textContent === before) await new Promise((next) => setTimeout(next, 5));
			return navigator.clipboard.readText();
		})()`)
		if text != "*" && got != text {
			t.Errorf("block %d copies\n%q\nwant\n%q", i, got, text)
		}
	}
}

func (s *site) themeStays(t *testing.T) {
	tb := s.tab(t)
	const ground = `getComputedStyle(document.body).backgroundColor`
	tb.open("en/index.html")
	light := eval[string](tb, ground)
	tb.theme("dark")
	tb.wait(ground + ` !== "` + light + `"`)
	dark := eval[string](tb, ground)
	tb.theme("light")
	tb.wait(ground + ` === "` + light + `"`)

	tb.click("button.theme")
	tb.wait(ground + ` === "` + dark + `"`)
	tb.open("en/glossary.html")
	if got := eval[string](tb, ground); got != dark {
		t.Errorf("ground of the next page %s, want %s", got, dark)
	}
	tb.click("button.theme")
	tb.theme("dark")
	tb.open("en/index.html")
	if got := eval[string](tb, ground); got != light {
		t.Errorf("the reader's choice does not outweigh the system's: %s, want %s", got, light)
	}
}

// withoutScripts reads a chapter and opens all hints of an exercise in a page that runs no script.
func (s *site) withoutScripts(t *testing.T) {
	tb := s.tab(t)
	call(tb, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	tb.open("en/" + chapter + ".html")
	if n := len(strings.Fields(tb.text("main article"))); n < 100 {
		t.Errorf("chapter shows %d words", n)
	}
	if tb.text(".code.console .cmd") == "" || eval[bool](tb, `document.querySelector("button.copy, button.theme:not([hidden]), button.search:not([hidden])") !== null`) {
		t.Error("commands are missing, or there are buttons that do nothing")
	}
	tb.open("en/" + task + ".html")
	if eval[bool](tb, `document.querySelector("#check").checkVisibility()`) {
		t.Error("section for checks is shown")
	}
	hints := eval[int](tb, `document.querySelectorAll("details.hint").length`)
	if hints == 0 {
		t.Fatal("exercise has no hint")
	}
	for i := range hints {
		nth := strings.Repeat("details.hint ", i+1) + "> summary"
		if i+1 < hints && eval[bool](tb, `document.querySelector("`+strings.Repeat("details.hint ", i+2)+`").checkVisibility()`) {
			t.Errorf("hint %d is shown before hint %d is open", i+2, i+1)
		}
		tb.click(nth)
		tb.wait(`document.querySelector("` + nth + `").parentElement.open`)
		if eval[string](tb, `document.querySelector("`+nth+`").nextElementSibling.innerText`) == "" {
			t.Errorf("hint %d is empty", i+1)
		}
	}
}
