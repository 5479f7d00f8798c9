package snapshot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
)

// Hooks let the caller of Restore see and do what the API server cannot. Each may be nil.
type Hooks struct {
	// Report is told the differences as they are found, the first of them by name.
	Report func(string)
	// Restart restarts the kubelet of a node whose Node object was deleted or does not become ready.
	// Without it the node is ready again when its kubelet reports next, within ten seconds.
	Restart func(ctx context.Context, node string) error
}

const (
	restoreLimit = time.Minute // where ctx has no deadline
	roundPause   = 100 * time.Millisecond
	slowNode     = 3 * time.Second
	startTime    = 5 * time.Second // of an API server, until it knows who may do what
)

// Restore brings the cluster to the baseline and returns when the digests are equal. It also deletes
// all Events, which would tell of what is no more. The error is an *Incomplete when the digests are
// not equal by the deadline of ctx, or in a minute where it has none; after an interruption Restore is
// simply run again. What others put into the cluster meanwhile is deleted like all that is left over.
func (c *Client) Restore(ctx context.Context, baseline *State, hooks Hooks) error {
	ctx = quiet(ctx)
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, restoreLimit)
		defer cancel()
	}
	r := newRestorer(c, baseline, hooks)
	for {
		same, err := r.round(ctx)
		if same {
			return nil
		}
		if err != nil && !done(ctx, err) {
			r.failure = err
		}
		if err := sleep(ctx, roundPause); err != nil || r.refused() {
			return &Incomplete{Changes: r.changes, Err: because(err, r.failure)}
		}
	}
}

// because returns why there is no further round: that the time is over, or what went wrong before.
func because(over, failure error) error {
	switch {
	case over == nil:
		return failure
	case failure == nil:
		return over
	}
	return fmt.Errorf("%w: %w", over, failure)
}

// A restorer works in rounds: it looks at everything, does all that can be done about what differs,
// and looks again. What it remembers from round to round is only when it began to wait for something.
type restorer struct {
	*Client
	baseline *State
	wanted   map[key]*Object
	hooks    Hooks

	mu       sync.Mutex
	asked    map[types.UID]time.Time // deletions that were asked for
	waiting  map[key]time.Time       // objects that do not become as they were
	found    map[types.UID]bool      // objects that were there when the restorer began; nil before
	orphans  map[types.UID]bool      // objects whose controller was not there in the last round
	renewed  map[string]bool         // nodes whose kubelets were restarted
	told     map[string]bool
	barriers int       // rounds that ended early
	shut     time.Time // since when the API server does not let us in

	before  *inventory      // of the last round
	touched map[string]bool // resources to look at next; nil for all
	changes []Change        // of the last round
	failure error           // of the last round that had one
}

func newRestorer(c *Client, baseline *State, hooks Hooks) *restorer {
	r := &restorer{
		Client: c, baseline: baseline, hooks: hooks, wanted: map[key]*Object{},
		asked: map[types.UID]time.Time{}, waiting: map[key]time.Time{}, orphans: map[types.UID]bool{},
		renewed: map[string]bool{}, told: map[string]bool{},
	}
	for i := range baseline.Objects {
		r.wanted[baseline.Objects[i].key()] = &baseline.Objects[i]
	}
	return r
}

// round reports whether nothing differs. The error is that of the first thing that went wrong; what
// else could be done was done.
func (r *restorer) round(ctx context.Context) (same bool, err error) {
	inv, err := r.look(ctx)
	if err != nil {
		return false, err
	}
	r.changes = r.baseline.Diff(inv.state())
	if len(r.changes) == 0 && len(inv.silent) == 0 {
		if !inv.whole {
			return false, nil
		}
		err := each(inv.of(namespaces), func(ns *item) error { return r.forget(ctx, ns) })
		return err == nil, err
	}
	r.remember(inv)
	r.tell()
	p := r.plan(inv)
	err = errors.Join(each(p.barriers, func(it *item) error { return r.remove(ctx, it) }),
		each(p.gates, func(c Change) error { return r.write(ctx, inv, c) }))
	if missing := r.unserved(inv); missing != "" {
		return false, errors.Join(err, fmt.Errorf("resource %s is not served", missing))
	}
	if len(p.barriers)+len(p.gates) > 0 && r.barriers < maxBarrierRounds {
		r.barriers++ // the API server takes a moment to know
		return false, err
	}
	r.before, r.touched = inv, p.touched(r.changes, inv)
	return false, errors.Join(err, r.carryOut(ctx, inv, p))
}

