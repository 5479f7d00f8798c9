// Package prove is the author's proof: that every right solution passes, that every wrong one is
// caught by the check that names it and explained in the words on record, that an untouched start
// scores nothing, that neither hints nor explanations give the solution away, and that every
// command in a chapter prints what the chapter says.
package prove

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"golang.org/x/sync/errgroup"
)

// What a task must ship with, and what a variant of one.
const (
	minSolutions, minVariantSolutions = 2, 1
	minWrong, minVariantWrong         = 3, 1
)

// A TaskProof is what came of proving one task.
type TaskProof struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Solutions []string `json:"solutions"`
	Kills     []Kill   `json:"kills"`
	Problems  []string `json:"problems"`
	Unsteady  []string `json:"unsteady"` // trials that came out as they must only when tried again

	says map[string]string // by file of a wrong solution: what was said, where that differs
}

// A Bench is where the trials of a task run: in module worlds, or on a cluster.
type Bench interface {
	// Lint reports what a check must not do.
	Lint(task.Check) error

	// Try gives the task its start state with a change made to it, and checks it. The zero Change
	// changes nothing. An error is a problem of that trial.
	Try(ctx context.Context, t *task.Task, c task.Change) (verdict.Result, error)

	// Parallel is how many trials may run at once.
	Parallel() int

	// Again reports whether a trial that does not come out as it must is to be tried once more, since
	// time and the machine have a say in it. A proof tells of each such trial.
	Again() bool
}

// A Kill is one row of the kill matrix: a wrong solution and the checks that caught it.
type Kill struct {
	Wrong    string   `json:"wrong"`
	Title    string   `json:"title"`
	CaughtBy string   `json:"caughtBy"` // the check that must catch it
	Failed   []string `json:"failed"`   // all checks that did
	Killed   bool     `json:"killed"`
}

