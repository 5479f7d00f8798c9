package report

import (
	"regexp"

	"github.com/slipway-workshop/slipway/exercises/grade"
)

// afterSeparator finds what a spreadsheet that separates cells by semicolons or tabs would take for a formula.
var afterSeparator = regexp.MustCompile(`([;\t][\s"']*)([=+\-@＝＋－＠])`)

// formula finds text that begins a formula, also behind blank or unseen characters, or begins with a tab or a new line.
var formula = regexp.MustCompile(`^[\t\n]|^[\s\p{Z}\p{Cf}]*[=+\-@＝＋－＠]`)

// textCell is text that no spreadsheet takes for a formula: an apostrophe, which spreadsheets do not show, stands before
// it. Numbers do not go through here.
func textCell(s string) string {
	s = afterSeparator.ReplaceAllString(visible(s), "$1'$2")
	if formula.MatchString(s) {
		return "'" + s
	}
	return s
}

// enrolled are the learners that another gradebook knows: those on the roster, or all where there was none. An import of
// Moodle stops at a learner that it does not know.
func enrolled(g *grade.Gradebook) []grade.Row {
	var rows []grade.Row
	for _, row := range g.Learners {
		if row.OnRoster {
			rows = append(rows, row)
		}
	}
	if rows == nil {
		return g.Learners
	}
	return rows
}
