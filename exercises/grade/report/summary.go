package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// maxListed is how many learners and problems the terminal is told of.
const maxListed = 20

// Summary writes for a terminal of so many cells how many cells of the gradebook are graded, absent and not judged, who
// has to be looked at, and the problems. Zero means 80.
func Summary(w io.Writer, g *grade.Gradebook, width int) error {
	s := summary{width: verdict.Style{Width: width}.Cells()}
	t := tallyOf(g.Learners...)
	s.line("", fmt.Sprintf("%s, %s: %d graded, %d not handed in, %d not judged.", verdict.Count(len(g.Learners), "learner"), verdict.Count(len(g.Tasks), "task"), t.graded, t.absent, t.unjudged))
	s.line("", upperFirst(hiddenWords(g))+".")
	if t.graded > 0 {
		s.line("", "Isolation: "+inert(g.Isolation.String(), 200)+".")
		if err := g.Isolation.Credit(); err != nil {
			s.line("", "Not for credit: "+inert(err.Error(), 300)+".")
		}
	}
	s.learners(g)
	s.problems(g)
	_, err := io.WriteString(w, s.b.String())
	return err
}

type summary struct {
	b     strings.Builder
	width int
}

// line wraps text behind an indentation.
func (s *summary) line(indent, text string) {
	for _, l := range verdict.Wrap(text, s.width-len(indent)) {
		s.b.WriteString(strings.TrimRight(indent+l, " ") + "\n")
	}
}

func (s *summary) learners(g *grade.Gradebook) {
	var rows []grade.Row
	for _, row := range g.Learners {
		if notice(row) != "" {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return
	}
	s.line("", "\n"+verdict.Count(len(rows), "learner")+" to look at:")
	listed := rows[:min(len(rows), maxListed)]
	const points = 12
	column := 0
	for _, row := range listed {
		column = max(column, runewidth.StringWidth(called(row)))
	}
	column = min(column, max(10, (s.width-points-4)/2))
	for _, row := range listed {
		name := runewidth.FillRight(runewidth.Truncate(called(row), column, "…"), column)
		head := fmt.Sprintf("  %s %*s  ", name, points-2, number(row.Points)+"/"+fmt.Sprint(row.Max))
		room := s.width - runewidth.StringWidth(head)
		if room < 16 {
			s.b.WriteString(strings.TrimRight(head, " ") + "\n")
			s.line("    ", notice(row))
			continue
		}
		for i, l := range verdict.Wrap(notice(row), room) {
			if i > 0 {
				head = strings.Repeat(" ", s.width-room)
			}
			s.b.WriteString(head + l + "\n")
		}
	}
	s.more(len(rows))
}

func (s *summary) problems(g *grade.Gradebook) {
	if len(g.Problems) == 0 {
		s.line("", "\nNo problems.")
		return
	}
	s.line("", "\n"+verdict.Count(len(g.Problems), "problem")+":")
	for _, p := range g.Problems[:min(len(g.Problems), maxListed)] {
		var about []string
		for _, part := range []string{p.Submission, p.Learner, p.Task} {
			if part != "" {
				about = append(about, inert(part, maxName))
			}
		}
		s.line("  ", strings.Join(about, ", ")+": "+inert(p.What, 300))
		if p.Next != "" {
			s.line("    ", inert(p.Next, 300))
		}
	}
	s.more(len(g.Problems))
}

func (s *summary) more(n int) {
	if n > maxListed {
		s.line("  ", fmt.Sprintf("and %d more in html/index.html", n-maxListed))
	}
}

// called is a learner's name and id on a line.
func called(row grade.Row) string {
	if nameOf(row) == row.ID {
		return inert(row.ID, maxName)
	}
	return inert(row.Name, maxName) + " (" + inert(row.ID, maxName) + ")"
}
