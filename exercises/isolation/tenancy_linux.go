package isolation

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A tenancy is what rooms of all backends know of the commands in them.
type tenancy struct {
	ctx     context.Context // ends with the room
	end     context.CancelCauseFunc
	running sync.WaitGroup

	mu     sync.Mutex
	closed bool
	pool   *cgroups  // nil where there are none
	groups []*cgroup // that no command is in
}

// admit runs a command, unless the room is closed. Close waits for it.
func (t *tenancy) admit(ctx context.Context, c sandbox.Command, run func(context.Context, sandbox.Command) (sandbox.Result, error)) (sandbox.Result, error) {
	if len(c.Args) == 0 {
		return sandbox.Result{}, errors.New("run command: no arguments")
	}
	if ctx.Err() != nil {
		return sandbox.Result{}, fmt.Errorf("run %s: %w", c.Args[0], context.Cause(ctx))
	}
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return sandbox.Result{}, fmt.Errorf("run %s: %w", c.Args[0], errClosed)
	}
	t.running.Add(1)
	t.mu.Unlock()
	defer t.running.Done()
	res, err := run(ctx, c)
	if err != nil {
		err = fmt.Errorf("run %s: %w", c.Args[0], err)
	}
	return res, err
}

// takeGroup returns a cgroup. One that a command of this room has had is charged with the files that it wrote, which
// stay as long as the room does: others must not have it.
func (t *tenancy) takeGroup() (*cgroup, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last := len(t.groups) - 1; last >= 0 {
		c := t.groups[last]
		t.groups = t.groups[:last]
		return c, nil
	}
	return t.pool.take()
}

func (t *tenancy) giveGroup(c *cgroup) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.groups = append(t.groups, c)
}
