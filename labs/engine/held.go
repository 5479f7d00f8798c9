package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/nodefiles"
	"github.com/slipway-workshop/slipway/labs/snapshot"
)

// restoreDeadline is how long taking a cluster back may last before it is made anew.
const restoreDeadline = time.Minute

// A held is a cluster that one command works on while others wait.
type held struct {
	engine  *Engine
	place   labs.Place
	cluster labs.Cluster
	dir     string
	record  record
	kit     *kit
	fresh   bool // bare nodes that nobody has used yet
}

func (h *held) remember(r record) error {
	h.record = r
	return r.write(h.dir)
}

// open starts the cluster, or finds it running, and knows its baseline. A cluster that may have been
// changed before its baseline was taken is made anew.
func (h *held) open(ctx context.Context) error {
	switch h.place.Topology {
	case labs.Own:
		return h.openOwn(ctx)
	case labs.Bare:
		return h.openBare(ctx)
	}
	for range 2 {
		begin := time.Now()
		if err := h.cluster.Start(ctx, func(step string) { h.engine.say("%s: %s", h.cluster.Name(), step) }); err != nil {
			return err
		}
		client, err := snapshot.Open(ctx, h.cluster)
		if err != nil {
			return err
		}
		id, made, err := client.Identity(ctx)
		if err != nil {
			return err
		}
		_, statErr := os.Stat(h.baseline())
		if id == h.record.Cluster && statErr == nil {
			return h.equip(ctx, true)
		}
		if h.adopted() || made.After(begin.Add(-time.Second)) {
			if err := h.takeBaseline(ctx, client); err != nil {
				return err
			}
			if err := h.remember(record{Cluster: id}); err != nil {
				return err
			}
			return h.equip(ctx, true)
		}
		h.engine.say("%s: nothing is known of its first state: it is made anew", h.cluster.Name())
		if err := h.stop(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("start cluster %s: it is never new", h.cluster.Name())
}

// regain opens a cluster whatever was done to it: where it does not answer, its nodes' files are put
// back first, and where that is not enough it is made anew.
func (h *held) regain(ctx context.Context) error {
	err := h.open(ctx)
	if err == nil || ctx.Err() != nil || h.adopted() || h.place.Topology == labs.Own || errors.Is(err, labs.ErrNoRoom) {
		return err
	}
	h.engine.say("%s: %v", h.cluster.Name(), err)
	h.engine.say("%s: putting back the files of its nodes", h.cluster.Name())
	patience, cancel := context.WithTimeout(ctx, restoreDeadline)
	defer cancel()
	if _, err = nodefiles.Restore(patience, h.cluster, h.nodeFiles(), func(string) {}); err == nil {
		if err = h.open(ctx); err == nil {
			return nil
		}
	}
	if ctx.Err() != nil {
		return err
	}
	h.engine.say("%s: making it anew: %v", h.cluster.Name(), err)
	if err := h.stop(ctx); err != nil {
		return err
	}
	return h.open(ctx)
}

// equip makes what checks and shells need for the cluster, which may not be there yet.
func (h *held) equip(ctx context.Context, there bool) (err error) {
	var vars []string
	if h.engine.Vars != nil {
		if vars, err = h.engine.Vars(ctx); err != nil {
			return err
		}
	}
	h.kit, err = newKit(ctx, h.dir, h.engine.Self, h.place, h.cluster, there, vars)
	return err
}

// adopted reports whether somebody else made the cluster, who alone may end it.
func (h *held) adopted() bool {
	_, ok := h.cluster.(labs.Adopted)
	return ok
}

// room is labs.ErrNoRoom where the cluster has none to go on. One that was adopted is elsewhere.
func (h *held) room(ctx context.Context) error {
	if h.engine.Room == nil || h.adopted() || ctx.Err() != nil {
		return nil
	}
	return h.engine.Room(ctx)
}

// told adds to an error that the disk has become full meanwhile, which says more.
func (h *held) told(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, labs.ErrNoRoom) {
		return err
	}
	return errors.Join(err, h.room(ctx))
}

// leave takes a cluster that was adopted back to what it was, and leaves it running.
func (h *held) leave(ctx context.Context) error {
	if h.record.Lab != "" {
		if err := h.open(ctx); err != nil {
			return err
		}
		if _, err := h.clear(ctx); err != nil {
			return err
		}
	}
	h.engine.say("cluster %s was adopted, and is left running", h.cluster.Name())
	return nil
}

func (h *held) stop(ctx context.Context) error {
	if err := h.remember(record{}); err != nil {
		return err
	}
	return h.cluster.Stop(ctx)
}

// setup takes the cluster back and brings it to the start state of a lab.
func (h *held) setup(ctx context.Context, l *labs.Lab) (digest string, err error) {
	if digest, err = h.clear(ctx); err != nil {
		return "", err
	}
	begin := time.Now()
	h.engine.say("%s: setting up %s, about %s", h.cluster.Name(), l.ID, verdict.Count(l.Seconds, "second"))
	rec := record{Cluster: h.record.Cluster, Lab: l.ID, Digest: l.Digest}
	if err := h.remember(rec); err != nil {
		return "", err
	}
	if err := h.script(ctx, l, "setup", l.Setup); err != nil {
		return "", err
	}
	rec.Ready = true
	h.engine.say("%s: %s is set up", h.cluster.Name(), l.ID)
	h.engine.took("setup", time.Since(begin))
	return digest, h.remember(rec)
}

// script runs a script of a lab that must find nothing wrong.
func (h *held) script(ctx context.Context, l *labs.Lab, name string, s labs.Script) error {
	prepare := *h.kit
	prepare.prepare = true
	job := check.Job{
		Task:  &task.Task{ID: l.ID, Start: l.Start, Support: s.Files},
		Files: nil, Kit: &prepare,
	}
	v, err := h.engine.Runner.Script(ctx, job, task.Check{ID: name, Title: name, Why: " ", Next: " ", Script: s.Script, Pos: s.Pos})
	if err != nil {
		return err
	}
	switch v.Status {
	case verdict.Pass:
		return nil
	case verdict.Error:
		return fmt.Errorf("%s %s: %s", name, l.ID, v.Fault)
	}
	var found []string
	for _, f := range v.Findings {
		found = append(found, fmt.Sprintf("%s: expected %s, found %s", f.At, f.Expected, f.Actual))
	}
	return fmt.Errorf("%s %s: the start state is not as it should be, which is not your mistake:\n%s", name, l.ID, strings.Join(found, "\n"))
}

// clear takes the cluster back to its baseline, and makes it anew where that fails.
func (h *held) clear(ctx context.Context) (digest string, err error) {
	switch h.place.Topology {
	case labs.Own:
		return "", h.clearOwn(ctx)
	case labs.Bare:
		return "", h.clearBare(ctx)
	}
	if last := h.engine.Catalog.Get(h.record.Lab); last != nil && last.Reset != nil {
		last = renamingFor(h.place).lab(last)
		if err := h.script(ctx, last, "reset", *last.Reset); err != nil && ctx.Err() != nil {
			return "", err // any other failure shows in the digest
		}
	}
	begin := time.Now()
	digest, err = h.restore(ctx)
	if err == nil {
		h.engine.say("%s: is as it was made", h.cluster.Name())
		h.engine.took("reset", time.Since(begin))
		return digest, h.remember(record{Cluster: h.record.Cluster})
	}
	if ctx.Err() != nil || h.adopted() {
		return "", err
	}
	h.engine.say("%s: cannot be taken back, so it is made anew: %v", h.cluster.Name(), err)
	if err := h.stop(ctx); err != nil {
		return "", err
	}
	if err := h.open(ctx); err != nil {
		return "", err
	}
	return h.restore(ctx)
}

// check runs the checks of a lab that is set up.
func (h *held) check(ctx context.Context, l *labs.Lab, dir string, report func(verdict.Check)) (verdict.Result, error) {
	r := h.engine.Runner
	if l.Alone {
		r = &check.Runner{Go: r.Go, Library: r.Library, Deadline: r.Deadline, Parallel: 1}
	}
	res, err := r.RunDir(ctx, check.Job{Task: l.Task, Kit: h.kit}, dir, report)
	if err == nil && res.Status != verdict.Pass {
		err = h.room(ctx) // nothing can be said of work on a cluster whose disk is full
	}
	return res, err
}

// solve runs what a solution types, if it types anything. A cluster that the learner is to make may be
// there afterwards.
func (h *held) solve(ctx context.Context, script []byte, dir string) (string, error) {
	if script == nil {
		return "", nil
	}
	out, err := h.shell(ctx, script, dir)
	if err == nil && (h.place.Topology == labs.Own || h.place.Topology == labs.Bare) {
		err = h.open(ctx)
	}
	return out, err
}

// shell runs a script in a folder as a learner would type it.
func (h *held) shell(ctx context.Context, script []byte, dir string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, solveDeadline)
	defer cancel()
	res, err := sandbox.Run(ctx, sandbox.Command{
		Args: []string{"/bin/sh", "-e", "-s"}, Stdin: strings.NewReader(string(script)), Dir: dir,
		Env: check.WithKit(os.Environ(), h.kit.Env()), Merge: true,
	})
	switch {
	case err != nil:
		return "", err
	case res.TimedOut:
		return string(res.Stdout), &scriptError{fmt.Sprintf("still running after %s", solveDeadline)}
	case res.ExitCode != 0:
		return string(res.Stdout), &scriptError{fmt.Sprintf("exit code %d:\n%s", res.ExitCode, res.Stdout)}
	}
	return string(res.Stdout), nil
}

// A scriptError says how what was typed ended, where it did not end well.
type scriptError struct{ how string }

func (e *scriptError) Error() string { return "run " + labs.SolveScript + ": " + e.how }
