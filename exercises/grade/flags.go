package grade

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/isolation"
)

// look notes what is odd about the learner's submissions.
func (s *scoring) look() {
	l := s.learner
	if len(l.Attempts) == 0 {
		s.problems = append(s.problems, Problem{Learner: l.ID, What: "handed in nothing"})
	}
	for _, a := range l.Attempts {
		if a.Work == nil {
			continue // told where it was read
		}
		if len(a.Work.Pieces) == 0 {
			s.note(a, "", "it holds no task", "ask for the output of slipway pack")
		}
		if n := len(a.Work.Stray); n > 0 {
			s.note(a, "", fmt.Sprintf("files outside of the folders of tasks are not read: %s", some(a.Work.Stray)), "")
		}
		for _, p := range a.Work.Pieces {
			at := slices.IndexFunc(s.config.Tasks, func(t Task) bool { return t.ID == p.Task })
			switch {
			case slices.Contains(s.config.Aside, p.Task):
			case at < 0:
				s.note(a, p.Task, "the class is not graded on this task", "add it with --tasks, if it belongs there")
			case outdated(s.config.Tasks[at], p):
				s.note(a, p.Task, oldVersion, "look whether the task has changed for the learner")
			}
		}
	}
}

func (s *scoring) note(a Attempt, task, what, next string) {
	s.problems = append(s.problems, Problem{Submission: a.Path, Learner: s.learner.ID, Task: task, What: what, Next: next})
}

const oldVersion = "made for another version of the task: graded with the checks of this one"

// outdated reports whether work was packed for another version of its task.
func outdated(t Task, p Piece) bool { return p.Packed != "" && p.Packed != t.Packed }

// some returns the first names of a list.
func some(names []string) string {
	const most = 5
	var shown []string
	for _, n := range names[:min(most, len(names))] {
		shown = append(shown, fmt.Sprintf("%.80q", n))
	}
	if more := len(names) - most; more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(shown, ", ")
}

// flags says what a person should look at in a piece of work.
func flags(t Task, p Piece) []string {
	var list []string
	if outdated(t, p) {
		list = append(list, oldVersion)
	}
	for _, name := range checkFiles(t, p) {
		list = append(list, fmt.Sprintf("holds %.80q, which looks like a part of the checks: it is never read, checks come from the course", name))
	}
	return list
}

// checkFiles returns names at the top of a piece of work that a folder of the catalogue has, and a workspace has not.
func checkFiles(t Task, p Piece) []string {
	var found []string
	for _, name := range p.Names {
		top, _, _ := strings.Cut(name, "/")
		folded := strings.ToLower(top)
		odd := slices.Contains([]string{"checks.txtar", "solutions", "wrong", "world.yaml", "task.md", "start.txtar"}, folded) || strings.HasPrefix(folded, "slipway-hidden")
		own := slices.ContainsFunc(t.Start, func(name string) bool { return name == top || strings.HasPrefix(name, top+"/") })
		if odd && !own && !slices.Contains(found, top) {
			found = append(found, top)
		}
	}
	return found
}

// weakest returns the least that all results have.
func weakest(all []isolation.Achieved) isolation.Achieved {
	if len(all) == 0 {
		return isolation.Achieved{}
	}
	w := isolation.Achieved{}
	var backends, notes []string
	for _, a := range all {
		backends, notes = append(backends, a.Backend), append(notes, a.Notes...)
		w.Files, w.Network, w.Processes = weaker(w.Files, a.Files), weaker(w.Network, a.Network), weaker(w.Processes, a.Processes)
		w.Memory, w.Disk = weaker(w.Memory, a.Memory), weaker(w.Disk, a.Disk)
	}
	w.Backend = strings.Join(unique(backends), ", ")
	w.Notes = unique(notes)
	return w
}

// weaker returns the weaker of what was seen and the next; a result that does not say keeps no promise.
func weaker(seen, next isolation.Strength) isolation.Strength {
	return max(seen, cmp.Or(next, isolation.None))
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
