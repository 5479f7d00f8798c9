package report

import (
	"cmp"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// A seen is a check of a column, with what came of it in a cell where it ran.
type seen struct {
	verdict.Check
	Ran bool
}

// checksOf returns the checks of a column as they ended in a cell, in the order of the column, and after them what ran
// beyond those.
func checksOf(col grade.Column, cell grade.Cell) []seen {
	ran := map[string]verdict.Check{}
	for _, c := range cell.Checks {
		ran[key(c.ID, c.Hidden)] = c
	}
	var list []seen
	for _, c := range col.Checks {
		k := key(c.ID, c.Hidden)
		got, ok := ran[k]
		delete(ran, k)
		if !ok {
			got = verdict.Check{ID: c.ID, Title: c.Title, Max: c.Max, Hidden: c.Hidden}
		}
		list = append(list, seen{got, ok})
	}
	for _, c := range cell.Checks {
		if _, left := ran[key(c.ID, c.Hidden)]; left {
			list = append(list, seen{c, true})
		}
	}
	return list
}

func key(id string, hidden bool) string {
	if hidden {
		return "hidden " + id
	}
	return "public " + id
}

// firstExpected is the first thing that a check wanted, for a heading.
func (s seen) firstExpected() string {
	for _, f := range s.Findings {
		if text := oneLine(cmp.Or(f.Expected, f.Why), 200); text != "" {
			return text
		}
	}
	return s.Title
}

// word says how a check ended.
func (s seen) word(state grade.State) string {
	switch {
	case state == grade.Absent:
		return "not handed in"
	case !s.Ran && state == grade.Graded:
		return "not run"
	case !s.Ran:
		return "not judged"
	}
	switch s.Status {
	case verdict.Pass:
		return "passed"
	case verdict.Fail:
		return "not passed"
	case verdict.Blocked:
		return "waits"
	}
	return "not judged"
}

// mark is the sign of a check beside its word.
func (s seen) mark(state grade.State) string {
	switch {
	case state == grade.Absent:
		return "·"
	case !s.Ran && state == grade.Graded:
		return "○"
	case !s.Ran:
		return "!"
	}
	return verdict.Say(s.Check).Mark
}