// Task proves one task. The error is that of a ctx that ended.
func (pr *Prover) Task(ctx context.Context, t *task.Task, bench Bench) (*TaskProof, error) {
	p := &prover{bench: bench, norms: pr.norms, task: t, proof: &TaskProof{
		ID: t.ID, Title: t.Title, Solutions: []string{}, Kills: []Kill{}, Problems: []string{}, Unsteady: []string{}, says: map[string]string{},
	}}
	p.static()
	trials, again := p.trials(), bench.Again() && !pr.Rewrite
	results, errs := p.run(ctx, trials)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for i, t := range trials {
		before, n := p.proof.clone(), len(p.proof.Problems)
		p.judge(t, results[i], errs[i])
		if len(p.proof.Problems) == n || !again {
			continue
		}
		found := p.proof.Problems[n]
		p.proof = before
		results[i], errs[i] = bench.Try(ctx, p.task, t.change)
		p.judge(t, results[i], errs[i])
		if len(p.proof.Problems) == n {
			p.proof.Unsteady = append(p.proof.Unsteady, found)
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	p.idle(results)
	return p.proof, nil
}

// judge says what is wrong with the outcome of a trial.
func (p *prover) judge(t trial, res verdict.Result, err error) {
	if err != nil {
		p.problemf(t.file, "%w", err)
		return
	}
	t.judge(res)
	p.leaks(t, res)
}

// clone returns a copy that can be added to.
func (p *TaskProof) clone() *TaskProof {
	q := *p
	q.Solutions, q.Kills, q.Problems, q.Unsteady = slices.Clip(p.Solutions), slices.Clip(p.Kills), slices.Clip(p.Problems), slices.Clip(p.Unsteady)
	q.says = maps.Clone(p.says)
	return &q
}

// A trial is a state of the workspace and what must come of checking it.
type trial struct {
	file   string // that the state comes from
	change task.Change
	judge  func(verdict.Result)
}

func (p *prover) trials() []trial {
	list := []trial{{p.task.Start.Name, task.Change{}, p.untouched}}
	for _, s := range p.task.Solutions {
		list = append(list, trial{s.File, s, func(res verdict.Result) { p.solution(s, res) }})
	}
	for _, w := range p.task.Wrong {
		list = append(list, trial{w.File, w, func(res verdict.Result) { p.wrong(w, res) }})
	}
	return list
}

// leaks reports each explanation of a trial that gives the solution away.
func (p *prover) leaks(t trial, res verdict.Result) {
	for _, c := range res.Checks {
		if run := leak(p.task, c.Explain(), p.task.Apply(t.change)); run != "" && c.Status == verdict.Fail {
			p.problemf(t.file, "explanation of check %s gives the solution away: %q", c.ID, run)
		}
	}
}

// idle reports the checks that no trial has failed: nothing shows that they look at anything. Those that
// a variant shares with its task are shown by the task.
func (p *prover) idle(results []verdict.Result) {
	if p.task.Base != nil && p.task.Checks[0].Pos.File == p.task.Base.Checks[0].Pos.File {
		return
	}
	for _, c := range p.task.Checks {
		failed := func(v verdict.Check) bool { return v.ID == c.ID && v.Status == verdict.Fail }
		if !slices.ContainsFunc(results, func(res verdict.Result) bool { return slices.ContainsFunc(res.Checks, failed) }) {
			p.problem(c.Pos.Errorf("check %s fails on no wrong solution: write one that only it can catch", c.ID))
		}
	}
}

// run checks all trials and returns the results and errors in their order.
func (p *prover) run(ctx context.Context, trials []trial) ([]verdict.Result, []error) {
	results, errs := make([]verdict.Result, len(trials)), make([]error, len(trials))
	var group errgroup.Group
	group.SetLimit(p.bench.Parallel())
	for i, t := range trials {
		group.Go(func() error {
			results[i], errs[i] = p.bench.Try(ctx, p.task, t.change)
			return nil
		})
	}
	_ = group.Wait() // every trial keeps its own error
	return results, errs
}

type prover struct {
	bench Bench
	norms normalisers
	task  *task.Task
	proof *TaskProof
}

func (p *prover) problem(err error) {
	if err != nil {
		p.proof.Problems = append(p.proof.Problems, err.Error())
	}
}

func (p *prover) problemf(file, format string, args ...any) {
	p.problem(frontmatter.Position{File: file}.Errorf(format, args...))
}

// static looks at what can be seen without running anything.
func (p *prover) static() {
	t := p.task
	for _, c := range t.Checks {
		p.problem(p.bench.Lint(c))
	}
	solutions, wrong := minSolutions, minWrong
	if t.Base != nil {
		solutions, wrong = minVariantSolutions, minVariantWrong
	}
	if n := len(t.Solutions); n < solutions {
		p.problemf(t.File, "task has %d solutions: it needs %d that differ", n, solutions)
	}
	if n := len(t.Wrong); n < wrong {
		p.problemf(t.File, "task has %d wrong solutions: it needs %d", n, wrong)
	}
	for i, s := range t.Solutions {
		for _, other := range t.Solutions[:i] {
			if slices.EqualFunc(t.Apply(s), t.Apply(other), func(a, b task.File) bool { return a.Name == b.Name && string(a.Data) == string(b.Data) }) {
				p.problemf(s.File, "solution is the same as %s", other.Name)
			}
		}
	}
	for i, hint := range t.Hints {
		if run := leak(t, hint, nil); run != "" {
			p.problemf(t.File, "hint %d gives the solution away: %q", i+1, run)
		}
	}
}

// untouched demands that a start without any work scores nothing.
func (p *prover) untouched(res verdict.Result) {
	for _, c := range res.Checks {
		switch {
		case c.Status == verdict.Error:
			p.problemf(p.task.Start.Name, "check %s on the untouched start: %s", c.ID, c.Fault)
		case c.Points > 0:
			p.problemf(p.task.Start.Name, "untouched start scores %d points on check %s: let it need a check that fails", c.Points, c.ID)
		}
	}
}

func (p *prover) solution(s task.Change, res verdict.Result) {
	p.proof.Solutions = append(p.proof.Solutions, s.Name)
	for _, c := range res.Checks {
		if c.Status != verdict.Pass {
			p.problemf(s.File, "solution does not pass check %s (%s):\n%s", c.ID, c.Status, indent(c.Explain()))
		}
	}
}

// wrong demands that the named check catches a wrong solution and says what is on record.
func (p *prover) wrong(w task.Change, res verdict.Result) {
	kill := Kill{Wrong: w.Name, Title: w.Title, CaughtBy: w.CaughtBy, Failed: []string{}}
	for _, c := range res.Checks {
		switch {
		case c.Status == verdict.Error:
			p.problemf(w.File, "check %s is at fault: %s", c.ID, c.Fault)
		case c.Status == verdict.Fail:
			kill.Failed = append(kill.Failed, c.ID)
		}
		if c.ID == w.CaughtBy {
			kill.Killed = c.Status == verdict.Fail
			p.explanation(w, c)
		}
	}
	if !kill.Killed {
		p.problemf(w.File, "wrong solution is not caught by check %s; failed: %s", w.CaughtBy, orNone(kill.Failed))
	}
	p.proof.Kills = append(p.proof.Kills, kill)
}

func (p *prover) explanation(w task.Change, c verdict.Check) {
	if c.Status != verdict.Fail {
		return
	}
	says := c.Explain()
	if !p.norms.match(w.Says, says) {
		p.proof.says[w.File] = says
		p.problemf(w.File, "learner is not told what is on record (slipway prove --update rewrites it):\n%s", indent(says))
	}
	for _, f := range c.Findings {
		if f.Expected == "" || f.Actual == "" || f.Why == "" || f.Next == "" {
			p.problemf(w.File, "explanation is not whole: expected, found, why and next are due:\n%s", indent(says))
		}
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

// Killed returns how many of the wrong solutions were caught by the check that names them.
func Killed(proofs []*TaskProof) (killed, all int) {
	for _, p := range proofs {
		for _, k := range p.Kills {
			all++
			if k.Killed {
				killed++
			}
		}
	}
	return killed, all
}

// String sums a proof up in one line.
func (p *TaskProof) String() string {
	killed, all := Killed([]*TaskProof{p})
	text := fmt.Sprintf("%s: %d solutions, %d of %d wrong ones caught, %d problems", p.ID, len(p.Solutions), killed, all, len(p.Problems))
	if n := len(p.Unsteady); n > 0 {
		text += fmt.Sprintf(", %d trials as they must be only when tried again", n)
	}
	return text
}
