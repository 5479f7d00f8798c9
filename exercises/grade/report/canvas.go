package report

import (
	"encoding/csv"
	"fmt"
	"io"

	"github.com/slipway-workshop/slipway/exercises/grade"
)

// Canvas writes the class for the gradebook import of Canvas: a column for each task, and above the learners a row with
// the points that each is worth. Canvas finds a learner by SIS User ID or SIS Login ID, which hold the id of the roster.
// Work that is not judged leaves its cell empty, and so does work that is absent unless absentZero.
func Canvas(w io.Writer, g *grade.Gradebook, absentZero bool) error {
	out := csv.NewWriter(w)
	head := []string{"Student", "ID", "SIS User ID", "SIS Login ID", "Section"}
	points := []string{"    Points Possible", "", "", "", ""}
	for _, col := range g.Tasks {
		head = append(head, textCell(col.ID+" "+col.Title))
		points = append(points, fmt.Sprint(most(col)))
	}
	out.Write(head)
	out.Write(points)
	for _, row := range enrolled(g) {
		line := []string{textCell(nameOf(row)), "", textCell(row.ID), textCell(row.ID), ""}
		for _, cell := range row.Cells {
			line = append(line, pointsCell(cell, absentZero))
		}
		out.Write(line)
	}
	out.Flush()
	return out.Error()
}

// pointsCell is a number, or nothing where there is none to tell.
func pointsCell(c grade.Cell, absentZero bool) string {
	switch {
	case c.State == grade.Graded:
		return number(c.Points)
	case c.State == grade.Absent && absentZero:
		return "0"
	}
	return ""
}
