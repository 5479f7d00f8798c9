package report_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/report"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// results are read by the names of Gradescope's documentation, and no others may be there.
type results struct {
	Score            *float64       `json:"score"`
	Output           string         `json:"output"`
	OutputFormat     string         `json:"output_format"`
	TestOutputFormat string         `json:"test_output_format"`
	TestNameFormat   string         `json:"test_name_format"`
	Visibility       string         `json:"visibility"`
	StdoutVisibility string         `json:"stdout_visibility"`
	ExtraData        map[string]any `json:"extra_data"`
	Tests            []struct {
		Score      *float64       `json:"score"`
		MaxScore   float64        `json:"max_score"`
		Status     string         `json:"status"`
		Name       string         `json:"name"`
		Number     string         `json:"number"`
		Output     string         `json:"output"`
		Tags       []string       `json:"tags"`
		Visibility string         `json:"visibility"`
		ExtraData  map[string]any `json:"extra_data"`
	} `json:"tests"`
}

func resultsOf(t *testing.T, g *grade.Gradebook, row grade.Row) results {
	t.Helper()
	var b bytes.Buffer
	if err := report.Gradescope(&b, g, row); err != nil {
		t.Fatal(err)
	}
	var r results
	dec := json.NewDecoder(&b)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGradescope(t *testing.T) {
	g := class(30)
	for _, row := range g.Learners {
		r := resultsOf(t, g, row)
		if row.Complete != (r.Score != nil) {
			t.Errorf("%s: complete %v, score %v", row.ID, row.Complete, r.Score)
		}
		if r.Score != nil && math.Abs(*r.Score-row.Points) > 0.001 {
			t.Errorf("%s: score %v, want %v", row.ID, *r.Score, row.Points)
		}
		if strings.Contains(r.Output, "hidden 0 of") {
			t.Errorf("%s: the output, which is visible at once, tells of hidden checks: %s", row.ID, r.Output)
		}
		var most float64
		without := 0
		for _, test := range r.Tests {
			most += test.MaxScore
			if test.Score == nil {
				without++
			}
			if hidden := test.ExtraData["hidden"].(bool); hidden != (test.Visibility == "after_published") {
				t.Errorf("%s %s: hidden %v, visibility %s", row.ID, test.Name, hidden, test.Visibility)
			}
			if test.Score == nil && test.Status != "" || test.Score != nil && (test.Status == "passed") != (*test.Score == test.MaxScore) {
				t.Errorf("%s %s: score %v of %v, status %q", row.ID, test.Name, test.Score, test.MaxScore, test.Status)
			}
		}
		if most != float64(row.Max) {
			t.Errorf("%s: tests are worth %v, want %d", row.ID, most, row.Max)
		}
		if !row.Complete && without == 0 {
			t.Errorf("%s: all tests have scores, so that Gradescope would take their sum for the score", row.ID)
		}
	}
}

func TestGradescopeOutputIsCapped(t *testing.T) {
	g := class(1)
	g.Learners[0].Cells[0].Checks[0] = verdict.Check{ID: "10-ready", Max: 10, Status: verdict.Fail, Findings: []verdict.Finding{{Actual: strings.Repeat("长", 100_000)}}}
	out := resultsOf(t, g, g.Learners[0]).Tests[0].Output
	if len(out) > 4200 || !strings.Contains(out, "bytes more)") || strings.Contains(out, "\ufffd") {
		t.Errorf("output of %d bytes ends in %q", len(out), out[len(out)-40:])
	}
}
