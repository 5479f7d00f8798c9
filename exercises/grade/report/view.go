package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// A viewer puts a gradebook into words for pages.
type viewer struct {
	g     *grade.Gradebook
	alone bool
}

func (v viewer) class() classPage {
	t := tallyOf(v.g.Learners...)
	total := figuresOf(totals(v.g))
	p := classPage{
		frame: frame{Title: "Grades"}, Gradebook: v.g,
		Counts: []string{
			verdict.Count(len(v.g.Learners), "learner"), verdict.Count(len(v.g.Tasks), "task"), fmt.Sprintf("%d graded", t.graded),
			fmt.Sprintf("%d not handed in", t.absent), fmt.Sprintf("%d not judged", t.unjudged),
		},
		Policy: policyWords(v.g.Policy), Hidden: upperFirst(hiddenWords(v.g)), Figures: total, Rows: v.rows(""),
	}
	if err := v.g.Isolation.Credit(); err != nil && t.graded > 0 {
		p.Credit = err.Error()
	}
	for _, row := range p.Rows {
		if !row.OnRoster {
			p.flag("not on the roster", place{row.Href, row.ID, ""})
		}
		for _, c := range row.Cells {
			for _, f := range c.Flags {
				p.flag(f, place{c.Href, row.ID, c.Task.ID})
			}
		}
	}
	for i := range v.g.Tasks {
		p.TaskLines = append(p.TaskLines, v.taskLine(i, ""))
	}
	return p
}

// flag adds a place to the others with the same flag. What holds for several cells of a learner is about the learner.
func (p *classPage) flag(text string, at place) {
	i := slices.IndexFunc(p.Flags, func(f flagged) bool { return f.Text == text })
	if i < 0 {
		i = len(p.Flags)
		p.Flags = append(p.Flags, flagged{Text: text})
	}
	cells := p.Flags[i].Cells
	if last := len(cells) - 1; last >= 0 && cells[last].Learner == at.Learner {
		page, _, _ := strings.Cut(at.Href, "#")
		cells[last] = place{page, at.Learner, ""}
		return
	}
	p.Flags[i].Cells = append(cells, at)
}

func (v viewer) learner(row grade.Row) learnerPage {
	p := learnerPage{frame: frame{Root: "../", Title: oneLine(nameOf(row), 30), Alone: v.alone}, classRow: v.row(row, "../")}
	if !v.alone {
		p.Notice = notice(row)
	}
	return p
}

func (v viewer) task(i int) taskPage {
	col := v.g.Tasks[i]
	p := taskPage{frame: frame{Root: "../", Title: col.ID + " " + col.Title}, taskLine: v.taskLine(i, "../"), Rows: v.rows("../")}
	for n, c := range col.Checks {
		p.Checks = append(p.Checks, checkLine{Check: c, Number: n + 1})
	}
	for r := range p.Rows {
		row := &p.Rows[r]
		row.Cells = row.Cells[i : i+1]
		cell := v.g.Learners[r].Cells[i]
		for n, c := range checksOf(col, cell)[:len(col.Checks)] {
			if cell.State == grade.Graded && c.Ran && c.Status != verdict.Error {
				p.Checks[n].Seen++
				if c.Status == verdict.Pass {
					p.Checks[n].Passed++
				}
			}
		}
		row.Cells[0].Checks = row.Cells[0].Checks[:len(col.Checks)]
	}
	return p
}

func (v viewer) taskLine(i int, root string) taskLine {
	col := v.g.Tasks[i]
	var t tally
	for _, row := range v.g.Learners {
		t.add(row.Cells[i])
	}
	return taskLine{
		Column: col, Href: root + "tasks/" + fileName(col.ID) + ".html",
		Tally:   fmt.Sprintf("%d graded, %d not handed in, %d not judged", t.graded, t.absent, t.unjudged),
		Figures: figuresOf(pointsOf(v.g, i)), Bars: histogram(v.g, i),
	}
}

func (v viewer) rows(root string) []classRow {
	var list []classRow
	for _, row := range v.g.Learners {
		list = append(list, v.row(row, root))
	}
	return list
}

func (v viewer) row(row grade.Row, root string) classRow {
	r := classRow{Row: row, Called: nameOf(row), Href: root + "learners/" + fileName(row.ID) + ".html"}
	for i, cell := range row.Cells {
		r.Cells = append(r.Cells, v.cell(v.g.Tasks[i], cell, r.Href))
	}
	return r
}

func (v viewer) cell(col grade.Column, cell grade.Cell, href string) cellView {
	c := cellView{
		Cell: cell, Task: col, Href: href + "#" + anchor(col.ID), Standing: standing(v.g, col, cell), Outcome: outcome(v.g, col, cell), Late: lateness(cell), Kind: "part",
	}
	switch {
	case cell.State == grade.Absent:
		c.Kind = "none"
	case cell.State == grade.Unjudged:
		c.Kind = "fault"
	case open(cell, false)+open(cell, true) == 0 && allRan(v.g, col, cell):
		c.Kind = "ok"
	}
	for _, s := range checksOf(col, cell) {
		c.Checks = append(c.Checks, checkView{
			Spoken: verdict.Say(s.Check), Hidden: s.Hidden, Mark: s.mark(cell.State), Word: s.word(cell.State), Kind: s.kind(cell.State),
		})
	}
	return c
}

// Anchor is the id of the task's section on the page of a learner.
func (c cellView) Anchor() string { return anchor(c.Task.ID) }

func anchor(task string) string { return "task-" + fileName(task) }

// kind is the class of a check's look.
func (s seen) kind(state grade.State) string {
	return strings.ReplaceAll(s.word(state), " ", "-")
}

func policyWords(p grade.Policy) string {
	words := "The " + p.Attempts + " submission counts."
	if p.Due == nil {
		return words
	}
	words += " Due " + p.Due.Format("2006-01-02 15:04 -07:00") + "."
	if p.PerDay > 0 {
		words += fmt.Sprintf(" Each begun day after that takes %s %% of the points", number(p.PerDay*100))
		if p.AtMost > 0 {
			words += fmt.Sprintf(", %s %% at the most", number(p.AtMost*100))
		}
		words += "."
	}
	return words
}
