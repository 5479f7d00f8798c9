package report

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// The elements of JUnit XML, as the schema of Jenkins' xUnit plugin names them. There is no time: a gradebook holds no
// durations.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		junitCounts
		Suites []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name string `xml:"name,attr"`
		junitCounts
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitCounts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Skipped *junitMessage `xml:"skipped"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a test suite for each learner: a case for each check, whose class is the task. A check that is blocked,
// or has no work to look at, is skipped; what is not judged is an error. Points are properties of the suite: points and
// max, and for a task points.x06 and max.x06.
func JUnit(w io.Writer, g *grade.Gradebook) error {
	g = shown(g)
	all := junitSuites{Name: "slipway"}
	for _, row := range g.Learners {
		s := suiteOf(g, row)
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
		all.Suites = append(all.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func suiteOf(g *grade.Gradebook, row grade.Row) junitSuite {
	s := junitSuite{Name: row.ID}
	property := func(name, value string) { s.Properties = append(s.Properties, junitProperty{name, value}) }
	if row.Name != "" {
		property("name", row.Name)
	}
	property("points", number(row.Points))
	property("max", fmt.Sprint(row.Max))
	property("complete", fmt.Sprint(row.Complete))
	for i, cell := range row.Cells {
		col := g.Tasks[i]
		if cell.State != grade.Unjudged {
			property("points."+col.ID, number(cell.Points))
		}
		property("max."+col.ID, fmt.Sprint(most(col)))
		property("standing."+col.ID, standing(g, col, cell))
		for _, c := range checksOf(col, cell) {
			s.add(caseOf(col, cell, c))
		}
	}
	return s
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func caseOf(col grade.Column, cell grade.Cell, c seen) junitCase {
	j := junitCase{Class: col.ID, Name: c.ID + ": " + c.Title}
	if c.Hidden {
		j.Name += " (hidden)"
	}
	text := c.Explain()
	switch {
	case c.Ran && c.Status == verdict.Pass:
	case c.Ran && c.Status == verdict.Fail:
		j.Failure = &junitMessage{c.firstExpected(), "fail", text}
	case c.Ran && c.Status == verdict.Blocked:
		j.Skipped = &junitMessage{"waits for a check that did not pass", "", text}
	case cell.State == grade.Absent:
		j.Skipped = &junitMessage{"not handed in", "", ""}
	case cell.State == grade.Graded && c.Hidden && !c.Ran:
		j.Skipped = &junitMessage{"hidden check: not run", "", ""}
	default:
		j.Error = &junitMessage{"not judged: a fault of the grading, not of the work", "fault", text}
	}
	return j
}
