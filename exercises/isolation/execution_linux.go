package isolation

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A process is a command of a room, as the backend of the room runs it.
type process interface {
	// start starts the command under its limits. The error is errNoFolder where its folder is not there.
	start(c sandbox.Command, x *execution) error

	// measure tells what the command, and all that it has started, uses.
	measure() usage

	// kill ends the command and all that it has started. It is called once, before await has returned.
	kill()

	// await returns when nothing of the command lives. It calls x.stop with "ended" when the command itself has ended.
	await() error

	// ended tells the exit code of a command that has ended by itself, and a limit that only the backend sees. said is
	// what the command has printed to its standard error.
	ended(said string, res *sandbox.Result) error
}

// errNoFolder is no fault: a command before may have removed the folder.
var errNoFolder = errors.New("the folder of the command is not there")

const (
	notFound = 127             // the exit code of shells for a program, or a folder, that is not there
	grace    = 2 * time.Second // how long the outputs of a command may stay open after it has ended
)

// An execution is a command while it runs, as far as all backends are alike.
type execution struct {
	limits         Limits
	group          *cgroup // nil where there are none
	stdout, stderr *output
	process        process

	mu   sync.Mutex
	over string // the limit for which it was stopped, or canceled, or ended when it had done so by itself
}

// stop ends the command and all that it has started. The first reason counts.
func (x *execution) stop(why string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over == "" {
		x.over = why
		x.process.kill()
	}
}

// hit names the limit of the cgroup that the command ran into, if any.
func (x *execution) hit() string {
	if x.group == nil {
		return ""
	}
	return x.group.hit()
}

// run runs a command in the room.
func (t *tenancy) run(ctx context.Context, c sandbox.Command, p process) (res sandbox.Result, err error) {
	x := &execution{limits: t.limits, process: p}
	if x.limits.Wall > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, x.limits.Wall)
		defer cancel()
	}
	if t.pool != nil {
		if x.group, err = t.takeGroup(); err != nil {
			return res, err
		}
		defer t.giveGroup(x.group)
		if err := x.group.begin(x.limits); err != nil {
			return res, err
		}
	}
	excess := func() { x.stop("output") }
	x.stdout, x.stderr = newOutput(x.limits, c.MaxOutput, excess), newOutput(x.limits, c.MaxOutput, excess)
	if c.Merge {
		x.stderr = x.stdout
	}
	err = p.start(c, x)
	if errors.Is(err, errNoFolder) {
		return sandbox.Result{ExitCode: notFound}, nil
	} else if err != nil {
		return res, err
	}
	begin := time.Now()
	gone := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { x.watch(ctx, t.ctx, gone) })
	err = p.await()
	close(gone)
	watching.Wait()
	if err != nil {
		return res, err
	}
	return x.result(ctx, t.ctx, c, time.Since(begin))
}

// result says how the command ended, of which nothing lives any more.
func (x *execution) result(ctx, room context.Context, c sandbox.Command, elapsed time.Duration) (sandbox.Result, error) {
	res := sandbox.Result{
		Stdout: x.stdout.kept.Bytes(), Stderr: x.stderr.kept.Bytes(), Truncated: x.stdout.lost || x.stderr.lost,
		ExitCode: -1, Elapsed: elapsed,
	}
	said := string(res.Stderr)
	if c.Merge {
		res.Stderr = nil
	}
	switch x.over {
	case "canceled":
		if ctx.Err() != nil {
			return res, context.Cause(ctx)
		}
		return res, context.Cause(room)
	case "ended":
		if err := x.process.ended(said, &res); err != nil {
			return res, err
		}
		if res.ExitCode == 128+int(unix.SIGXFSZ) {
			res.Limit = "disk"
		}
		res.Limit = cmp.Or(x.hit(), res.Limit)
	default:
		res.TimedOut = x.over == "time"
		res.Limit = cmp.Or(x.hit(), x.over) // a program that may start no more processes, say, runs into its time
	}
	return res, nil
}

// watch stops the command when its time is over, and when it uses more than it may: until it is gone, ctx ends, or the
// room does.
func (x *execution) watch(ctx, room context.Context, gone <-chan struct{}) {
	l := x.limits
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-gone:
			return
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				x.stop("time")
			} else {
				x.stop("canceled")
			}
			return
		case <-room.Done():
			x.stop("canceled")
			return
		case <-look.C:
		}
		u := x.process.measure()
		switch {
		case l.CPU > 0 && u.cpu > l.CPU:
			x.stop("cpu")
		case x.group != nil: // it counts memory and processes
		case l.Memory > 0 && u.memory > l.Memory:
			x.stop("memory")
		case l.Processes > 0 && u.processes >= l.Processes:
			x.stop("processes")
		}
	}
}
