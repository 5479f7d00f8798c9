package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/report"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

func TestJUnitIsRead(t *testing.T) {
	g := class(30)
	g.Learners[0].Name = "bad \x00\x0b\ufffe\xff <&\"]]>"
	var b bytes.Buffer
	if err := report.JUnit(&b, g); err != nil {
		t.Fatal(err)
	}
	for dec := xml.NewDecoder(bytes.NewReader(b.Bytes())); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("not XML: %v", err)
		}
	}
	suites, err := junit.Ingest(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if len(suites) != len(g.Learners) {
		t.Fatalf("%d suites for %d learners", len(suites), len(g.Learners))
	}
	checks := 0
	for _, col := range g.Tasks {
		checks += len(col.Checks)
	}
	for i, s := range suites {
		row := g.Learners[i]
		if got := s.Properties["points"]; got != fmt.Sprint(row.Points) {
			t.Errorf("%s: points %s, want %v", row.ID, got, row.Points)
		}
		if len(s.Tests) != checks || s.Totals.Tests != checks {
			t.Errorf("%s: %d tests, total %d, want %d", row.ID, len(s.Tests), s.Totals.Tests, checks)
		}
		for j, col := range g.Tasks {
			testOfCell(t, row.Cells[j], col, s)
		}
	}
}

// testOfCell compares the test cases of a task with its cell.
func testOfCell(t *testing.T, cell grade.Cell, col grade.Column, s junit.Suite) {
	t.Helper()
	_, told := s.Properties["points."+col.ID]
	if told == (cell.State == grade.Unjudged) {
		t.Errorf("%s %s: points told %v, state %s", s.Name, col.ID, told, cell.State)
	}
	want := map[junit.Status]int{}
	for _, c := range cell.Checks {
		want[map[verdict.Status]junit.Status{"pass": junit.StatusPassed, "fail": junit.StatusFailed, "blocked": junit.StatusSkipped, "error": junit.StatusError}[c.Status]]++
	}
	rest := junit.StatusSkipped
	if cell.State == grade.Unjudged {
		rest = junit.StatusError
	}
	want[rest] += len(col.Checks) - len(cell.Checks)
	got := map[junit.Status]int{}
	for _, test := range s.Tests {
		if test.Classname == col.ID {
			got[test.Status]++
			if test.Status == junit.StatusFailed && !strings.Contains(test.Error.Error(), "next      go build ./...") {
				t.Errorf("%s %s: failure says %q", s.Name, test.Name, test.Error)
			}
		}
	}
	for status, n := range want {
		if got[status] != n {
			t.Errorf("%s %s (%s): %d %s, want %d", s.Name, col.ID, cell.State, got[status], status, n)
		}
	}
}
