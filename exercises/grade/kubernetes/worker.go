package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// Exit codes of a worker. 0 means that each item of the shard was judged, whatever came of it.
const (
	ExitFault    = 1
	ExitManifest = 42 // the manifest cannot be read: no other pod of the shard does better
	ExitRefused  = 43 // the worker must not judge on this cluster: no other pod does either
)

// ExitCode returns the exit code that a worker ends with.
func ExitCode(err error) int {
	var manifest *ManifestError
	var refused *RefusedError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &refused):
		return ExitRefused
	case errors.As(err, &manifest):
		return ExitManifest
	}
	return ExitFault
}

// A RefusedError is that of a worker that could judge and must not, since it cannot keep learners' programs apart. It
// ends the run.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

// A Shard is what one worker is told to do.
type Shard struct {
	Dir    string // of the manifest
	Items  string // which items the Job has: 0-19,25
	Size   int    // how many of them are one shard
	Index  int    // of the shard
	Secret []byte // that outcomes are signed with
	Name   string // of the worker, for outcomes: pod slipway-grade-7-abcde
}

// Worker judges the items of a shard in their order, and prints a line for each outcome. A fault of an item is an
// outcome too; an error means that the shard was not judged to its end.
func Worker(ctx context.Context, s Shard, judge grade.Judge, out io.Writer) error {
	m, err := Open(s.Dir)
	if err != nil {
		return err
	}
	all, err := parseRanges(s.Items, m.Len())
	if err != nil {
		return &ManifestError{err}
	}
	mine, err := shard(all, s.Size, s.Index)
	if err != nil {
		return &ManifestError{err}
	}
	for _, i := range mine {
		item, err := m.Item(i)
		if err != nil {
			return err
		}
		o := judged(ctx, judge, item)
		if ctx.Err() != nil {
			return fmt.Errorf("judge %s: %w", item.Key, context.Cause(ctx))
		}
		o.Worker = s.Name
		if err := writeOutcome(out, s.Secret, o); err != nil {
			return err
		}
	}
	return nil
}

func judged(ctx context.Context, judge grade.Judge, item grade.Item) grade.Outcome {
	o := grade.Outcome{Key: item.Key, Task: item.Task, Begin: time.Now().UTC()}
	var err error
	o.Result, o.Isolation, err = judge.Judge(ctx, item)
	o.End = time.Now().UTC()
	if err == nil {
		err = faultOfChecks(o.Result)
	}
	if err != nil {
		o.Fault = err.Error()
	}
	return o
}

// faultOfChecks returns the faults of ours that a result holds.
func faultOfChecks(r verdict.Result) error {
	var faults []error
	for _, c := range r.Checks {
		if c.Status == verdict.Error {
			faults = append(faults, fmt.Errorf("check %s: %s", c.ID, c.Fault))
		}
	}
	return errors.Join(faults...)
}
