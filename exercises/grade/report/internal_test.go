package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/grade"
)

func TestFileName(t *testing.T) {
	safe := regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	seen := map[string]string{}
	ids := []string{"ana", "Ana", "ANA", "con", "nul", "com1", "", ".", "..", "../x", "a/b", `a\b`, "a:b", "小明", "小红", "-rf", "a.html", "a ", "a.", strings.Repeat("a", 300), strings.Repeat("a", 301)}
	for _, id := range append(ids, fileName("Ana"), fileName("..")) {
		name := fileName(id)
		if !safe.MatchString(name) || len(name) > 64 || reserved.MatchString(strings.Split(name, ".")[0]) {
			t.Errorf("%q has the name %q", id, name)
		}
		if other, ok := seen[name]; ok {
			t.Errorf("%q and %q share the name %q", id, other, name)
		}
		seen[name] = id
	}
	if got := fileName("s-01_b"); got != "s-01_b" {
		t.Errorf("a plain id becomes %q", got)
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain 王 é\n\t":   "plain 王 é\n\t",
		"a\u202eb":        "a<U+202E>b",
		"\x1b[2J\x00\x7f": "<U+001B>[2J<U+0000><U+007F>",
		"a\r\nb\rc":       "a\nb<U+000D>c",
		"\u0085\u2028":    "<U+0085><U+2028>",
		"\ufeff\u200b":    "<U+FEFF><U+200B>",
		"नमस्\u200dते":    "नमस्\u200dते",
		"\u0600 ١":        "\u0600 ١",
		"x\xff":           "x\ufffd",
	} {
		if got := visible(in); got != want {
			t.Errorf("visible(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestInert(t *testing.T) {
	for in, want := range map[string]string{
		"::error::x":        ": :error: :x",
		":::":               ": : :",
		"###[group]":        "## #[group]",
		"##vso[x]":          "# #vso[x]",
		" a \n\t b  ":       "a b",
		"::stop-commands::": ": :stop-commands: :",
	} {
		if got := inert(in, 100); got != want {
			t.Errorf("inert(%q) = %q, want %q", in, got, want)
		}
	}
	if got := inert("一二三四五", 3); got != "一二…" {
		t.Errorf("cut: %q", got)
	}
}

// TestShownCopies holds that making text visible leaves the gradebook as it was.
func TestShownCopies(t *testing.T) {
	g := &grade.Gradebook{Learners: []grade.Row{{Name: "\x07", Cells: []grade.Cell{{Flags: []string{"\x07"}}}}}}
	s := shown(g)
	if got := s.Learners[0].Name + s.Learners[0].Cells[0].Flags[0]; got != "<U+0007><U+0007>" {
		t.Errorf("shown %q", got)
	}
	if g.Learners[0].Name != "\x07" || g.Learners[0].Cells[0].Flags[0] != "\x07" {
		t.Error("the gradebook has changed")
	}
}

func TestFigures(t *testing.T) {
	for _, tt := range []struct {
		points []float64
		want   string
	}{
		{nil, "{0 – –}"}, {[]float64{3}, "{1 3 3}"}, {[]float64{10, 0, 2}, "{3 4 2}"}, {[]float64{1, 2, 4, 10}, "{4 4.25 3}"}, {[]float64{1, 1, 2}, "{3 1.33 1}"},
	} {
		if got := fmt.Sprint(figuresOf(tt.points)); got != tt.want {
			t.Errorf("figures of %v are %s, want %s", tt.points, got, tt.want)
		}
	}
	for points, want := range map[float64]int{0: 0, 0.01: 1, 2.49: 1, 2.5: 2, 5: 3, 7.5: 4, 9.99: 4, 10: 5} {
		if got := band(points, 10); got != want {
			t.Errorf("%v of 10 is in band %d, want %d", points, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for in, want := range map[float64]string{7: "7", 7.5: "7.5", 0.1 + 0.2: "0.3", 1.005: "1", 0: "0", 1234567.25: "1234567.25"} {
		if got := number(in); got != want {
			t.Errorf("number(%v) = %s, want %s", in, got, want)
		}
	}
}
