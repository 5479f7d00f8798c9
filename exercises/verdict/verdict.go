// Package verdict says how a learner's work stands: per check, and for the task as a whole.
//
// A check ends in one of four ways. A learner's mistake is a fail and carries findings; a check that
// could not begin because another failed is blocked; a fault of ours is an error, which never costs
// the learner anything. The same words reach the terminal and the browser, because both render what
// Say returns. JSON carries a version, which changes when a field changes its meaning.
package verdict

import (
	"fmt"
	"strings"
)

// Version is the version of the JSON form.
const Version = 1

// A Status is the way a check, or a task, ended.
type Status string

const (
	Pass    Status = "pass"
	Fail    Status = "fail"    // the work is not right yet
	Blocked Status = "blocked" // a check that this one needs did not pass
	Error   Status = "error"   // our fault: nothing can be said about the work
)

// A Finding is one thing that is not as it should be.
type Finding struct {
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	Why      string `json:"why"`
	Next     string `json:"next"`
	At       string `json:"at,omitempty"` // line of the check, for authors
}

// A Check is the outcome of one check.
type Check struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Status   Status    `json:"status"`
	Points   int       `json:"points"` // earned
	Max      int       `json:"max"`
	Findings []Finding `json:"findings,omitempty"`
	WaitsFor []string  `json:"waitsFor,omitempty"` // titles of the checks that block it
	Fault    string    `json:"fault,omitempty"`    // what went wrong on our side
	Hidden   bool      `json:"hidden,omitempty"`   // the instructor's: the learner has not seen it
	Limit    string    `json:"limit,omitempty"`    // which limit a command ran into: time, output, memory, processes, disk
	Seconds  float64   `json:"seconds"`
}

// A Result is the outcome of a task.
type Result struct {
	Version int     `json:"version"`
	Task    string  `json:"task"`
	Title   string  `json:"title"`
	Status  Status  `json:"status"`
	Points  int     `json:"points"`
	Max     int     `json:"max"`
	Checks  []Check `json:"checks"`
}

// New sums up the checks of a task.
func New(task, title string, checks []Check) Result {
	r := Result{Version: Version, Task: task, Title: title, Status: Pass, Checks: checks}
	for _, c := range checks {
		r.Points += c.Points
		r.Max += c.Max
		switch {
		case c.Status == Error:
			r.Status = Error
		case c.Status != Pass && r.Status == Pass:
			r.Status = Fail
		}
	}
	return r
}

// A Line is one labelled line of an explanation.
type Line struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Spoken is what a person is told about a check.
type Spoken struct {
	ID     string `json:"id"`
	Status Status `json:"status"`
	Mark   string `json:"mark"`
	Title  string `json:"title"`
	Score  string `json:"score"`
	Lines  []Line `json:"lines"`
}

var marks = map[Status]string{Pass: "✓", Fail: "✗", Blocked: "–", Error: "!"}

// Say puts the outcome of a check into words.
func Say(c Check) Spoken {
	s := Spoken{
		ID: c.ID, Status: c.Status, Mark: marks[c.Status], Title: c.Title,
		Score: fmt.Sprintf("%d/%d", c.Points, c.Max), Lines: []Line{},
	}
	for i, f := range c.Findings {
		if i+1 < len(c.Findings) && f.Why == c.Findings[i+1].Why && f.Next == c.Findings[i+1].Next {
			f.Why, f.Next = "", "" // are told once, after the last finding that they explain
		}
		s.Lines = append(s.Lines, f.lines()...)
	}
	if len(c.WaitsFor) > 0 {
		s.Lines = append(s.Lines, Line{"waits for", strings.Join(c.WaitsFor, "; ")})
	}
	if c.Fault != "" {
		s.Lines = append(s.Lines,
			Line{"fault", c.Fault},
			Line{"next", "this is not your mistake: run the check again, then slipway doctor"})
	}
	return s
}

func (f Finding) lines() []Line {
	var lines []Line
	for _, l := range []Line{{"expected", f.Expected}, {"found", f.Actual}, {"why", f.Why}, {"next", f.Next}} {
		if l.Text != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// Summary says in a sentence how the task stands.
func (r Result) Summary() string {
	score := fmt.Sprintf("%d of %d points", r.Points, r.Max)
	switch r.Status {
	case Pass:
		return "Solved: " + score + "."
	case Error:
		return "Not judged: a check could not run, and that is not your mistake."
	}
	open := 0
	for _, c := range r.Checks {
		if c.Status == Fail {
			open++
		}
	}
	begin := "One check tells what is missing."
	if open > 1 {
		begin = fmt.Sprintf("%d checks tell what is missing; begin with the first.", open)
	}
	return fmt.Sprintf("Not yet: %s. %s Type commands in slipway shell %s.", score, begin, r.Task)
}
