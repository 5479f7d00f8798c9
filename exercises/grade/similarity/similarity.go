package similarity

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// A Task is what a class was given, and what is known to be right.
type Task struct {
	ID        string
	Start     []workspace.File
	Solutions [][]workspace.File
}

// Of returns the task with the files of its start and its solutions.
func Of(t *task.Task) Task {
	s := Task{ID: t.ID, Start: workspace.FromTask(t.Start.Files)}
	for _, c := range t.Solutions {
		s.Solutions = append(s.Solutions, workspace.FromTask(t.Apply(c)))
	}
	return s
}

// A Work is what a learner has for a task. Where a learner has several for a task, the last one counts.
type Work struct {
	Learner string
	Task    string
	Files   func() ([]workspace.File, error) // reads them: those of one work at a time are in memory
}

// Options say what counts as alike. Zero values mean the defaults.
type Options struct {
	Common   float64 // what more than this part of the class has is common, from CommonAt learners on: 0.2
	CommonAt int     // 5
	Least    int     // fingerprints of its own that a work needs to be compared: 12
	From     float64 // part of the fingerprints of one of the two from which a pair is told: 0.4
	Pairs    int     // pairs that are told of each task, the most alike ones: 100
}

func (o Options) orDefaults() Options {
	return Options{
		Common: cmp.Or(o.Common, 0.2), CommonAt: cmp.Or(o.CommonAt, 5), Least: cmp.Or(o.Least, 12),
		From: cmp.Or(o.From, 0.4), Pairs: cmp.Or(o.Pairs, 100),
	}
}

// Compare compares the work of each task. The report is the same for the same work in any order. Work on a task
// that is not in tasks is compared as if the task began with nothing. The error is that of reading a work.
func Compare(tasks []Task, works []Work, o Options) (*Report, error) {
	o = o.orDefaults()
	known := map[string]Task{}
	for _, t := range tasks {
		known[t.ID] = t
	}
	byTask := map[string]map[string]Work{}
	for _, w := range works {
		if byTask[w.Task] == nil {
			byTask[w.Task] = map[string]Work{}
		}
		byTask[w.Task][w.Learner] = w
	}
	r := &Report{Version: Version, Note: Note, Common: o.Common, CommonAt: o.CommonAt, Least: o.Least, From: o.From, Tasks: []TaskReport{}}
	for _, id := range slices.Sorted(maps.Keys(byTask)) {
		one, err := compare(id, known[id], byTask[id], o)
		if err != nil {
			return nil, err
		}
		r.Tasks = append(r.Tasks, one)
	}
	return r, nil
}

// compare compares the works on one task.
func compare(id string, t Task, works map[string]Work, o Options) (TaskReport, error) {
	given := givenBy(t)
	report := TaskReport{Task: id, Works: len(works), TooShort: []string{}, Pairs: []Pair{}}
	var docs []*document
	for _, learner := range slices.Sorted(maps.Keys(works)) {
		files, err := works[learner].Files()
		if err != nil {
			return report, fmt.Errorf("compare the work of %s on %s: %w", learner, id, err)
		}
		d, leftOut := newDocument(learner, files)
		d.drop(func(h uint64) bool { return given[h] })
		docs = append(docs, d)
		for _, name := range leftOut {
			report.LeftOut = append(report.LeftOut, LeftOut{learner, name})
		}
	}
	report.Common = dropCommon(docs, o)
	docs = slices.DeleteFunc(docs, func(d *document) bool {
		short := len(d.at) < o.Least
		if short {
			report.TooShort = append(report.TooShort, d.learner)
		}
		return short
	})
	report.Pairs, report.More = pairs(docs, o)
	return report, nil
}

// givenBy returns the hashes that say nothing: those of the start, and those that two solutions have.
func givenBy(t Task) map[uint64]bool {
	given := map[uint64]bool{}
	for h := range allHashes(t.Start) {
		given[h] = true
	}
	seen := map[uint64]bool{}
	for _, s := range t.Solutions {
		hashes := allHashes(s)
		for h := range hashes {
			if seen[h] {
				given[h] = true
			}
		}
		maps.Copy(seen, hashes)
	}
	return given
}

// dropCommon drops the fingerprints that much of the class has, and returns how many these are.
func dropCommon(docs []*document, o Options) int {
	have := map[uint64]int{}
	for _, d := range docs {
		for h := range d.at {
			have[h]++
		}
	}
	common := 0
	for h, n := range have {
		if n >= o.CommonAt && float64(n) > o.Common*float64(len(docs)) {
			common++
		} else {
			delete(have, h)
		}
	}
	for _, d := range docs {
		d.drop(func(h uint64) bool { return have[h] > 0 })
	}
	return common
}

// pairs finds who shares fingerprints with whom by an index of who has which, and returns the pairs that are
// most alike, and how many more there are.
func pairs(docs []*document, o Options) (told []Pair, more int) {
	index := map[uint64][]int32{}
	for i, d := range docs {
		for h := range d.at {
			index[h] = append(index[h], int32(i))
		}
	}
	told = []Pair{}
	shared := make([]int, len(docs)) // fingerprints of the document at hand that each one has
	for i, a := range docs {
		clear(shared)
		for h := range a.at {
			for _, j := range index[h] {
				shared[j]++
			}
		}
		for j := i + 1; j < len(docs); j++ {
			n, b := shared[j], docs[j]
			p := Pair{A: a.learner, B: b.learner, Shared: n, OfA: part(n, len(a.at)), OfB: part(n, len(b.at)), docs: [2]*document{a, b}}
			if p.most() >= o.From && n >= o.Least/2 {
				told = append(told, p)
			}
		}
	}
	slices.SortFunc(told, comparePairs)
	if len(told) > o.Pairs {
		told, more = told[:o.Pairs], len(told)-o.Pairs
	}
	for i, p := range told {
		told[i].Matches = matches(p.docs[0], p.docs[1])
	}
	return told, more
}
