package classtest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/slipway-workshop/slipway/exercises/submission"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// addWork adds work on a task that the learner has not yet: right, wrong or untouched.
func (m *maker) addWork(s *submission.Submission, l *Learner) {
	x := m.tasks[m.rand.IntN(len(m.tasks))]
	if slices.ContainsFunc(l.Tasks, func(t Task) bool { return t.ID == x.ID }) {
		return
	}
	want := Task{ID: x.ID, Max: x.Points, Status: "fail", Kind: Untouched}
	files := x.Start.Files
	switch n := m.rand.IntN(20); {
	case n < 9:
		c := x.Solutions[m.rand.IntN(len(x.Solutions))]
		files = x.Apply(c)
		want.Kind, want.Change, want.Status = Right, c.Name, "pass"
		want.Least, want.Most = x.Points, x.Points
	case n < 16:
		c := x.Wrong[m.rand.IntN(len(x.Wrong))]
		files = x.Apply(c)
		want.Kind, want.Change, want.Fails = Wrong, c.Name, failing(x.Task, c.CaughtBy)
		want.Most = x.Points - pointsOf(x.Task, want.Fails)
	default:
		for _, c := range x.Checks {
			want.Fails = append(want.Fails, c.ID)
		}
	}
	add(s, l, want, submission.Task{ID: x.ID, Digest: x.Digest, Files: workspace.FromTask(files)})
}

func add(s *submission.Submission, l *Learner, want Task, t submission.Task) {
	slices.SortFunc(t.Files, func(a, b workspace.File) int { return cmp.Compare(a.Name, b.Name) })
	s.Tasks = append(s.Tasks, t)
	slices.SortFunc(s.Tasks, func(a, b submission.Task) int { return cmp.Compare(a.ID, b.ID) })
	l.Tasks = append(l.Tasks, want)
	slices.SortFunc(l.Tasks, func(a, b Task) int { return cmp.Compare(a.ID, b.ID) })
}

// failing returns a check that fails and those that need it, which cannot pass then.
func failing(t *task.Task, id string) []string {
	ids := []string{id}
	for _, c := range t.Checks { // each stands after what it needs
		if slices.ContainsFunc(c.Needs, func(need string) bool { return slices.Contains(ids, need) }) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func pointsOf(t *task.Task, ids []string) (sum int) {
	for _, c := range t.Checks {
		if slices.Contains(ids, c.ID) {
			sum += c.Points
		}
	}
	return sum
}

// addProgram adds a hostile program in the place of its task's start.
func (m *maker) addProgram(s *submission.Submission, l *Learner, p Program) error {
	x := m.tasks.Get(p.Task)
	if x == nil {
		return fmt.Errorf("program %s is for %s, which is not in the catalogue", p.Name, p.Task)
	}
	want := Task{
		ID: x.ID, Kind: Hostile, Change: p.Name, Tries: p.Tries, Limit: p.Limit, Status: "fail", Max: x.Points, Most: x.Points - 1,
	}
	add(s, l, want, submission.Task{ID: x.ID, Digest: x.Digest, Files: p.Apply(x.Task)})
	return nil
}
