package isolation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A tenancy is what rooms of all backends have: a user, limits, and the commands that run in them.
type tenancy struct {
	door
	limits Limits
	user   *user
	ctx    context.Context // ends with the room
	end    context.CancelCauseFunc

	// under the mutex of the door
	pool      *cgroups  // nil where there are none
	groups    []*cgroup // that no command is in
	shown     []string  // folders for writing
	listeners []net.Listener
}

// open makes the tenancy ready for commands.
func (t *tenancy) open(ctx context.Context, l Limits, pool *cgroups) (err error) {
	t.limits, t.pool = l, pool
	t.ctx, t.end = context.WithCancelCause(context.WithoutCancel(ctx))
	t.user, err = takeUser()
	return err
}

// close waits for the commands, which end now, and gives back what the room had. undo removes the room itself.
func (t *tenancy) close(undo func() error) error {
	if !t.shut(func() { t.end(errClosed) }) {
		return nil
	}
	for _, l := range t.listeners {
		_ = l.Close()
	}
	err := undo()
	if t.pool != nil {
		t.pool.give(t.groups)
	}
	t.user.release()
	return err
}

// admit runs a command, unless the room is closed, which waits for it. The process is of the room's backend.
func (t *tenancy) admit(ctx context.Context, c sandbox.Command, p process) (sandbox.Result, error) {
	if len(c.Args) == 0 {
		return sandbox.Result{}, errors.New("run command: no arguments")
	}
	if ctx.Err() != nil {
		return sandbox.Result{}, fmt.Errorf("run %s: %w", c.Args[0], context.Cause(ctx))
	}
	if !t.enter() {
		return sandbox.Result{}, fmt.Errorf("run %s: %w", c.Args[0], errClosed)
	}
	defer t.leave()
	res, err := t.run(ctx, c, p)
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

// show notes a folder that commands may write in.
func (t *tenancy) show(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shown = append(t.shown, filepath.Clean(path))
}

// Own gives what is at path, in a folder that commands may write in, to their user.
func (t *tenancy) Own(path string) error {
	dir := t.shownAbove(path)
	if dir == "" {
		return fmt.Errorf("own %s: it is not shown for writing", path)
	}
	fd, err := openBelow(dir, path)
	if err == nil {
		defer unix.Close(fd)
		err = own(fd, t.user.id, 0)
	}
	if err != nil {
		return fmt.Errorf("own %s: %w", path, err)
	}
	return nil
}

// shownAbove returns the innermost folder for writing that holds path, or the empty string.
func (t *tenancy) shownAbove(path string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	dir := ""
	for _, s := range t.shown {
		if below(s, path) && len(s) > len(dir) {
			dir = s
		}
	}
	return dir
}

func below(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}
