package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// GitHub shows 1 MiB of a step summary, and 10 annotations of a kind for each step.
const (
	maxRows        = 1000
	maxAnnotations = 10
	maxName        = 60
)

// StepSummary writes the class as Markdown for the step summary of GitHub Actions. Text of learners stands in code
// spans, in which GitHub makes no links, mentions, references or HTML.
func StepSummary(w io.Writer, g *grade.Gradebook) error {
	t := tallyOf(g.Learners...)
	var b strings.Builder
	fmt.Fprintf(&b, "## Grades\n\n%s, %s: %d graded, %d not handed in, %d not judged, %s.\n\n",
		verdict.Count(len(g.Learners), "learner"), verdict.Count(len(g.Tasks), "task"), t.graded, t.absent, t.unjudged, verdict.Count(len(g.Problems), "problem"))
	fmt.Fprintf(&b, "Isolation: %s. %s.\n", span(g.Isolation.String()), upperFirst(hiddenWords(g)))
	if err := g.Isolation.Credit(); err != nil && t.graded > 0 {
		fmt.Fprintf(&b, "\n**Not for credit:** %s\n", span(err.Error()))
	}
	if len(g.Problems) > 0 {
		b.WriteString("\n### Problems\n\n| Submission | Learner | Task | Problem | What to do |\n|---|---|---|---|---|\n")
		for _, p := range g.Problems[:min(len(g.Problems), maxRows)] {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", span(p.Submission), span(p.Learner), span(p.Task), span(p.What), span(p.Next))
		}
		writeRest(&b, len(g.Problems))
	}
	b.WriteString("\n### Learners\n\n| Learner | Name | Points | Graded | Not handed in | Not judged | To look at |\n|---|---|--:|--:|--:|--:|---|\n")
	for _, row := range g.Learners[:min(len(g.Learners), maxRows)] {
		t := tallyOf(row)
		fmt.Fprintf(&b, "| %s | %s | %s of %d | %d | %d | %d | %s |\n",
			span(row.ID), span(row.Name), number(row.Points), row.Max, t.graded, t.absent, t.unjudged, span(notice(row)))
	}
	writeRest(&b, len(g.Learners))
	_, err := io.WriteString(w, b.String())
	return err
}

func writeRest(b *strings.Builder, n int) {
	if n > maxRows {
		fmt.Fprintf(b, "\n%d more are in `gradebook.json`.\n", n-maxRows)
	}
}

// notice is why a person should look at a learner, or nothing.
func notice(row grade.Row) string {
	var parts []string
	if !row.OnRoster {
		parts = append(parts, "not on the roster")
	}
	if n := tallyOf(row).unjudged; n > 0 {
		parts = append(parts, fmt.Sprintf("%d not judged", n))
	}
	flags := map[string]bool{} // the same for several cells is one
	for _, c := range row.Cells {
		for _, f := range c.Flags {
			flags[f] = true
		}
	}
	if len(flags) > 0 {
		parts = append(parts, verdict.Count(len(flags), "flag"))
	}
	return strings.Join(parts, ", ")
}

// span is text as a code span for a cell of a table: its fence is longer than any run of backquotes in it. A table takes
// a bar for the end of a cell wherever it stands, so that a broken bar takes its place.
func span(s string) string {
	s = strings.ReplaceAll(inert(s, 200), "|", "¦")
	if s == "" {
		return ""
	}
	longest := 0
	for run := range strings.FieldsFuncSeq(s, func(r rune) bool { return r != '`' }) {
		longest = max(longest, len(run))
	}
	fence := strings.Repeat("`", longest+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// Annotations writes workflow commands of GitHub Actions: errors for what is not judged and for checks that did not
// pass, warnings for problems and flags. GitHub shows the first ten of each kind; the last tells of the rest. They hold
// ids, titles and what a check expected, never the output of a learner's program.
func Annotations(w io.Writer, g *grade.Gradebook) error {
	var faults, failures, warnings []annotation
	for _, p := range g.Problems {
		title := strings.Join(strings.Fields(strings.Join([]string{p.Submission, p.Learner, p.Task}, " ")), " ")
		warnings = append(warnings, annotation{"warning", title, strings.TrimSpace(p.What + "\n" + p.Next)})
	}
	for _, row := range g.Learners {
		for i, cell := range row.Cells {
			col := g.Tasks[i]
			title := row.ID + " " + col.ID
			if cell.State == grade.Unjudged {
				faults = append(faults, annotation{"error", title, "not judged: a fault of the grading, not of the work"})
			}
			for _, c := range checksOf(col, cell) {
				if cell.State == grade.Graded && c.Ran && c.Status == "fail" {
					failures = append(failures, annotation{"error", title + " " + c.ID, c.told()})
				}
			}
			for _, f := range cell.Flags {
				warnings = append(warnings, annotation{"warning", title, f})
			}
		}
	}
	var b strings.Builder
	writeAnnotations(&b, append(faults, failures...))
	writeAnnotations(&b, warnings)
	_, err := io.WriteString(w, b.String())
	return err
}

// told is what may be said of a check where learners can read it.
func (s seen) told() string {
	if s.Hidden {
		return s.Title + "\nhidden check"
	}
	return s.Title + "\n" + s.firstExpected()
}

// An annotation is an error or a warning beside a run.
type annotation struct{ kind, title, text string }

func writeAnnotations(b *strings.Builder, list []annotation) {
	rest := len(list) - maxAnnotations
	if rest > 0 {
		list = append(list[:maxAnnotations-1:maxAnnotations-1], annotation{list[0].kind, "more", fmt.Sprintf("%d more are in the step summary and in gradebook.json", rest+1)})
	}
	for _, a := range list {
		fmt.Fprintf(b, "::%s title=%s::%s\n", a.kind, inProperty.Replace(inert(a.title, 120)), inMessage.Replace(inertLines(a.text)))
	}
}

// The characters that a workflow command gives a meaning, in its message and in a property.
var (
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C", ";", "%3B")
)

func inertLines(s string) string {
	lines := strings.Split(visible(s), "\n")
	for i, line := range lines {
		lines[i] = inert(line, 300)
	}
	return strings.Join(lines, "\n")
}
