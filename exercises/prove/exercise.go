package prove

import (
	"context"
	"runtime"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// Worlds is the bench of exercises, and of labs without a cluster: each trial in module worlds of its own.
type Worlds struct {
	Runner *check.Runner
	Job    func(context.Context, *task.Task) (check.Job, error) // what a task has around it
	Kit    check.Kit                                            // whose commands checks may use
	Serial bool                                                 // trials share something on this machine, such as a port
}

var _ Bench = Worlds{}

// Lint implements Bench.
func (w Worlds) Lint(c task.Check) error { return check.Lint(c, w.Kit) }

// Parallel implements Bench.
func (w Worlds) Parallel() int {
	if w.Serial {
		return 1
	}
	return runtime.NumCPU()
}

// Again implements Bench: the outcome of a trial depends on nothing else.
func (Worlds) Again() bool { return false }

// Try implements Bench.
func (w Worlds) Try(ctx context.Context, t *task.Task, c task.Change) (verdict.Result, error) {
	job, err := w.Job(ctx, t)
	if err != nil {
		return verdict.Result{}, err
	}
	job.Files = workspace.FromTask(t.Apply(c))
	return w.Runner.Run(ctx, job, nil)
}
