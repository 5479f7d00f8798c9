package isolation

import (
	"context"
	"errors"
	"time"
)

// A watch ends a command when its time is over, and when it uses more than it may.
type watch struct {
	limits  Limits
	counted bool // a cgroup counts memory and processes
	measure func() usage
	kill    func(why string)
}

// until watches until stop, the end of ctx, or that of the room.
func (w watch) until(ctx, room context.Context, stop <-chan struct{}) {
	l := w.limits
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				w.kill("time")
			} else {
				w.kill("canceled")
			}
			return
		case <-room.Done():
			w.kill("canceled")
			return
		case <-look.C:
		}
		u := w.measure()
		switch {
		case l.CPU > 0 && u.cpu > l.CPU:
			w.kill("cpu")
		case w.counted:
		case l.Memory > 0 && u.memory > l.Memory:
			w.kill("memory")
		case l.Processes > 0 && u.processes >= l.Processes:
			w.kill("processes")
		}
	}
}
