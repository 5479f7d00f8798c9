// Package check runs the checks of a task over a copy of the learner's workspace and says what came
// of each.
//
// A check is a testscript (https://pkg.go.dev/github.com/rogpeppe/go-internal/testscript) with
// commands of its own, which Usages lists; the script's own assertions and exec are not
// allowed in it, since they would fail without an explanation. In a check
//
//	$WORK/ws      is a copy of the workspace, and the current directory
//	$FILES        holds the files/… of checks.txtar
//	$GOPROXY …    lead into a module world of the check's own
//
// A check fails when it records findings. When a script breaks in any other way the fault is ours,
// and the verdict says so.
package check

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/exercises/world"
)

// DefaultDeadline is the time that one check may take.
const DefaultDeadline = time.Minute

// A Runner runs checks. It may be used by several goroutines.
type Runner struct {
	Go       gotool.Tool
	Library  *world.Library
	Parallel int           // checks that run at once, of all jobs of this Runner; 0 means one a processor
	Deadline time.Duration // of one check; 0 means DefaultDeadline
	Trace    func(Traced)  // told of every command that a check ran; may be nil

	// Cell makes the surroundings of checks whose commands are a stranger's. Nil means that the learner checks
	// their own work, with the learner's own rights.
	Cell func(context.Context) (Cell, error)

	once  sync.Once
	slots chan struct{} // one for each check that runs
}

// A Traced is a command that a check ran, for measurements.
type Traced struct {
	Args    []string
	Elapsed time.Duration
}

// A Job is a task and the state of a workspace to check it on.
type Job struct {
	Task  *task.Task
	World world.Config
	Files []workspace.File
	Kit   Kit // what there is beside the module world; nil for an exercise
}

// Run runs the checks of a job. It calls report, which may be nil, for each check in the order of
// the task as soon as that check and all before it are done. The error is that of a ctx that ended, or of a cell.
func (r *Runner) Run(ctx context.Context, job Job, report func(verdict.Check)) (verdict.Result, error) {
	checks := job.Task.Checks
	outcome := make([]verdict.Check, len(checks))
	done := map[string]chan struct{}{}
	index := map[string]int{}
	for i, c := range checks {
		done[c.ID] = make(chan struct{})
		index[c.ID] = i
	}
	in := &cells{runner: r}
	var wg sync.WaitGroup
	for i, c := range checks {
		wg.Go(func() {
			defer close(done[c.ID])
			var waits []string
			for _, need := range c.Needs {
				<-done[need]
				if outcome[index[need]].Status != verdict.Pass {
					waits = append(waits, checks[index[need]].Title)
				}
			}
			if waits != nil {
				outcome[i] = verdict.Check{ID: c.ID, Title: c.Title, Max: c.Points, Hidden: c.Hidden, Status: verdict.Blocked, WaitsFor: waits}
				return
			}
			defer r.acquire()()
			outcome[i] = r.check(ctx, job, c, in)
		})
	}
	for i, c := range checks {
		<-done[c.ID]
		if report != nil && ctx.Err() == nil {
			report(outcome[i])
		}
	}
	wg.Wait()
	closed := in.close()
	if ctx.Err() != nil {
		return verdict.Result{}, fmt.Errorf("check %s: %w", job.Task.ID, context.Cause(ctx))
	}
	if closed != nil {
		return verdict.Result{}, fmt.Errorf("check %s: %w", job.Task.ID, closed)
	}
	return verdict.New(job.Task.ID, job.Task.Title, outcome), nil
}

// acquire waits until one more check may run, and returns what ends it.
func (r *Runner) acquire() (release func()) {
	r.once.Do(func() { r.slots = make(chan struct{}, cmp.Or(r.Parallel, runtime.NumCPU())) })
	r.slots <- struct{}{}
	return func() { <-r.slots }
}

func (r *Runner) deadline() time.Duration { return cmp.Or(r.Deadline, DefaultDeadline) }

// RunDir runs the checks of a job over the workspace in dir. A workspace that cannot be read as it is, is a
// finding like any other.
func (r *Runner) RunDir(ctx context.Context, job Job, dir string, report func(verdict.Check)) (verdict.Result, error) {
	files, err := workspace.Snapshot(dir)
	if refusal, ok := asRefusal(err); ok {
		return refuse(job.Task, refusal, report), nil
	} else if err != nil {
		return verdict.Result{}, err
	}
	job.Files = files
	return r.Run(ctx, job, report)
}

// Script runs one script, such as the one that sets up a lab, as a check of a job.
func (r *Runner) Script(ctx context.Context, job Job, c task.Check) (verdict.Check, error) {
	in := &cells{runner: r}
	v := r.check(ctx, job, c, in)
	if err := in.close(); err != nil {
		return v, fmt.Errorf("run %s: %w", c.ID, err)
	}
	if ctx.Err() != nil {
		return v, fmt.Errorf("run %s: %w", c.ID, context.Cause(ctx))
	}
	return v, nil
}
