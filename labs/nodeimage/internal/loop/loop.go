// Package loop runs an agent's rounds. A round looks at everything and mends what is not as it should
// be, so it does not matter which change called for it, nor how many did:
//
//	trigger := loop.NewTrigger()
//	kube.Notify(trigger.Pull, pods, policies)
//	err := trigger.Loop(ctx, reconcile)
package loop

import (
	"context"
	"log/slog"
	"time"
)

// A Trigger asks for a round. It collapses any number of pulls into one more round.
type Trigger chan struct{}

// NewTrigger returns a trigger.
func NewTrigger() Trigger { return make(Trigger, 1) }

// Pull asks for a round. It never blocks.
func (t Trigger) Pull() {
	select {
	case t <- struct{}{}:
	default:
	}
}

// How often rounds happen.
const (
	afterFailure  = 200 * time.Millisecond // doubled by each failure in a row, up to
	failureAtMost = 15 * time.Second
	atLeast       = time.Minute // mends what others broke on the node
)

// Loop calls round at once, after pulls, soon after a failure, and now and then, until ctx is done.
func (t Trigger) Loop(ctx context.Context, round func(context.Context) error) error {
	var failures time.Duration
	for {
		wait := atLeast
		if err := round(ctx); err == nil {
			failures = 0
		} else if ctx.Err() == nil {
			failures = min(max(2*failures, afterFailure), failureAtMost)
			wait = failures
			slog.Warn("will try again", "cause", err, "after", wait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t:
		case <-time.After(wait):
		}
	}
}
