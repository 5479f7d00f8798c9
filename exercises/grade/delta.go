package grade

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Delta is how a new gradebook differs from the one that was accepted last.
type Delta struct {
	First   bool     `json:"first,omitempty"` // there was no gradebook
	Changes []Change `json:"changes,omitempty"`
}

// A Change is what is new in one cell.
type Change struct {
	Learner string   `json:"learner"`
	Name    string   `json:"name,omitempty"`
	Task    string   `json:"task"`
	Old     *Mark    `json:"old,omitempty"` // nil: the cell is new
	New     *Mark    `json:"new,omitempty"` // nil: the cell is gone
	Why     []string `json:"why"`
}

// A Mark is what a cell comes to.
type Mark struct {
	State  State   `json:"state"`
	Points float64 `json:"points"`
	Public int     `json:"public"` // before lateness
	Hidden int     `json:"hidden"`
}

func (c Cell) mark() *Mark { return &Mark{c.State, c.Points, c.Public.Points, c.Hidden.Points} }

func (m *Mark) String() string {
	switch {
	case m == nil:
		return "nothing"
	case m.State == Graded:
		return fmt.Sprintf("%g", m.Points)
	}
	return string(m.State)
}

// WriteText writes one line for each change.
func (d Delta) WriteText(w io.Writer) error {
	var out strings.Builder
	for _, c := range d.Changes {
		fmt.Fprintf(&out, "%s %s: %s -> %s (%s)\n", c.Learner, c.Task, c.Old, c.New, strings.Join(c.Why, "; "))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// compare returns how a gradebook differs from an older one, which may be nil.
func compare(old, book *Gradebook) Delta {
	if old == nil {
		return Delta{First: true}
	}
	c := comparing{old: old, book: book, rows: map[string]Row{}, tasks: map[string]int{}}
	for _, r := range old.Learners {
		c.rows[r.ID] = r
	}
	for i, t := range old.Tasks {
		c.tasks[t.ID] = i
	}
	for _, r := range book.Learners {
		c.row(r)
		delete(c.rows, r.ID)
	}
	for _, r := range old.Learners {
		if _, gone := c.rows[r.ID]; gone {
			c.lost(r, old.Tasks, "the learner is no longer in the class")
		}
	}
	return c.delta
}

// comparing is the state of compare.
type comparing struct {
	old, book *Gradebook
	rows      map[string]Row // of the old gradebook, whose learners have not been seen in the new one
	tasks     map[string]int // places of the old columns
	delta     Delta
}

func (c *comparing) row(r Row) {
	before, had := c.rows[r.ID]
	for i, t := range c.book.Tasks {
		at, known := c.tasks[t.ID]
		cell := r.Cells[i]
		switch {
		case !had && cell.State != Absent:
			c.add(r, t.ID, nil, cell.mark(), "the learner is new in the class")
		case had && !known && cell.State != Absent:
			c.add(r, t.ID, nil, cell.mark(), "the task is new")
		case had && known && *before.Cells[at].mark() != *cell.mark():
			c.add(r, t.ID, before.Cells[at].mark(), cell.mark(), c.why(before.Cells[at], cell, c.old.Tasks[at], t)...)
		}
	}
	if had {
		kept := func(t Column) bool {
			return slices.ContainsFunc(c.book.Tasks, func(n Column) bool { return n.ID == t.ID })
		}
		c.lost(before, c.old.Tasks, "the class is no longer graded on the task", kept)
	}
}

// lost notes the cells of an old row that have no place any more, except those of kept tasks.
func (c *comparing) lost(r Row, tasks []Column, why string, kept ...func(Column) bool) {
	for i, t := range tasks {
		if r.Cells[i].State != Absent && !slices.ContainsFunc(kept, func(kept func(Column) bool) bool { return kept(t) }) {
			c.add(r, t.ID, r.Cells[i].mark(), nil, why)
		}
	}
}

func (c *comparing) add(r Row, task string, old, now *Mark, why ...string) {
	c.delta.Changes = append(c.delta.Changes, Change{Learner: r.ID, Name: r.Name, Task: task, Old: old, New: now, Why: why})
}

// why returns the reasons for which a cell may have come to something else.
func (c *comparing) why(before, now Cell, old, task Column) []string {
	var why []string
	say := func(is bool, reason string) {
		if is {
			why = append(why, reason)
		}
	}
	say(now.State == Absent, "nothing is handed in for it any more")
	say(before.State == Absent, "handed in since")
	say(before.State == Unjudged && now.State == Graded, "judged since")
	both := before.State != Absent && now.State != Absent
	newer := both && before.Submission != now.Submission
	say(newer && now.Received.After(*before.Received), "a newer attempt counts: "+now.Submission)
	say(newer && !now.Received.After(*before.Received), "another attempt counts: "+now.Submission)
	say(both && !newer && before.Files != now.Files, "files changed")
	say(both && !newer && !before.Received.Equal(*now.Received), "received at another time")
	say(both && old.Digest != task.Digest, "checks changed")
	say(both && (c.old.Slipway != c.book.Slipway || c.old.Go != c.book.Go), "another version of slipway or of Go judged")
	say(both && !c.old.Policy.equal(c.book.Policy), "policy changed")
	say(why == nil, "judged again") // its evidence was removed, or limits are others
	return why
}

func (p Policy) equal(o Policy) bool {
	due := p.Due == o.Due || p.Due != nil && o.Due != nil && p.Due.Equal(*o.Due)
	return due && p.Zone == o.Zone && p.PerDay == o.PerDay && p.AtMost == o.AtMost && p.Attempts == o.Attempts
}
