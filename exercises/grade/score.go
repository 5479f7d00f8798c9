package grade

import (
	"cmp"
	"slices"

	"github.com/slipway-workshop/slipway/exercises/isolation"
)

// gradebook computes the gradebook from the class, the policy and what is known of each key, and from nothing else.
func (c Config) gradebook(known map[string]Outcome) *Gradebook {
	g := &Gradebook{
		Version: GradebookVersion, Course: c.Course, Slipway: c.Build.Slipway, Go: c.Build.Go, Hidden: c.Hidden, Policy: c.Policy,
		Tasks: []Column{}, Learners: []Row{}, Problems: slices.Clone(c.Problems),
	}
	for _, t := range c.Tasks {
		g.Tasks = append(g.Tasks, t.column())
	}
	var isolations []isolation.Achieved
	for _, l := range c.Class.Learners {
		s := scoring{config: c, learner: l, known: known}
		g.Learners = append(g.Learners, s.row())
		g.Problems = append(g.Problems, s.problems...)
		isolations = append(isolations, s.isolations...)
	}
	g.Isolation = weakest(isolations)
	slices.SortStableFunc(g.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Submission, b.Submission), cmp.Compare(a.Learner, b.Learner), cmp.Compare(a.Task, b.Task), cmp.Compare(a.What, b.What))
	})
	return g
}

func (t Task) column() Column {
	col := Column{ID: t.ID, Title: t.Title, Digest: t.Digest, Checks: t.Checks}
	for _, c := range t.Checks {
		if c.Hidden {
			col.Hidden += c.Max
		} else {
			col.Max += c.Max
		}
	}
	return col
}

// A work is what an attempt holds for a task.
type work struct {
	attempt Attempt
	piece   Piece
}

// works returns the attempts that hold a task, in the order in which they were received.
func (l Learner) works(id string) []work {
	var list []work
	for _, a := range l.Attempts {
		if a.Work == nil {
			continue
		}
		for _, p := range a.Work.Pieces {
			if p.Task == id {
				list = append(list, work{a, p})
			}
		}
	}
	return list
}

// scoring is the state of computing one row.
type scoring struct {
	config     Config
	learner    Learner
	known      map[string]Outcome
	problems   []Problem
	isolations []isolation.Achieved
}

func (s *scoring) row() Row {
	l := s.learner
	row := Row{ID: l.ID, Name: l.Name, Email: l.Email, OnRoster: l.OnRoster, Cells: []Cell{}, Complete: true}
	sum := 0
	for _, t := range s.config.Tasks {
		cell, points, complete := s.cell(t)
		row.Cells = append(row.Cells, cell)
		row.Complete = row.Complete && complete
		row.Max += cell.Public.Max + cell.Hidden.Max
		sum += points
	}
	row.Points = float64(sum) / 100
	s.look()
	return row
}

// A candidate is an attempt at a task, judged as far as it is.
type candidate struct {
	work
	inputs  Inputs
	outcome Outcome
	judged  bool
	days    int
	points  int // hundredths, after lateness
}

func (s *scoring) candidates(t Task) []candidate {
	var list []candidate
	for _, w := range s.learner.works(t.ID) {
		c := candidate{work: w, inputs: t.inputs(s.config.Build, w.piece), days: s.config.Policy.DaysLate(w.attempt.Received)}
		if c.outcome, c.judged = s.known[c.inputs.Key()]; c.judged {
			c.points = s.config.Policy.hundredths(c.outcome.Result.Points, c.days)
		}
		list = append(list, c)
	}
	return list
}

// counts returns the index of the candidate that counts.
func (p Policy) counts(list []candidate) int {
	at := len(list) - 1
	if p.Attempts == Last {
		return at
	}
	for i, c := range slices.Backward(list) { // so that of equal ones the first counts
		if best := list[at]; c.judged && (!best.judged || c.points >= best.points) {
			at = i
		}
	}
	return at
}

// cell returns what the learner has for a task, its points in hundredths, and whether these are final.
func (s *scoring) cell(t Task) (cell Cell, points int, complete bool) {
	col := t.column()
	cell = Cell{State: Absent, Public: Score{Max: col.Max}, Hidden: Score{Max: col.Hidden}}
	for _, a := range s.learner.Attempts {
		if a.Unreadable != "" {
			cell.Flags = append(cell.Flags, a.Path+" could not be read: see the problems")
		}
	}
	list := s.candidates(t)
	if len(list) == 0 {
		return cell, 0, true
	}
	at := s.config.Policy.counts(list)
	c := list[at]
	cell.Submission, cell.Received = c.attempt.Path, new(c.attempt.Received.UTC())
	cell.DaysLate, cell.Attempts = c.days, len(list)
	cell.Key, cell.Files = c.inputs.Key(), c.inputs.Files
	cell.Flags = append(cell.Flags, flags(t, c.piece)...)
	cell.History = history(list, at)
	if !c.judged {
		cell.State = Unjudged
		s.note(c.attempt, t.ID, "it could not be judged, which is no fault of the learner", "slipway grade --resume tries again; slipway audit tells why")
		return cell, 0, false
	}
	s.graded(&cell, t, c)
	full := s.config.Policy.hundredths(col.Max+col.Hidden, 0)
	unknown := slices.ContainsFunc(list, func(c candidate) bool { return !c.judged })
	if s.config.Policy.Attempts == Best && unknown && c.points < full {
		cell.Flags = append(cell.Flags, "another attempt could not be judged, and may be better")
		s.note(c.attempt, t.ID, "another attempt could not be judged, and may be better", "slipway grade --resume tries again; slipway audit tells why")
		return cell, c.points, false
	}
	return cell, c.points, true
}

// graded fills the cell from the outcome that counts.
func (s *scoring) graded(cell *Cell, t Task, c candidate) {
	cell.State, cell.Status = Graded, c.outcome.Result.Status
	cell.Points = float64(c.points) / 100
	cell.Isolation = c.outcome.Isolation.String()
	s.isolations = append(s.isolations, c.outcome.Isolation)
	cell.Checks = slices.Clone(c.outcome.Result.Checks)
	for i := range cell.Checks {
		check := &cell.Checks[i]
		check.Seconds = 0
		if check.Hidden {
			cell.Hidden.Points += check.Points
			cell.HiddenRun = true
		} else {
			cell.Public.Points += check.Points
		}
	}
}

func history(list []candidate, counts int) []Tried {
	if len(list) == 1 {
		return nil
	}
	var all []Tried
	for i, c := range list {
		t := Tried{Submission: c.attempt.Path, Received: c.attempt.Received.UTC(), State: Unjudged, DaysLate: c.days, Key: c.inputs.Key(), Counts: i == counts}
		if c.judged {
			t.State, t.Points = Graded, float64(c.points)/100
		}
		all = append(all, t)
	}
	return all
}
