// Package engine takes labs through their life: setup, check, solve, reset, down.
//
// Labs of one topology share a cluster. Its state as it was made, the baseline, is taken once; from
// then on a lab is taken back by difference from it, whatever was done to the cluster. A cluster
// that cannot be taken back is made anew. What the engine does it writes down before, so that any
// command may be interrupted anywhere and the next one knows: a lab that was not set up whole is
// taken back first.
//
//	e := &engine.Engine{Dir: cache, Provide: provide, Runner: runner, Catalog: catalog}
//	err := e.Setup(ctx, lab)
//	result, err := e.Check(ctx, lab, workspace, report)
//	err = e.Reset(ctx, lab)
//
// One command at a time works on a cluster; others wait, and say for whom.
package engine

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/labs"
)

// An Engine runs labs. It may be used by several goroutines.
type Engine struct {
	Dir     string                                   // where what is known of each cluster is kept
	Self    string                                   // path of slipway, for the commands of a lab's shell
	Provide func(labs.Place) (labs.Cluster, error)   // makes or finds clusters
	Vars    func(context.Context) ([]string, error)  // more variables for what runs in a lab; may be nil
	Room    func(context.Context) error              // labs.ErrNoRoom where clusters of this machine cannot go on; may be nil
	Runner  *check.Runner                            // of checks
	Catalog labs.Catalog                             // the labs that may have been set up
	Say     func(string)                             // told what is being done; may be nil
	Took    func(step string, elapsed time.Duration) // told how long setups, resets and checks that pass took; may be nil
}

// ErrNotSetUp is the error of a command that needs a lab set up.
var ErrNotSetUp = errors.New("is not set up")

// solveDeadline is how long a solution's commands may run.
const solveDeadline = 5 * time.Minute

func (e *Engine) say(format string, args ...any) {
	if e.Say != nil {
		e.Say(fmt.Sprintf(format, args...))
	}
}

// stepOwn is what a check takes beside the time in which programs of the learner run.
const stepOwn = "check without the learner's programs"

func (e *Engine) took(step string, elapsed time.Duration) {
	if e.Took != nil {
		e.Took(step, elapsed)
	}
}

// enter waits until no other command works on a cluster, and takes it.
func (e *Engine) enter(at labs.Place, what string) (*held, func(), error) {
	cluster, err := e.Provide(at)
	if err != nil {
		return nil, nil, err
	}
	dir := e.folder(at, cluster)
	unlock, err := lock(dir, what, func(text string) { e.say("%s", text) })
	if err != nil {
		return nil, nil, err
	}
	rec, err := readRecord(dir)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return &held{engine: e, place: at, cluster: cluster, dir: dir, record: rec}, unlock, nil
}

// Holds reports whether a lab was set up and not taken back since. Its cluster may have gone meanwhile,
// which Setup finds out.
func (e *Engine) Holds(l *labs.Lab) bool {
	cluster, err := e.Provide(l.Place())
	if err != nil {
		return false
	}
	r, err := readRecord(e.folder(l.Place(), cluster))
	return err == nil && r.holds(l)
}

// folder is where what is known of a cluster is kept. One that was adopted has a folder of its own, whichever
// places it stands for.
func (e *Engine) folder(at labs.Place, c labs.Cluster) string {
	if _, adopted := c.(labs.Adopted); adopted {
		return filepath.Join(e.Dir, "adopted-"+url.PathEscape(c.Name()))
	}
	return filepath.Join(e.Dir, at.Name)
}

// Setup brings the cluster to the start state of a lab. A lab that is set up stays as it is.
func (e *Engine) Setup(ctx context.Context, l *labs.Lab) error {
	return e.work(ctx, l.Place(), "set up "+l.ID, func(h *held) error {
		open := h.regain
		if h.record.holds(l) {
			open = h.open // what a learner has done to the cluster is not for us to put back
		}
		if err := open(ctx); err != nil || h.record.holds(l) {
			return err
		}
		_, err := h.setup(ctx, l)
		return err
	})
}

// Reset takes the cluster back to its first state, and gives a lab its start state again. It returns the
// digest of that first state, which is the same each time for the same cluster.
func (e *Engine) Reset(ctx context.Context, l *labs.Lab) (digest string, err error) {
	err = e.work(ctx, l.Place(), "reset "+l.ID, func(h *held) error {
		if err := h.regain(ctx); err != nil {
			return err
		}
		digest, err = h.setup(ctx, l)
		return err
	})
	return digest, err
}

// Check runs the checks of a lab over the workspace in dir. report is that of check.Runner.Run.
func (e *Engine) Check(ctx context.Context, l *labs.Lab, dir string, report func(verdict.Check)) (verdict.Result, error) {
	var res verdict.Result
	err := e.on(ctx, l, "check "+l.ID, func(h *held) (err error) {
		res, err = h.check(ctx, l, dir, report)
		return err
	})
	return res, err
}

// Solve runs what a solution, or a wrong one, types into a shell in the workspace dir. It returns
// what was printed.
func (e *Engine) Solve(ctx context.Context, l *labs.Lab, c task.Change, dir string) (string, error) {
	var out string
	err := e.on(ctx, l, "solve "+l.ID, func(h *held) (err error) {
		out, err = h.solve(ctx, solveScript(c), dir)
		return err
	})
	return out, err
}

// A Trial is what came of trying a change of a lab's start state.
type Trial struct {
	Digest string         // of the cluster's first state, before the lab was set up
	Result verdict.Result // of the checks
}

