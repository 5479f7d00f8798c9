package prove

import (
	"context"
	"fmt"
	"runtime"

	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/exercises/world"
)

// Worlds is the bench of exercises: each trial in module worlds of its own.
type Worlds struct {
	Runner  *check.Runner
	Catalog exercises.Catalog
}

var _ Bench = Worlds{}

// Lint implements Bench.
func (Worlds) Lint(c task.Check) error { return check.Lint(c, nil) }

// Parallel implements Bench.
func (Worlds) Parallel() int { return runtime.NumCPU() }

// Again implements Bench: the outcome of a trial depends on nothing else.
func (Worlds) Again() bool { return false }

// Try implements Bench.
func (w Worlds) Try(ctx context.Context, t *task.Task, c task.Change) (verdict.Result, error) {
	x := w.Catalog.Get(t.ID)
	if x == nil {
		return verdict.Result{}, fmt.Errorf("try %s: no exercise has that id", t.ID)
	}
	config, err := world.ParseConfig(x.Name+"/world.yaml", x.World)
	if err != nil {
		return verdict.Result{}, err
	}
	return w.Runner.Run(ctx, check.Job{Task: t, World: config, Files: workspace.FromTask(t.Apply(c))}, nil)
}