// look takes an inventory, of everything or of what the last round touched. It remembers since when
// that is refused.
func (r *restorer) look(ctx context.Context) (inv *inventory, err error) {
	before, touched := r.before, r.touched
	r.before, r.touched = nil, nil
	if touched != nil {
		inv, err = r.again(ctx, before, touched)
	} else {
		inv, err = r.inventory(ctx)
	}
	switch {
	case !apierrors.IsForbidden(err) && !apierrors.IsUnauthorized(err):
		r.shut = time.Time{}
	case r.shut.IsZero():
		r.shut = time.Now()
	}
	return inv, err
}

// refused reports whether the API server has not let us in for longer than it takes to start.
func (r *restorer) refused() bool {
	return !r.shut.IsZero() && time.Since(r.shut) > startTime
}

// unserved names a resource of the baseline that the API server does not serve, or nothing. Until it
// does, nobody can tell what is missing and what is left over. What a definition brings does not
// count.
func (r *restorer) unserved(inv *inventory) string {
	for _, o := range r.baseline.Objects {
		if _, served := inv.resources[o.Resource]; !served && r.wanted[key{resource: crds.id(), name: o.Resource}] == nil {
			return o.Resource
		}
	}
	return ""
}

// maxBarrierRounds bounds how often a round deals with barriers only, as one may not give way.
const maxBarrierRounds = 5

func (r *restorer) carryOut(ctx context.Context, inv *inventory, p *plan) error {
	var errs []error
	for _, wave := range p.deletions {
		errs = append(errs, each(wave, func(it *item) error { return r.remove(ctx, it) }))
	}
	errs = append(errs, r.finalize(ctx, inv, p))
	for _, wave := range p.writes {
		errs = append(errs, each(wave, func(c Change) error { return r.write(ctx, inv, c) }))
	}
	errs = append(errs, r.tend(ctx, inv, p), r.renew(ctx))
	return errors.Join(errs...)
}

// remember notes what a later round wants to know of this one.
func (r *restorer) remember(inv *inventory) {
	if r.found == nil {
		r.found = map[types.UID]bool{}
		for _, it := range inv.items {
			r.found[it.obj.GetUID()] = true
		}
	}
	still := map[key]time.Time{}
	for _, c := range r.changes {
		k := c.either().key()
		if still[k] = r.waiting[k]; still[k].IsZero() {
			still[k] = time.Now()
		}
	}
	r.waiting = still
}

// waited tells for how long an object has differed from the baseline.
func (r *restorer) waited(k key) time.Duration {
	since, ok := r.waiting[k]
	if !ok {
		return 0
	}
	return time.Since(since)
}

const maxReports = 10

func (r *restorer) tell() {
	if r.hooks.Report == nil {
		return
	}
	more := 0
	for _, c := range byOrder(r.changes) {
		text := string(c.Op) + ": " + c.Object
		switch {
		case r.told[text]:
		case len(r.told) < maxReports:
			r.hooks.Report(c.String())
		default:
			more++
		}
		r.told[text] = true
	}
	if more > 0 {
		r.hooks.Report(fmt.Sprintf("and %d more", more))
	}
}

// each does something about many things at a time and returns the first error.
func each[T any](things []T, do func(T) error) error {
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, t := range things {
		group.Go(func() error { return do(t) })
	}
	return group.Wait()
}

// renew restarts the kubelets of nodes that are not ready for long.
func (r *restorer) renew(ctx context.Context) error {
	for _, c := range r.changes {
		if c.Op == Changed && c.now.Resource == "nodes" && c.now.Condition == notReady && r.waited(c.now.key()) > slowNode {
			if err := r.restart(ctx, c.now.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// restart restarts a kubelet, once.
func (r *restorer) restart(ctx context.Context, node string) error {
	r.mu.Lock()
	again := r.renewed[node]
	r.renewed[node] = true
	r.mu.Unlock()
	if again || r.hooks.Restart == nil {
		return nil
	}
	if err := r.hooks.Restart(ctx, node); err != nil {
		return fmt.Errorf("restart kubelet of node %s: %w", node, err)
	}
	return nil
}
