package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/labs"
)

// A graders judges strangers' work: exercises in cells, labs on the clusters of this machine. It implements
// grade.Judge.
type graders struct {
	*judge
	tasks    map[string]*task.Task // with their hidden checks
	cells    *isolation.Backend
	strange  *check.Runner // runs checks in cells
	clusters *pool         // for labs

	mu         sync.Mutex
	rehearsals map[string]*rehearsal
}

// strangeDeadline is the time of one check of a stranger's work: longer than a learner's own, since others are judged at
// the same time. What only computes runs into the limit on processor time before.
const strangeDeadline = 2 * time.Minute

// newGraders returns the judge for tasks, with cells that keep strangers' programs apart, and so many clusters of each
// shape for labs.
func (j *judge) newGraders(tasks map[string]*task.Task, cells *isolation.Backend, parallel, clusters int) *graders {
	g := &graders{judge: j, tasks: tasks, cells: cells, clusters: newPool(clusters, j.engine), rehearsals: map[string]*rehearsal{}}
	g.strange = &check.Runner{
		Go: j.runner.Go, Library: j.runner.Library, Parallel: parallel, Deadline: strangeDeadline,
		Cell: func(ctx context.Context) (check.Cell, error) { return cells.Cell(ctx) },
	}
	return g
}

// onHost is what is achieved where a learner's script has the learner's own rights on this machine, as in labs.
func onHost(why string) isolation.Achieved {
	return isolation.Achieved{
		Backend: "process", Files: isolation.None, Network: isolation.None, Processes: isolation.Weak, Memory: isolation.None, Disk: isolation.None,
		Notes: []string{why},
	}
}

// achieved is how well the work on a task is kept apart.
func (g *graders) achieved(id string) isolation.Achieved {
	if g.course.catalog.labs.Get(id) != nil {
		return onHost("labs run the learner's scripts as the administrator of a cluster whose nodes are containers of this machine: grade labs of strangers on a machine that holds nothing else")
	}
	return g.cells.Achieved()
}

// Judge judges what was handed in for a task, after the task's own solution was judged right in the same surroundings.
func (g *graders) Judge(ctx context.Context, item grade.Item) (verdict.Result, isolation.Achieved, error) {
	achieved := g.achieved(item.Task)
	t := g.tasks[item.Task]
	if t == nil {
		return verdict.Result{}, achieved, fmt.Errorf("judge %s: the course has no such task", item.Task)
	}
	if err := g.rehearsed(ctx, t); err != nil {
		return verdict.Result{}, achieved, err
	}
	files, err := item.Files()
	if err != nil {
		return verdict.Result{}, achieved, err
	}
	res, err := g.judgeFiles(ctx, t, files)
	return res, achieved, err
}

// judgeFiles runs the checks of a task. A fault of ours in one of them is an error.
func (g *graders) judgeFiles(ctx context.Context, t *task.Task, files []workspace.File) (verdict.Result, error) {
	res, err := g.runChecks(ctx, t, files)
	if err != nil {
		return res, err
	}
	var faults []error
	for _, c := range res.Checks {
		if c.Status == verdict.Error {
			faults = append(faults, fmt.Errorf("check %s of %s: %s", c.ID, t.ID, c.Fault))
		}
	}
	return res, errors.Join(faults...)
}

func (g *graders) runChecks(ctx context.Context, t *task.Task, files []workspace.File) (verdict.Result, error) {
	if l := g.course.catalog.onCluster(t.ID); l != nil {
		return g.clusters.judge(ctx, g.lab(l, t), files)
	}
	job, err := g.job(ctx, t)
	if err != nil {
		return verdict.Result{}, err
	}
	job.Files = files
	if job.Kit != nil { // it keeps the learner's scripts running as processes of this machine
		return g.runner.Run(ctx, job, nil)
	}
	return g.strange.Run(ctx, job, nil)
}

// lab returns a lab with the checks of t.
func (g *graders) lab(l *labs.Lab, t *task.Task) *labs.Lab {
	with := *l
	with.Task = t
	return &with
}

// rehearsed reports whether the first solution of a task passes all checks here. It is tried once: what it builds is in
// the build cache from then on, and a check that fails on it would fail on anybody's work. One that was broken off is
// tried again.
func (g *graders) rehearsed(ctx context.Context, t *task.Task) error {
	g.mu.Lock()
	r := g.rehearsals[t.ID]
	if r == nil {
		r = &rehearsal{}
		g.rehearsals[t.ID] = r
	}
	g.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.done {
		r.err = g.rehearse(ctx, t)
		r.done = ctx.Err() == nil
	}
	return r.err
}

// A rehearsal is what came of trying the course's own solution of a task.
type rehearsal struct {
	mu   sync.Mutex
	done bool
	err  error
}

func (g *graders) rehearse(ctx context.Context, t *task.Task) error {
	if len(t.Solutions) == 0 || g.course.catalog.labs.Get(t.ID) != nil { // a lab's proof is its rehearsal
		return nil
	}
	files := workspace.FromTask(t.Apply(t.Solutions[0]))
	job, err := g.job(ctx, t)
	if err != nil {
		return err
	}
	job.Files = files
	if _, err := g.runner.Run(ctx, job, nil); err != nil { // ours: fills the build cache, which cells cannot
		return err
	}
	res, err := g.judgeFiles(ctx, t, files)
	if err != nil {
		return fmt.Errorf("rehearse %s: %w", t.ID, err)
	}
	var failed []string
	for _, c := range res.Checks {
		if c.Status == verdict.Fail {
			failed = append(failed, strings.TrimSpace(c.Title+"\n"+c.Explain()))
		}
	}
	if failed != nil {
		return fmt.Errorf("rehearse %s: the course's own solution fails on this machine, so nobody is graded on it:\n%s", t.ID, strings.Join(failed, "\n"))
	}
	return nil
}
