package grade

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// An Explanation is why one cell of a gradebook is what it is.
type Explanation struct {
	Learner  Person    `json:"learner"`
	Task     Column    `json:"task"`
	Cell     Cell      `json:"cell"`
	Policy   Policy    `json:"policy"`
	Lateness string    `json:"lateness"`           // the arithmetic, in a sentence
	Counts   string    `json:"counts"`             // why this attempt counts, in a sentence
	Evidence *Evidence `json:"evidence,omitempty"` // nil where the work is absent or unjudged
	Digest   string    `json:"digest,omitempty"`   // of the evidence
	Journal  []Entry   `json:"journal,omitempty"`  // lines about the item: tries, faults, the result
	Verified Verified  `json:"verified"`
}

// Audit verifies a folder, and explains what a learner has for a task in its gradebook: from the evidence, of which the
// points are computed again. The error says what does not fit.
func Audit(dir, learner, task string) (Explanation, error) {
	var x Explanation
	verified, entries, err := verify(dir)
	if err != nil {
		return x, fmt.Errorf("audit: %w", err)
	}
	x.Verified = verified
	book, err := readGradebook(dir)
	if err != nil {
		return x, fmt.Errorf("audit: %w", err)
	}
	if book == nil {
		return x, fmt.Errorf("audit: no gradebook was accepted in %s yet: slipway grade --out %s --resume", dir, dir)
	}
	if err := x.find(book, learner, task); err != nil {
		return x, fmt.Errorf("audit: %w", err)
	}
	x.Lateness, x.Counts = x.lateness(), x.counts()
	for _, e := range entries {
		if e.Key != x.Cell.Key || e.Key == "" {
			continue
		}
		x.Journal = append(x.Journal, e)
		if e.Kind == ItemDone {
			x.Digest = e.Digest
		}
	}
	if err := x.weigh(dir); err != nil {
		return x, fmt.Errorf("audit: %w", err)
	}
	return x, nil
}

// find finds the cell.
func (x *Explanation) find(book *Gradebook, learner, task string) error {
	row := slices.IndexFunc(book.Learners, func(r Row) bool {
		return r.ID == learner || r.Email != "" && strings.EqualFold(r.Email, learner)
	})
	if row < 0 {
		return fmt.Errorf("%q is no learner of the gradebook: name one by id or email", learner)
	}
	col := slices.IndexFunc(book.Tasks, func(c Column) bool { return c.ID == task })
	if col < 0 {
		var ids []string
		for _, t := range book.Tasks {
			ids = append(ids, t.ID)
		}
		return fmt.Errorf("%q is no task of the gradebook: it has %s", task, strings.Join(ids, ", "))
	}
	r := book.Learners[row]
	x.Learner, x.Task, x.Cell, x.Policy = Person{r.ID, r.Name, r.Email}, book.Tasks[col], r.Cells[col], book.Policy
	return nil
}

// weigh reads the evidence, and computes the points of the cell from it once more.
func (x *Explanation) weigh(dir string) error {
	if x.Cell.State != Graded {
		return nil
	}
	e, err := readEvidence(dir, x.Cell.Key, x.Digest)
	if err != nil {
		return err
	}
	x.Evidence = &e
	points := float64(x.Policy.hundredths(e.Outcome.Result.Points, x.Policy.DaysLate(*x.Cell.Received))) / 100
	if points != x.Cell.Points || e.Inputs.Files != x.Cell.Files || e.Inputs.Digest != x.Task.Digest {
		return fmt.Errorf("the gradebook has %g points for %s of %s, and its evidence gives %g: grade again", x.Cell.Points, x.Task.ID, x.Learner.ID, points)
	}
	return nil
}

// lateness says what lateness did to the points.
func (x *Explanation) lateness() string {
	p, c := x.Policy, x.Cell
	switch {
	case c.State == Absent:
		return "there is nothing to be late"
	case p.Due == nil:
		return "there is no due time"
	}
	due := p.deadline(0).Format(time.RFC3339)
	if p.Zone != "" {
		due += " (" + p.Zone + ")"
	}
	received := c.Received.In(p.deadline(0).Location()).Format(time.RFC3339)
	if c.DaysLate == 0 {
		return fmt.Sprintf("received %s, in time: due %s", received, due)
	}
	said := fmt.Sprintf("received %s, due %s: %s begun", received, due, verdict.Count(c.DaysLate, "day"))
	taken, perDay := p.taken(c.DaysLate), int(math.Round(p.PerDay*10_000))
	if taken == 0 {
		return said + "; lateness takes no points"
	}
	said += fmt.Sprintf("; %d x %s = %s", c.DaysLate, percent(perDay), percent(c.DaysLate*perDay))
	if taken < c.DaysLate*perDay {
		said += ", at most " + percent(taken)
	}
	if c.State == Graded {
		raw := c.Public.Points + c.Hidden.Points
		said += fmt.Sprintf("; %s x (100%% - %s) = %g, to hundredths, half a hundredth up", verdict.Count(raw, "point"), percent(taken), c.Points)
	}
	return said
}

func percent(hundredths int) string { return fmt.Sprintf("%g%%", float64(hundredths)/100) }

// counts says why the attempt counts.
func (x *Explanation) counts() string {
	switch {
	case x.Cell.State == Absent && len(x.Cell.Flags) > 0:
		return "there is no attempt that can be read"
	case x.Cell.State == Absent:
		return "there is no attempt"
	case x.Cell.Attempts == 1:
		return "the only attempt"
	case x.Policy.Attempts == Last:
		return fmt.Sprintf("the last of %d attempts", x.Cell.Attempts)
	}
	return fmt.Sprintf("the best of %d attempts by points after lateness, the first of equal ones", x.Cell.Attempts)
}

// limits returns which checks ran into which limit.
func limits(checks []verdict.Check) []string {
	var hit []string
	for _, c := range checks {
		if c.Limit != "" {
			hit = append(hit, c.ID+": "+c.Limit)
		}
	}
	return hit
}
