package grade

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// Config is what a run grades.
type Config struct {
	Course   string // digest of the course's tasks
	Hidden   string // digest of the hidden checks, or empty
	Build    Build
	Tasks    []Task   // in the order of the gradebook's columns
	Aside    []string // ids of tasks on which nobody is to be graded
	Class    Class
	Problems []Problem // of reading the class
	Policy   Policy
	Trust    bool // count results too whose isolation is too weak for credit
	Engine   Engine
	Settings any                           // of the command, kept in the journal for a run that resumes
	Told     func(o Outcome, n, total int) // may be nil: the n-th of the items that had to be judged has an outcome
}

// Run has judged what was not judged before, and returns the gradebook, and how it differs from the one that was
// accepted last. What it has come to is in the journal whenever it ends, and the next Run goes on from there.
func (f *Folder) Run(ctx context.Context, c Config) (*Gradebook, Delta, error) {
	if err := c.Policy.Validate(); err != nil {
		return nil, Delta{}, err
	}
	r := run{folder: f, config: c, plan: c.plan(), known: map[string]Outcome{}, faults: map[string]bool{}}
	if err := r.begin(); err != nil {
		return nil, Delta{}, err
	}
	if err := r.judge(ctx); err != nil {
		return nil, Delta{}, err
	}
	book := c.gradebook(r.known)
	old, err := readGradebook(f.dir)
	if err != nil {
		return nil, Delta{}, err
	}
	return book, compare(old, book), nil
}

// A plan is what a class needs to have judged.
type plan struct {
	items  []Item // one for each key
	inputs map[string]Inputs
}

func (c Config) plan() plan {
	p := plan{inputs: map[string]Inputs{}}
	for _, l := range c.Class.Learners {
		for _, t := range c.Tasks {
			for _, work := range l.works(t.ID) {
				in := t.inputs(c.Build, work.piece)
				key := in.Key()
				if _, twice := p.inputs[key]; !twice {
					p.inputs[key] = in
					p.items = append(p.items, Item{Key: key, Task: t.ID, Files: work.piece.Files})
				}
			}
		}
	}
	return p
}

// manifest is the digest of all that the gradebook depends on.
func (c Config) manifest(p plan) (string, error) {
	type attempt struct {
		Learner, Path, Received, Unreadable string
	}
	var attempts []attempt
	for _, l := range c.Class.Learners {
		for _, a := range l.Attempts {
			attempts = append(attempts, attempt{l.ID, a.Path, a.Received.UTC().String(), a.Unreadable})
		}
	}
	data, err := json.Marshal(map[string]any{
		"build": c.Build, "course": c.Course, "hidden": c.Hidden, "tasks": c.Tasks, "aside": c.Aside, "policy": c.Policy, "attempts": attempts, "inputs": p.inputs,
	})
	if err != nil {
		return "", fmt.Errorf("grade: %w", err)
	}
	return digestOf(data), nil
}

// A run is the state of one Run.
type run struct {
	folder  *Folder
	config  Config
	plan    plan
	missing []Item
	known   map[string]Outcome
	faults  map[string]bool
}

// begin finds what is known already, and tells the journal what is not.
func (r *run) begin() error {
	manifest, err := r.config.manifest(r.plan)
	if err != nil {
		return err
	}
	settings, err := json.Marshal(r.config.Settings)
	if err != nil {
		return fmt.Errorf("grade: settings: %w", err)
	}
	entries := []Entry{{Kind: RunBegan, Digest: manifest, Settings: settings}}
	for _, item := range r.plan.items {
		o, ok, err := r.folder.known(item.Key)
		if err != nil {
			return err
		}
		if ok && r.config.counts(o) == nil {
			r.known[item.Key] = o
			continue
		}
		r.missing = append(r.missing, item)
		r.folder.begun[item.Key]++
		entries = append(entries, Entry{Kind: ItemBegan, Key: item.Key, Task: item.Task, Try: r.folder.begun[item.Key]})
	}
	if err := r.folder.journal.append(entries...); err != nil {
		return err
	}
	r.folder.settings = settings
	return nil
}

