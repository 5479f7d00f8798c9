package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// maxOutput is how many bytes of explanation a test shows.
const maxOutput = 4096

// The fields of results.json, as https://gradescope-autograders.readthedocs.io/en/latest/specs/ gives them.
type (
	gradescopeResults struct {
		Score            *float64         `json:"score,omitempty"`
		Output           string           `json:"output"`
		OutputFormat     string           `json:"output_format"`
		TestOutputFormat string           `json:"test_output_format"`
		TestNameFormat   string           `json:"test_name_format"`
		Visibility       string           `json:"visibility"`
		StdoutVisibility string           `json:"stdout_visibility"`
		ExtraData        map[string]any   `json:"extra_data"`
		Tests            []gradescopeTest `json:"tests"`
	}
	gradescopeTest struct {
		Score      *float64       `json:"score,omitempty"`
		Max        float64        `json:"max_score"`
		Status     string         `json:"status,omitempty"`
		Name       string         `json:"name"`
		Number     string         `json:"number"`
		Output     string         `json:"output"`
		Tags       []string       `json:"tags"`
		Visibility string         `json:"visibility"`
		ExtraData  map[string]any `json:"extra_data"`
	}
)

// Gradescope writes results.json of one learner. The score stands at the top, since lateness takes from it what no test
// tells. Where work is not judged there is neither that score nor one of its tests: Gradescope then reports that the
// autograder failed, and no points are lost. What hidden checks say shows once grades are published.
func Gradescope(w io.Writer, g *grade.Gradebook, row grade.Row) error {
	one := *g
	one.Learners = []grade.Row{row}
	one = *shown(&one)
	row = one.Learners[0]
	r := gradescopeResults{
		OutputFormat: "text", TestOutputFormat: "text", TestNameFormat: "text",
		Visibility: "visible", StdoutVisibility: "hidden",
		ExtraData: map[string]any{"learner": row.ID, "complete": row.Complete, "course": g.Course, "slipway": g.Slipway},
		Tests:     []gradescopeTest{},
	}
	if row.Complete {
		r.Score = new(row.Points)
	}
	var lines []string
	for i, cell := range row.Cells {
		col := one.Tasks[i]
		lines = append(lines, fmt.Sprintf("%s %s: %s", col.ID, col.Title, publicOutcome(&one, col, cell)))
		for n, c := range checksOf(col, cell) {
			test := gradescopeTestOf(col, cell, c)
			test.Number = fmt.Sprintf("%d.%d", i+1, n+1)
			r.Tests = append(r.Tests, test)
		}
	}
	r.Output = capped(strings.Join(lines, "\n"))
	return indented(w, r)
}

// publicOutcome is a cell in a line that tells nothing of what hidden checks found.
func publicOutcome(g *grade.Gradebook, col grade.Column, cell grade.Cell) string {
	if cell.State != grade.Graded {
		return standing(g, col, cell)
	}
	parts := []string{scoreOf(cell.Public) + " points by public checks"}
	if late := lateness(cell); late != "" {
		parts = append(parts, late)
	}
	if !allRan(g, col, cell) {
		parts = append(parts, "hidden not run")
	}
	return strings.Join(parts, ", ")
}

func gradescopeTestOf(col grade.Column, cell grade.Cell, c seen) gradescopeTest {
	word := c.word(cell.State)
	t := gradescopeTest{
		Max: float64(c.Max), Name: col.ID + ": " + c.Title, Tags: []string{col.ID}, Visibility: "visible",
		Output:    capped(strings.TrimSpace(upperFirst(word) + ".\n" + c.Explain())),
		ExtraData: map[string]any{"task": col.ID, "check": c.ID, "status": word, "hidden": c.Hidden},
	}
	if c.Hidden {
		t.Name += " (hidden)"
		t.Visibility = "after_published"
	}
	switch {
	case cell.State == grade.Unjudged:
		return t
	case c.Ran && c.Status == verdict.Pass:
		t.Status = "passed"
	case cell.State == grade.Absent, c.Ran && c.Status != verdict.Error:
		t.Status = "failed"
	}
	if t.Status != "" {
		t.Score = new(float64(c.Points))
	}
	return t
}

// capped cuts text at a character's end and says so.
func capped(s string) string {
	if len(s) <= maxOutput {
		return s
	}
	cut := maxOutput
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + fmt.Sprintf("\n… (%d bytes more)", len(s)-cut)
}

func gradescopeFiles(g *grade.Gradebook) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, row := range g.Learners {
		var b bytes.Buffer
		if err := Gradescope(&b, g, row); err != nil {
			return nil, fmt.Errorf("write gradescope of %s: %w", row.ID, err)
		}
		files[fileName(row.ID)+".json"] = b.Bytes()
	}
	return files, nil
}
