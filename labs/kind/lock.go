package kind

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/slipway-workshop/slipway/exercises/atomicfile"
)

// notice is how long a lock is waited for before the wait is told.
const notice = 200 * time.Millisecond

// lock makes this process the only one that makes, mends or deletes the cluster. Whoever waits is told
// for whom.
func (c *Cluster) lock(ctx context.Context, step func(string)) (unlock func(), err error) {
	if err := os.MkdirAll(c.opts.Dir, 0o777); err != nil {
		return nil, fmt.Errorf("make folder for clusters: %w", err)
	}
	holder := c.file(".holder")
	free, err := lockFile(ctx, c.file(".lock"), func() {
		who, _ := os.ReadFile(holder) // unknown is no fault
		step("waiting for another slipway at work on " + c.name + ": " + strings.TrimSpace(string(who)))
	})
	if err != nil {
		return nil, fmt.Errorf("lock cluster %s: %w", c.name, err)
	}
	_ = atomicfile.Write(holder, []byte(self()+"\n")) // nobody else depends on it
	return free, nil
}

// self tells people which process this is.
func self() string {
	args := append([]string{filepath.Base(os.Args[0])}, os.Args[1:]...)
	return fmt.Sprintf("process %d, %s, since %s", os.Getpid(), strings.Join(args, " "), time.Now().Format(time.TimeOnly))
}

// lockFile locks a file, and calls waiting when another has it. A lock that comes after ctx is done is
// given back.
func lockFile(ctx context.Context, file string, waiting func()) (unlock func(), err error) {
	type result struct {
		unlock func()
		err    error
	}
	got := make(chan result, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(file).Lock()
		got <- result{unlock, err}
	}()
	select {
	case r := <-got:
		return r.unlock, r.err
	case <-time.After(notice):
		waiting()
	case <-ctx.Done():
	}
	select {
	case r := <-got:
		return r.unlock, r.err
	case <-ctx.Done():
		go func() {
			if r := <-got; r.err == nil {
				r.unlock()
			}
		}()
		return nil, context.Cause(ctx)
	}
}
