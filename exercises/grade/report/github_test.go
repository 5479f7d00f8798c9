package report_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/report"
)

// TestStepSummaryIsInert renders the summary as GitHub Flavored Markdown, with raw HTML let through.
func TestStepSummaryIsInert(t *testing.T) {
	g := class(30)
	g.Learners[9].Name = "a` | <b>x</b> ``` [x](http://evil.test)` \\"
	g.Learners[10].Name = "`"
	g.Learners[11].Name = "\\|"
	var md, page bytes.Buffer
	if err := report.StepSummary(&md, g); err != nil {
		t.Fatal(err)
	}
	gfm := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := gfm.Convert(md.Bytes(), &page); err != nil {
		t.Fatal(err)
	}
	if got := regexp.MustCompile(`<(a|script|b|img)\b[^>]*>`).FindString(page.String()); got != "" {
		t.Errorf("text of learners makes %s", got)
	}
	rows := strings.Count(page.String(), "<tr>")
	if want := len(g.Learners) + len(g.Problems) + 2; rows != want {
		t.Errorf("%d rows of tables, want %d", rows, want)
	}
	for row := range strings.SplitSeq(page.String(), "</tr>") {
		if n := strings.Count(row, "<td"); n != 0 && n != 5 && n != 7 {
			t.Errorf("a row of %d cells: %s", n, row)
		}
	}
	if outside := regexp.MustCompile(`(?s)<code>.*?</code>`).ReplaceAllString(page.String(), ""); strings.Contains(outside, "evil") {
		t.Errorf("text of learners stands outside code: %s", outside)
	}
	commandsIn(t, md.String(), nil)
}

// commandsIn finds what runners of GitHub take for commands: lines that begin with ::, and ##[ anywhere.
func commandsIn(t *testing.T, log string, want *regexp.Regexp) {
	t.Helper()
	for line := range strings.FieldsFuncSeq(log, func(r rune) bool { return strings.ContainsRune("\n\r\u2028\u2029\x85\v\f", r) }) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "::") && (want == nil || !want.MatchString(line)) || strings.Contains(line, "##[") {
			t.Errorf("a command in the log: %s", line)
		}
	}
}

func annotations(t *testing.T, g *grade.Gradebook) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Annotations(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnnotations(t *testing.T) {
	g := class(30)
	g.Problems = append(g.Problems, grade.Problem{Submission: "a,b:c;d%0A::x.zip", What: "100 %\r\n::error::y"})
	out := annotations(t, g)
	commandsIn(t, out, regexp.MustCompile(`^::(error|warning) title=[^:,;]+::[^\r\n]+$`))
	for _, want := range []string{
		"::warning title=a%2Cb%3Ac%3Bd%250A%3A %3Ax.zip::100 %25%0A: :error: :y\n",
		"not judged: a fault of the grading, not of the work\n",
		"::error title=more::",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for _, kind := range []string{"::error", "::warning"} {
		if n := strings.Count("\n"+out, "\n"+kind+" title"); n > 10 {
			t.Errorf("%d of %s: GitHub shows 10", n, kind)
		}
	}
}

// TestAnnotationsTellNoSecret holds that neither what a hidden check expected nor output of a program is told.
func TestAnnotationsTellNoSecret(t *testing.T) {
	g := class(1)
	g.Problems, g.Tasks = nil, tasks[1:]
	g.Learners[0].Cells = []grade.Cell{cell(tasks[1], hiddenFails), cell(tasks[2], failsLate)}
	want := "::error title=ana x01 90-other::It holds for other versions%0Ahidden check\n" +
		"::error title=ana x06 10-answer::The prediction is right%0Athe program in app builds\n"
	if got := annotations(t, g); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
