package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// number writes points, which are in hundredths, as briefly as it can: 7, 7.5, 7.25.
func number(points float64) string {
	return strconv.FormatFloat(math.Round(points*100)/100, 'f', -1, 64)
}

// standing says how the work in a cell stands. That public checks passed while hidden ones did not run is told apart
// from all checks having passed.
func standing(g *grade.Gradebook, col grade.Column, c grade.Cell) string {
	switch c.State {
	case grade.Absent:
		if len(c.Flags) > 0 { // they tell of what could not be read
			return "nothing that can be read"
		}
		return "not handed in"
	case grade.Unjudged:
		return "not judged"
	}
	public, hidden := open(c, false), open(c, true)
	switch {
	case public == 0 && hidden == 0 && allRan(g, col, c):
		return "all passed"
	case public == 0 && !allRan(g, col, c):
		return "public passed, hidden not run"
	case public == 0:
		return "public passed, hidden " + scoreOf(c.Hidden)
	case !allRan(g, col, c):
		return verdict.Count(public, "check") + " not passed, hidden not run"
	}
	return verdict.Count(public+hidden, "check") + " not passed"
}

// allRan tells whether every check of the task ran: the hidden ones too, or there are none in the folder of the hidden
// checks for this task.
func allRan(g *grade.Gradebook, col grade.Column, c grade.Cell) bool {
	return c.HiddenRun || g.Hidden != "" && !hasHidden(col)
}

func hasHidden(col grade.Column) bool {
	return slices.ContainsFunc(col.Checks, func(c grade.Check) bool { return c.Hidden })
}

// open counts the checks, hidden or public, that did not pass.
func open(c grade.Cell, hidden bool) int {
	n := 0
	for _, check := range c.Checks {
		if check.Hidden == hidden && check.Status != verdict.Pass {
			n++
		}
	}
	return n
}

func scoreOf(s grade.Score) string { return fmt.Sprintf("%d of %d", s.Points, s.Max) }

// most is what a cell can be worth.
func most(col grade.Column) int { return col.Max + col.Hidden }

// lateness says what came too late: 2 days late.
func lateness(c grade.Cell) string {
	if c.DaysLate == 0 {
		return ""
	}
	return verdict.Count(c.DaysLate, "day") + " late"
}

// outcome is a cell in a line: 7.2 of 10 points, 1 day late, all passed.
func outcome(g *grade.Gradebook, col grade.Column, cell grade.Cell) string {
	var parts []string
	if cell.State == grade.Graded {
		parts = append(parts, fmt.Sprintf("%s of %d points", number(cell.Points), most(col)))
	}
	if late := lateness(cell); late != "" {
		parts = append(parts, late)
	}
	return strings.Join(append(parts, standing(g, col, cell)), ", ")
}

// remark is a sentence or two about a cell. It holds no text of the learner's.
func remark(g *grade.Gradebook, col grade.Column, c grade.Cell) string {
	parts := []string{upperFirst(standing(g, col, c))}
	if late := lateness(c); late != "" {
		parts = append(parts, upperFirst(late))
	}
	for _, check := range c.Checks {
		if check.Status != verdict.Pass && !check.Hidden && c.State == grade.Graded {
			parts = append(parts, "Not passed: "+check.Title)
		}
	}
	return strings.Join(parts, ". ") + "."
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// nameOf is what a learner is called.
func nameOf(r grade.Row) string {
	if strings.TrimSpace(r.Name) == "" {
		return r.ID
	}
	return r.Name
}

// A tally counts the cells of a gradebook by their state.
type tally struct{ graded, absent, unjudged int }

func (t *tally) add(c grade.Cell) {
	switch c.State {
	case grade.Graded:
		t.graded++
	case grade.Absent:
		t.absent++
	case grade.Unjudged:
		t.unjudged++
	}
}

func tallyOf(rows ...grade.Row) tally {
	var t tally
	for _, r := range rows {
		for _, c := range r.Cells {
			t.add(c)
		}
	}
	return t
}

// hiddenWords says whether hidden checks ran in this grading.
func hiddenWords(g *grade.Gradebook) string {
	if g.Hidden == "" {
		return "hidden checks: not run, public checks alone"
	}
	return "hidden checks: run, " + oneLine(g.Hidden, 20)
}
