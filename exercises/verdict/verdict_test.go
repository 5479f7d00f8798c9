package verdict_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

var checks = []verdict.Check{
	{ID: "10-answer", Title: "The prediction is right", Status: verdict.Pass, Points: 4, Max: 4},
	{ID: "20-builds", Title: "The program builds", Status: verdict.Fail, Max: 4, Findings: []verdict.Finding{{
		Expected: "the program in app builds",
		Actual:   "go build ./... exits 1:\nc.go:5:2: undefined: broken",
		Why:      "A build list is computed from requirements alone, so that nobody falls back to an older version when a newer one is broken. 构建列表只由各模块的需求计算得出，与能否通过编译无关。",
		Next:     "go build ./...",
		At:       "checks.txtar:31",
	}}},
	{ID: "30-latest", Title: "Later", Status: verdict.Blocked, Max: 2, WaitsFor: []string{"The program builds"}},
}

func render(r verdict.Result, s verdict.Style) string {
	var b strings.Builder
	r.Write(&b, s)
	return b.String()
}

func TestWrite(t *testing.T) {
	want := `x06  Predict

  ✓ The prediction is right                               4/4
  ✗ The program builds                                    0/4
      expected  the program in app builds
      found     go build ./... exits 1:
                c.go:5:2: undefined: broken
      why       A build list is computed from requirements
                alone, so that nobody falls back to an older
                version when a newer one is broken. 构建列表
                只由各模块的需求计算得出，与能否通过编译无
                关。
      next      go build ./...
  – Later                                                 0/2
      waits for The program builds

Not yet: 4 of 10 points. One check tells what is missing.
Type commands in slipway shell x06.
`
	if got := render(verdict.New("x06", "Predict", checks), verdict.Style{Width: 61}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWriteNarrow(t *testing.T) {
	got := render(verdict.New("x06", "P", checks), verdict.Style{Width: 40})
	for line := range strings.Lines(got) {
		if w := runewidth.StringWidth(strings.TrimRight(line, "\n")); w > 40 {
			t.Errorf("line of %d cells: %q", w, line)
		}
	}
}

func TestWriteForAuthorsAndInColour(t *testing.T) {
	r := verdict.New("x06", "P", checks)
	if plain := render(r, verdict.Style{}); strings.Contains(plain, "\x1b") || strings.Contains(plain, "checks.txtar") {
		t.Errorf("plain text has colour or the check's line:\n%s", plain)
	}
	got := render(r, verdict.Style{Colour: true, Author: true})
	for _, want := range []string{"\x1b[31m✗", "check at", "checks.txtar:31"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// What explains several findings in a row is told once, below them.
func TestExplainOnce(t *testing.T) {
	find := func(actual, why string) verdict.Finding {
		return verdict.Finding{Expected: "all", Actual: actual, Why: why, Next: "look"}
	}
	c := verdict.Check{Findings: []verdict.Finding{find("a", "one"), find("b", "one"), find("c", "two"), find("d", "one")}}
	want := `expected  all
found     a
expected  all
found     b
why       one
next      look
expected  all
found     c
why       two
next      look
expected  all
found     d
why       one
next      look
`
	if got := c.Explain(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNew(t *testing.T) {
	tests := []struct {
		name     string
		statuses []verdict.Status
		want     verdict.Status
	}{
		{"all pass", []verdict.Status{verdict.Pass, verdict.Pass}, verdict.Pass},
		{"one fails", []verdict.Status{verdict.Pass, verdict.Fail, verdict.Blocked}, verdict.Fail},
		{"a fault outweighs a fail", []verdict.Status{verdict.Fail, verdict.Error}, verdict.Error},
		{"a fault is never undone", []verdict.Status{verdict.Error, verdict.Fail}, verdict.Error},
	}
	for _, tt := range tests {
		var list []verdict.Check
		for _, s := range tt.statuses {
			list = append(list, verdict.Check{Status: s})
		}
		if got := verdict.New("x", "", list).Status; got != tt.want {
			t.Errorf("%s: status %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestJSON(t *testing.T) {
	data, err := json.Marshal(verdict.New("x06", "P", checks[1:2]))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"version":1`, `"status":"fail"`, `"findings":[{"expected":`, `"at":"checks.txtar:31"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in %s", want, data)
		}
	}
}

func TestWrap(t *testing.T) {
	for text, want := range map[string][]string{
		"in words, at spaces":  {"in words,", "at spaces"},
		"  indented text":      {"  indented", "text"},
		"unbreakable-anywhere": {"unbreakabl", "e-anywhere"},
		"中文在任何地方分行":            {"中文在任何", "地方分行"},
		"没有标点了，在行首":            {"没有标点", "了，在行首"}, // and none of it in the first place of a line
		"引号在来「行末」不留":           {"引号在来", "「行末」不", "留"},
		"用 go build 编译":        {"用 go", "build 编译"},
		"one\ntwo":             {"one", "two"},
	} {
		if got := verdict.Wrap(text, 10); !slices.Equal(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
}
