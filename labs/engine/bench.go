package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// A Bench runs the trials of labs one after the other, each from a cluster that was taken back. It
// implements prove.Bench.
type Bench struct {
	engine *Engine

	mu    sync.Mutex
	first map[string]*firstState     // of clusters that were taken back, by name
	times map[string][]time.Duration // by step
}

// A firstState is what a cluster is before each trial on it.
type firstState struct {
	digest string
	seen   int // trials
}

// NewBench returns a bench over an engine, whose Took it takes.
func NewBench(e *Engine) *Bench {
	b := &Bench{engine: e, first: map[string]*firstState{}, times: map[string][]time.Duration{}}
	e.Took = b.took
	return b
}

func (b *Bench) took(step string, elapsed time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.times[step] = append(b.times[step], elapsed)
}

// Lint reports what a check of a lab must not do.
func (b *Bench) Lint(c task.Check) error { return check.Lint(c, Kit()) }

// Parallel is 1: there is one cluster.
func (b *Bench) Parallel() int { return 1 }

// Again is true: pods start and end when the machine comes to it.
func (b *Bench) Again() bool { return true }

// Try tries a change, and demands that the lab's cluster was before as each time before.
func (b *Bench) Try(ctx context.Context, t *task.Task, c task.Change) (verdict.Result, error) {
	l := b.engine.Catalog.Get(t.ID)
	if l == nil {
		return verdict.Result{}, fmt.Errorf("try %s: no lab has that id", t.ID)
	}
	dir, err := os.MkdirTemp("", "slipway-trial-")
	if err != nil {
		return verdict.Result{}, fmt.Errorf("try %s: %w", l.ID, err)
	}
	defer workspace.RemoveAll(dir)
	b.engine.say("%s: trying %s", l.ID, cmp.Or(c.Name, "the untouched start"))
	trial, err := b.engine.Try(ctx, l, c, dir)
	if err != nil {
		return verdict.Result{}, err
	}
	return trial.Result, b.same(l.Place().Name, trial.Digest)
}

// same demands that a cluster has the digest that it had the last time. One that a learner makes has none.
func (b *Bench) same(cluster, digest string) error {
	if digest == "" {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.first[cluster]
	if s != nil && s.digest == digest {
		s.seen++
		return nil
	}
	b.first[cluster] = &firstState{digest, 1}
	if s != nil {
		return fmt.Errorf("cluster %s had to be made anew: its state is %s, and was %s", cluster, digest, s.digest)
	}
	return nil
}

// Summary says to which state clusters were taken back, and how long resets, setups and checks that pass took;
// nothing where there were none.
func (b *Bench) Summary() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var parts []string
	for _, cluster := range slices.Sorted(maps.Keys(b.first)) {
		s := b.first[cluster]
		parts = append(parts, fmt.Sprintf("cluster %s had the state %s before each of %s", cluster, s.digest, verdict.Count(s.seen, "trial")))
	}
	for _, step := range []string{"reset", "setup", "check", stepOwn} {
		list := slices.Sorted(slices.Values(b.times[step]))
		if len(list) == 0 {
			continue
		}
		steps, of, _ := strings.Cut(step, " ")
		steps = strings.TrimSpace(steps + "s " + of)
		parts = append(parts, fmt.Sprintf("%d %s: median %.1f s, 95th percentile %.1f s, longest %.1f s", len(list), steps,
			quantile(list, 0.5).Seconds(), quantile(list, 0.95).Seconds(), list[len(list)-1].Seconds()))
	}
	return strings.Join(parts, "\n")
}

// quantile returns the value that a share of a sorted list does not exceed.
func quantile(sorted []time.Duration, share float64) time.Duration {
	at := int(share*float64(len(sorted))+0.999999) - 1
	return sorted[max(0, min(at, len(sorted)-1))]
}
