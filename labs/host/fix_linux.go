package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Fix puts this machine in order for clusters. say is told what is done, and how to undo it. What
// Slipway does not do by itself is an error that says what to type. Fixing a machine that is in order
// changes nothing; two fixes at once work one after the other.
func Fix(ctx context.Context, say func(line string)) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	w := &worker{machine: ThisMachine(), root: "/", program: program, say: say, spawn: spawn, patience: 2 * time.Minute}
	return w.fix(ctx)
}

// A worker makes the changes of one fix.
type worker struct {
	machine  *Machine
	root     string // the machine's file system
	program  string // this program, which holds the runtime
	say      func(string)
	spawn    func(program, log string) (exited <-chan struct{}, err error)
	patience time.Duration // for a daemon to answer
}

func (w *worker) fix(ctx context.Context) error {
	facts, err := w.machine.Look(ctx)
	if err != nil {
		return err
	}
	repairs := facts.Repairs()
	if len(repairs) == 0 {
		return nil
	}
	if !facts.System.Root {
		return w.needsRoot(facts, repairs)
	}
	unlock, err := w.lock(ctx)
	if err != nil {
		return fmt.Errorf("fix this machine: %w", err)
	}
	defer unlock()
	return w.repair(ctx)
}

// needsRoot is the error for somebody who may not change the machine.
func (w *worker) needsRoot(f Facts, repairs []Repair) error {
	var does []string
	for _, r := range repairs {
		if r.Hand != "" {
			return byHand(r)
		}
		does = append(does, r.Does)
	}
	return fmt.Errorf("fix this machine: it takes root to %s: %s", strings.Join(does, "; to "), f.System.fix)
}

func byHand(r Repair) error {
	return fmt.Errorf("fix this machine: %s: %s", r.Name, r.Hand)
}

// repair makes the first repair that is needed until none is, looking anew each time, since one may
// make another needless. One that fails does not keep the others from being made.
func (w *worker) repair(ctx context.Context) error {
	tried := map[string]error{}
	for {
		facts, err := w.machine.Look(ctx)
		if err != nil {
			return err
		}
		r, errs := next(facts.Repairs(), tried)
		if r == nil {
			return errors.Join(errs...)
		}
		tried[r.Name] = w.make(ctx, r)
	}
}

// next returns the first repair that was not tried, or else what those that are still needed failed of.
func next(repairs []Repair, tried map[string]error) (*Repair, []error) {
	var errs []error
	for _, r := range repairs {
		err, done := tried[r.Name]
		if !done {
			return &r, nil
		}
		if err == nil {
			err = fmt.Errorf("%s: was done, and is needed still: see what docker info says", r.Does)
		}
		errs = append(errs, err)
	}
	return nil, errs
}

func (w *worker) make(ctx context.Context, r *Repair) error {
	if r.Hand != "" {
		return byHand(*r)
	}
	w.say(r.Does + " …")
	begin := time.Now()
	if r.prepare != nil {
		undo, err := r.prepare(ctx, w)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Does, err)
		}
		r.Undo = undo
	}
	if err := w.recordUndo(r); err != nil {
		return err
	}
	if err := r.do(ctx, w); err != nil {
		return fmt.Errorf("%s: %w", r.Does, err)
	}
	w.say(fmt.Sprintf("  done in %.1f s; to undo: %s", time.Since(begin).Seconds(), strings.Join(r.Undo, "; ")))
	return nil
}

// lock waits until no other fix is at work on the machine.
func (w *worker) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(w.at(Dir), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(w.at(Dir+"/lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for told := false; ; told = true {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		if !told {
			w.say("another doctor --fix is at work: waiting for it")
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			f.Close()
			return nil, err
		}
	}
}

// at is where the machine's file is for us.
func (w *worker) at(file string) string { return filepath.Join(w.root, file) }

// run runs a program that must succeed.
func (w *worker) run(ctx context.Context, args ...string) error {
	_, err := w.output(ctx, args...)
	return err
}

// output is what a program prints that must succeed.
func (w *worker) output(ctx context.Context, args ...string) (string, error) {
	res, err := w.machine.Run(ctx, args...)
	if err != nil {
		return "", err
	}
	if res.ExitCode != 0 {
		return "", fmt.Errorf("%s: exit %d: %s", strings.Join(args, " "), res.ExitCode, lastLines(append(res.Stdout, res.Stderr...), 5))
	}
	return string(res.Stdout), nil
}

// lastLines are the last that say something, on one line.
func lastLines(out []byte, n int) string {
	var lines []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-n):], " | ")
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
