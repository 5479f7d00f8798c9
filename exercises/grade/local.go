package grade

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// mostTries is how often an item is judged at the most, as long as faults of ours prevent a result.
const mostTries = 3

// Local is the engine that judges on this machine.
type Local struct {
	Judge   Judge
	Workers int           // 0: one for each core
	Pause   time.Duration // between a fault and the next try
}

var _ Engine = Local{}

// Grade implements Engine.
func (l Local) Grade(ctx context.Context, items []Item, done func(Outcome) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue, results := make(chan Item), make(chan Outcome)
	var workers sync.WaitGroup
	for n := range min(cmp.Or(l.Workers, runtime.GOMAXPROCS(0)), len(items)) {
		workers.Go(func() {
			for item := range queue {
				if o := l.item(ctx, item, fmt.Sprintf("local/%d", n+1)); o.Fault == "" || ctx.Err() == nil {
					results <- o
				}
			}
		})
	}
	go func() {
		defer close(results)
		feed(ctx, queue, items)
		workers.Wait()
	}()
	var failed error
	for o := range results {
		if failed != nil {
			continue
		}
		if failed = done(o); failed != nil {
			cancel(failed)
		}
	}
	return cmp.Or(failed, context.Cause(ctx))
}

func feed(ctx context.Context, queue chan<- Item, items []Item) {
	defer close(queue)
	for _, item := range items {
		select {
		case queue <- item:
		case <-ctx.Done():
			return
		}
	}
}

// item judges an item until there is a result, at most three times.
func (l Local) item(ctx context.Context, item Item, worker string) Outcome {
	o := Outcome{Key: item.Key, Task: item.Task, Worker: worker}
	for n := 1; ; n++ {
		o.Begin = time.Now().UTC()
		var err error
		o.Result, o.Isolation, err = l.safely(ctx, item)
		o.End = time.Now().UTC()
		if err == nil {
			o.Fault = ""
			return o
		}
		o.Fault, o.Result = err.Error(), verdict.Result{}
		o.Tries = append(o.Tries, Try{Begin: o.Begin, End: o.End, Worker: worker, Fault: o.Fault})
		if n == mostTries || !pause(ctx, l.Pause) {
			return o
		}
	}
}

// safely judges an item. A judge that panics has a fault, and so has a result that says that a check could not run.
func (l Local) safely(ctx context.Context, item Item) (r verdict.Result, a isolation.Achieved, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the judge panics: %v", p)
		}
	}()
	r, a, err = l.Judge.Judge(ctx, item)
	if err == nil {
		err = faultOf(r)
	}
	return r, a, err
}

// faultOf returns the faults of ours that a result holds.
func faultOf(r verdict.Result) error {
	var faults []string
	for _, c := range r.Checks {
		if c.Status == verdict.Error {
			faults = append(faults, c.ID+": "+c.Fault)
		}
	}
	if faults == nil && r.Status == verdict.Error {
		return errors.New("the task could not be judged")
	} else if faults == nil {
		return nil
	}
	return errors.New(strings.Join(faults, "; "))
}

// pause waits, and reports whether there is reason to go on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