// judge has the engine judge what is missing.
func (r *run) judge(ctx context.Context) error {
	if len(r.missing) > 0 {
		if err := r.config.Engine.Grade(ctx, r.missing, r.told); err != nil {
			return fmt.Errorf("grade: %d of %d items are judged and kept; go on with slipway grade --out %s --resume: %w",
				len(r.known), len(r.plan.items), r.folder.dir, err)
		}
		for _, item := range r.missing {
			if _, ok := r.known[item.Key]; !ok && !r.faults[item.Key] {
				return fmt.Errorf("grade: the engine has ended without an outcome for %s of %s: this is a fault of slipway", item.Key, item.Task)
			}
		}
	}
	return r.folder.journal.append(Entry{Kind: RunEnded})
}

// told keeps an outcome. The first result of an item counts, and a fault only as long as there is none.
func (r *run) told(o Outcome) error {
	in, ok := r.plan.inputs[o.Key]
	if !ok {
		return fmt.Errorf("grade: the engine tells of an item that it was not given: %.80q", o.Key)
	}
	if _, twice := r.known[o.Key]; twice {
		return nil
	}
	o.Task = in.Task
	if o.Fault == "" {
		o.Fault = r.config.unfit(o)
	}
	if o.Fault != "" {
		return r.fault(o)
	}
	kept, err := r.folder.keep(in, o)
	if err != nil {
		return err
	}
	first := !r.faults[o.Key]
	r.known[o.Key] = kept
	delete(r.faults, o.Key)
	r.tell(o, first)
	return nil
}

func (r *run) fault(o Outcome) error {
	if r.faults[o.Key] {
		return nil
	}
	if err := r.folder.journal.append(Entry{Kind: ItemFault, Key: o.Key, Task: o.Task, Worker: o.Worker, Fault: o.Fault, Tries: o.Tries}); err != nil {
		return err
	}
	r.faults[o.Key] = true
	r.tell(o, true)
	return nil
}

func (r *run) tell(o Outcome, first bool) {
	if r.config.Told != nil && first {
		old := len(r.plan.items) - len(r.missing)
		r.config.Told(o, len(r.known)-old+len(r.faults), len(r.missing))
	}
}

// counts returns why a result must not count: a program of the learner could have seen or changed how it came about.
func (c Config) counts(o Outcome) error {
	if c.Trust {
		return nil
	}
	return o.Isolation.Credit()
}

// unfit says why a result cannot be that of its task, which is a fault of ours and must not become a grade.
func (c Config) unfit(o Outcome) string {
	if err := cmp.Or(faultOf(o.Result), c.counts(o)); err != nil {
		return err.Error()
	}
	for _, t := range c.Tasks {
		if t.ID == o.Task {
			return t.unfit(o)
		}
	}
	return ""
}

func (t Task) unfit(o Outcome) string {
	got := map[string]bool{}
	for _, r := range o.Result.Checks {
		got[r.ID] = true
		fits := false
		for _, c := range t.Checks {
			fits = fits || c.ID == r.ID && c.Hidden == r.Hidden && c.Max == r.Max && r.Points >= 0 && r.Points <= r.Max
		}
		if !fits {
			return fmt.Sprintf("the result has a check %.80q with %d of %d points, which the task has not", r.ID, r.Points, r.Max)
		}
	}
	if len(got) != len(t.Checks) || len(o.Result.Checks) != len(t.Checks) {
		return fmt.Sprintf("the result has %d checks, and the task has %d", len(o.Result.Checks), len(t.Checks))
	}
	if sum := verdict.New(t.ID, t.Title, o.Result.Checks); sum.Points != o.Result.Points || sum.Status != o.Result.Status {
		return fmt.Sprintf("the result is %s with %d points, and its checks give %s with %d", o.Result.Status, o.Result.Points, sum.Status, sum.Points)
	}
	return ""
}
