package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/report"
)

func summaryOf(t *testing.T, g *grade.Gradebook, width int) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Summary(&b, g, width); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSummaryFits(t *testing.T) {
	for _, width := range []int{32, 40, 61, 80, 200} {
		out := summaryOf(t, class(60), width)
		for line := range strings.Lines(out) {
			if w := runewidth.StringWidth(strings.TrimRight(line, "\n")); w > width {
				t.Errorf("width %d: line of %d cells: %q", width, w, line)
			}
		}
		if strings.ContainsAny(out, "\x1b\x07\u202e") {
			t.Errorf("width %d: characters that steer a terminal", width)
		}
		commandsIn(t, out, nil)
	}
}

func TestSummaryCounts(t *testing.T) {
	g := class(90)
	out := summaryOf(t, g, 80)
	want := map[grade.State]int{}
	for _, r := range g.Learners {
		for _, c := range r.Cells {
			want[c.State]++
		}
	}
	for _, part := range []string{
		"90 learners, 3 tasks:", "2 problems:", "Hidden checks: run, sha256:5ec2e7.", "more in html/index.html",
		fmt.Sprintf("%d graded", want[grade.Graded]), fmt.Sprintf("%d not handed in", want[grade.Absent]), fmt.Sprintf("%d not judged", want[grade.Unjudged]),
	} {
		if !strings.Contains(out, part) {
			t.Errorf("no %q in\n%s", part, out)
		}
	}
	if g.Hidden, g.Problems = "", nil; !strings.Contains(summaryOf(t, g, 80), "Hidden checks: not run, public checks alone.") {
		t.Error("the summary does not say that hidden checks did not run")
	}
	g.Isolation.Files = "C"
	if !strings.Contains(summaryOf(t, g, 80), "Not for credit: isolation is weak") {
		t.Error("the summary does not say that isolation is weak")
	}
}

// TestSummaryAligns holds that points end in one column, whatever the width of the names' characters.
func TestSummaryAligns(t *testing.T) {
	column := -1
	for line := range strings.Lines(summaryOf(t, class(40), 80)) {
		before, _, ok := strings.Cut(line, "/30  ")
		if !ok {
			continue
		}
		if w := runewidth.StringWidth(before); column >= 0 && w != column {
			t.Errorf("points end at %d and %d: %q", column, w, line)
		} else {
			column = w
		}
	}
	if column < 0 {
		t.Error("no learners to look at")
	}
}
