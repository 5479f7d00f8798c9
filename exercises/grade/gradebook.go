package grade

import (
	"time"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// GradebookVersion is the version of the JSON form of a gradebook; gradebook.schema.json describes it.
const GradebookVersion = 1

// A Gradebook is what came of a class. It holds nothing that differs between two runs over the same work: no
// durations, no dates of the run, no names of machines.
type Gradebook struct {
	Version   int                `json:"version"`
	Course    string             `json:"course"`  // digest of the course's tasks
	Slipway   string             `json:"slipway"` // version of the program
	Go        string             `json:"go"`
	Hidden    string             `json:"hidden,omitempty"` // digest of the hidden checks, if there were any
	Policy    Policy             `json:"policy"`
	Isolation isolation.Achieved `json:"isolation"` // the weakest of all results
	Tasks     []Column           `json:"tasks"`     // in the order of their ids: x01 … lab-1 …
	Learners  []Row              `json:"learners"`  // in the order of the roster, then of their ids
	Problems  []Problem          `json:"problems,omitempty"`
}

// A Policy is how points become a grade.
type Policy struct {
	Due      *time.Time `json:"due,omitempty"`
	Zone     string     `json:"zone,omitempty"`   // of the due time, where it has a name: Europe/Berlin
	PerDay   float64    `json:"perDay,omitempty"` // part of the points that each begun day takes: 0.1
	AtMost   float64    `json:"atMost,omitempty"` // part that lateness takes at the most; 0 means all
	Attempts string     `json:"attempts"`         // best or last
}

// A Column is a task of the gradebook.
type Column struct {
	ID     string  `json:"id"`
	Title  string  `json:"title"`
	Digest string  `json:"digest"`
	Max    int     `json:"max"`       // of the public checks
	Hidden int     `json:"hiddenMax"` // of the hidden checks
	Checks []Check `json:"checks"`
}

// A Check is one check of a column.
type Check struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Max    int    `json:"max"`
	Hidden bool   `json:"hidden,omitempty"`
}

// A Row is a learner.
type Row struct {
	ID       string  `json:"id"`
	Name     string  `json:"name,omitempty"`
	Email    string  `json:"email,omitempty"`
	OnRoster bool    `json:"onRoster"` // true for everybody where there is no roster
	Cells    []Cell  `json:"cells"`    // one for each task, in their order
	Points   float64 `json:"points"`   // sum of the cells
	Max      int     `json:"max"`
	Complete bool    `json:"complete"` // false where a cell could not be judged: the sum may grow
}

// A State says what stands in a cell.
type State string

const (
	Graded   State = "graded"
	Absent   State = "absent"   // the learner handed in nothing for the task: no points
	Unjudged State = "unjudged" // a fault of ours: neither points nor none
)

// A Cell is what a learner has for a task.
type Cell struct {
	State      State           `json:"state"`
	Status     verdict.Status  `json:"status,omitempty"` // of all checks
	Points     float64         `json:"points"`           // after lateness, in hundredths
	Public     Score           `json:"public"`
	Hidden     Score           `json:"hidden"`
	HiddenRun  bool            `json:"hiddenRun"` // false: the public checks ran alone
	DaysLate   int             `json:"daysLate,omitempty"`
	Submission string          `json:"submission,omitempty"` // the file or folder that counts
	Received   *time.Time      `json:"received,omitempty"`
	Attempts   int             `json:"attempts,omitempty"` // how many submissions hold the task
	Key        string          `json:"key,omitempty"`      // of its evidence
	Files      string          `json:"files,omitempty"`    // digest of what was handed in for the task
	History    []Tried         `json:"history,omitempty"`  // all attempts, where there are several, in the order received
	Isolation  string          `json:"isolation,omitempty"`
	Flags      []string        `json:"flags,omitempty"`  // what a person should look at
	Checks     []verdict.Check `json:"checks,omitempty"` // without durations
}

// A Tried is one of several attempts of a learner at a task.
type Tried struct {
	Submission string    `json:"submission"`
	Received   time.Time `json:"received"`
	State      State     `json:"state"`
	Points     float64   `json:"points"` // after lateness
	DaysLate   int       `json:"daysLate,omitempty"`
	Key        string    `json:"key"`
	Counts     bool      `json:"counts,omitempty"`
}

// A Score is points of so many.
type Score struct {
	Points int `json:"points"`
	Max    int `json:"max"`
}

// A Problem is something about a submission, or a learner, that a person has to look at. The run went on.
type Problem struct {
	Submission string `json:"submission,omitempty"`
	Learner    string `json:"learner,omitempty"`
	Task       string `json:"task,omitempty"`
	What       string `json:"what"`
	Next       string `json:"next,omitempty"`
}