// Try takes the cluster back, sets a lab up, makes a change to the start state in an empty folder, and
// checks, while every other command waits.
func (e *Engine) Try(ctx context.Context, l *labs.Lab, c task.Change, dir string) (t Trial, err error) {
	err = e.work(ctx, l.Place(), "prove "+l.ID, func(h *held) error {
		t, err = h.try(ctx, l, c, dir)
		return err
	})
	return t, err
}

func (h *held) try(ctx context.Context, l *labs.Lab, c task.Change, dir string) (t Trial, err error) {
	if err := h.regain(ctx); err != nil {
		return t, err
	}
	if t.Digest, err = h.setup(ctx, l); err != nil {
		return t, err
	}
	if err := workspace.Materialise(dir, workspace.FromTask(WorkspaceFiles(l, c))); err != nil {
		return t, err
	}
	if _, err := h.solve(ctx, solveScript(c), dir); err != nil {
		return t, err
	}
	begin := time.Now()
	if t.Result, err = h.check(ctx, l, dir, nil); err == nil && t.Result.Status == verdict.Pass {
		h.engine.took("check", time.Since(begin))
		h.engine.took(stepOwn, time.Since(begin)-h.kit.theirs.spent())
	}
	return t, err
}

// Shell returns the variables that lead a learner's shell to the cluster of a lab.
func (e *Engine) Shell(ctx context.Context, l *labs.Lab) (env []string, err error) {
	err = e.on(ctx, l, "open a shell for "+l.ID, func(h *held) error {
		env = h.kit.Env()
		return nil
	})
	return env, err
}

// Cluster returns the variables that lead to a cluster with no lab on it, for chapters. Other commands
// wait until release is called.
func (e *Engine) Cluster(ctx context.Context, at labs.Place) (env []string, release func(), err error) {
	h, unlock, err := e.begin(ctx, at, "run a chapter")
	if err != nil {
		return nil, nil, err
	}
	if err = h.regain(ctx); err == nil {
		_, err = h.clear(ctx)
	}
	if err != nil {
		err = h.told(ctx, err)
		unlock()
		return nil, nil, err
	}
	return h.kit.Env(), unlock, nil
}

// Node runs a command on a node of a cluster, called as checks call it.
func (e *Engine) Node(ctx context.Context, at labs.Place, name string, c sandbox.Command) (sandbox.Result, error) {
	cluster, err := e.Provide(at)
	if err != nil {
		return sandbox.Result{}, err
	}
	nodes, err := cluster.Nodes(ctx)
	if err != nil {
		return sandbox.Result{}, err
	}
	found, err := (&kit{name: at.Name, cluster: cluster, nodes: nodes}).find(name)
	if err != nil {
		return sandbox.Result{}, err
	}
	if len(found) != 1 {
		return sandbox.Result{}, fmt.Errorf("run on %s: name one node", name)
	}
	return cluster.Exec(ctx, found[0].Name, c)
}

// Knows reports whether something is kept of the cluster at a place.
func (e *Engine) Knows(at labs.Place) bool {
	_, err := os.Stat(filepath.Join(e.Dir, at.Name))
	return err == nil
}

// Down ends a cluster and forgets what is known of it.
func (e *Engine) Down(ctx context.Context, at labs.Place) error {
	h, unlock, err := e.enter(at, "take the cluster down")
	if err != nil {
		return err
	}
	defer unlock()
	if h.adopted() {
		return h.leave(ctx)
	}
	e.say("ending cluster %s", h.cluster.Name())
	if err := h.cluster.Stop(ctx); err != nil {
		return err
	}
	return h.remember(record{})
}

// on runs f on a lab that is set up.
func (e *Engine) on(ctx context.Context, l *labs.Lab, what string, f func(*held) error) error {
	return e.work(ctx, l.Place(), what, func(h *held) error {
		if !h.record.holds(l) {
			return fmt.Errorf("%s %w", l.ID, ErrNotSetUp)
		}
		if err := h.open(ctx); err != nil {
			return err
		}
		if !h.record.holds(l) { // the cluster had to be made anew
			return fmt.Errorf("%s %w any more: its cluster was gone", l.ID, ErrNotSetUp)
		}
		return f(h)
	})
}

// work runs f on a cluster that has room to go on.
func (e *Engine) work(ctx context.Context, at labs.Place, what string, f func(*held) error) error {
	h, unlock, err := e.begin(ctx, at, what)
	if err != nil {
		return err
	}
	defer unlock()
	return h.told(ctx, f(h))
}

// begin is enter for a cluster that has room to go on. Without room nothing is begun: what a full disk breaks
// looks like a learner's mistake, or like a cluster that is to be made anew.
func (e *Engine) begin(ctx context.Context, at labs.Place, what string) (*held, func(), error) {
	h, unlock, err := e.enter(at, what)
	if err != nil {
		return nil, nil, err
	}
	if err := h.room(ctx); err != nil {
		unlock()
		return nil, nil, err
	}
	return h, unlock, nil
}

func solveScript(c task.Change) []byte {
	for _, f := range c.Files {
		if f.Name == labs.SolveScript {
			return f.Data
		}
	}
	return nil
}

// WorkspaceFiles returns the files of a start with a change, without the script that is only run.
func WorkspaceFiles(l *labs.Lab, c task.Change) []task.File {
	var files []task.File
	for _, f := range l.Apply(c) {
		if f.Name != labs.SolveScript {
			files = append(files, f)
		}
	}
	return files
}
