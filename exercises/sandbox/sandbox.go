// Package sandbox runs one command under limits: a deadline that ends the command and everything it
// started, and a cap on what it may print. What a learner's program does is a Result; an error means
// that the command could not be run at all.
//
// On Unix a command gets a process group of its own, and what is left of the group ends with the
// command. A process that leaves the group, by setsid or as a job of an interactive shell, escapes:
// it goes on running, and its output is dropped two seconds after the command's end. On Windows only
// the command itself can be ended, as slipway doctor says.
package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// DefaultMaxOutput is the cap on each of a command's two outputs.
const DefaultMaxOutput = 1 << 20

// grace is how long a command's outputs may stay open after the command itself has ended.
const grace = 2 * time.Second

// A Command is what to run.
type Command struct {
	Args      []string // the program, by name or path, and its arguments
	Dir       string
	Env       []string // the whole environment
	Stdin     io.Reader
	MaxOutput int  // bytes of each output that are kept; 0 means DefaultMaxOutput
	Merge     bool // keep both outputs in Stdout, in the order in which they were written
}

// A Result is how a command ended.
type Result struct {
	Stdout, Stderr []byte
	Truncated      bool // some output was dropped
	ExitCode       int  // -1 when a signal or the deadline ended the command
	TimedOut       bool
	Limit          string // the limit that it ran into: time, cpu, output, memory, processes, disk; empty for none
	Elapsed        time.Duration
}

// Run runs the command until it ends or ctx is done, and ends its group. A ctx that is done already
// is an error.
func Run(ctx context.Context, c Command) (Result, error) {
	if len(c.Args) == 0 {
		return Result{}, errors.New("run command: no arguments")
	}
	if c.MaxOutput == 0 {
		c.MaxOutput = DefaultMaxOutput
	}
	if ctx.Err() != nil {
		return Result{}, fmt.Errorf("run %s: %w", c.Args[0], context.Cause(ctx))
	}
	stdout, stderr := &capped{room: c.MaxOutput}, &capped{room: c.MaxOutput}
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = c.Dir, c.Env, c.Stdin
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if c.Merge {
		cmd.Stderr = stdout
	}
	cmd.WaitDelay = grace
	group(cmd)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return Result{}, fmt.Errorf("run %s: %w", c.Args[0], err)
	}
	err := wait(ctx, cmd)
	res := Result{
		Stdout: stdout.buf.Bytes(), Stderr: stderr.buf.Bytes(), Truncated: stdout.dropped || stderr.dropped,
		ExitCode: cmd.ProcessState.ExitCode(), TimedOut: errors.Is(ctx.Err(), context.DeadlineExceeded),
		Elapsed: time.Since(begin),
	}
	if res.TimedOut {
		res.Limit = "time"
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return res, fmt.Errorf("run %s: %w", c.Args[0], context.Cause(ctx))
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) && !res.TimedOut {
		return res, fmt.Errorf("run %s: %w", c.Args[0], err)
	}
	return res, nil
}

// capped keeps the first bytes that are written to it and drops the rest, so that a command that
// prints without end is neither blocked nor remembered.
type capped struct {
	buf     bytes.Buffer
	room    int
	dropped bool
}

func (c *capped) Write(p []byte) (int, error) {
	keep := min(len(p), c.room)
	c.room -= keep
	c.dropped = c.dropped || keep < len(p)
	c.buf.Write(p[:keep])
	return len(p), nil
}
