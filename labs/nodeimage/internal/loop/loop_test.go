package loop_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/loop"
)

// rounds counts the rounds of a loop in d, of which some fail, while pull is called at the start.
func rounds(t *testing.T, d time.Duration, pulls int, fails func(n int) bool) (n int) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		trigger := loop.NewTrigger()
		for range pulls {
			trigger.Pull()
		}
		err := trigger.Loop(ctx, func(context.Context) error {
			n++
			if fails(n) {
				return errors.New("broken")
			}
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
	})
	return n
}

func TestLoop(t *testing.T) {
	never, always := func(int) bool { return false }, func(int) bool { return true }
	for name, c := range map[string]struct {
		within time.Duration
		pulls  int
		fails  func(int) bool
		want   int
	}{
		"one round at once":                  {time.Second, 0, never, 1},
		"many pulls are one more round":      {time.Second, 100, never, 2},
		"one round a minute":                 {150 * time.Second, 0, never, 3},
		"soon again after a failure":         {time.Second, 0, func(n int) bool { return n == 1 }, 2},
		"ever less often while it fails":     {10 * time.Second, 0, always, 6}, // at 0, .2, .6, 1.4, 3, 6.2
		"but at least every fifteen seconds": {5 * time.Minute, 0, always, 26},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rounds(t, c.within, c.pulls, c.fails); got != c.want {
				t.Errorf("got %d rounds, want %d", got, c.want)
			}
		})
	}
}
