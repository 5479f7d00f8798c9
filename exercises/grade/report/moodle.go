package report

import (
	"encoding/csv"
	"io"

	"github.com/slipway-workshop/slipway/exercises/grade"
)

// Moodle writes the class for the grade import of Moodle: idnumber and email, by either of which learners are mapped,
// and for each task a column of points and one of feedback. Moodle wipes a grade for which only feedback is imported,
// and feedback for which only a grade is: so both are there, or neither.
func Moodle(w io.Writer, g *grade.Gradebook, absentZero bool) error {
	out := csv.NewWriter(w)
	head := []string{"idnumber", "email"}
	for _, col := range g.Tasks {
		title := col.ID + " " + col.Title
		head = append(head, textCell(title), textCell(title+" (feedback)"))
	}
	out.Write(head)
	for _, row := range enrolled(g) {
		line := []string{textCell(row.ID), textCell(row.Email)}
		for i, cell := range row.Cells {
			points, feedback := pointsCell(cell, absentZero), ""
			if points != "" {
				feedback = textCell(remark(g, g.Tasks[i], cell))
			}
			line = append(line, points, feedback)
		}
		out.Write(line)
	}
	out.Flush()
	return out.Error()
}
