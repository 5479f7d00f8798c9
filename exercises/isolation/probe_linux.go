package isolation

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// probeLimits are reached in no time.
var probeLimits = Limits{
	CPU: 10 * time.Second, Wall: 10 * time.Second, Memory: 32 << 20, Disk: 4 << 20, Output: 64 << 10, Processes: 32,
}

// A probe is a script that a cell has to get the better of.
type probe struct {
	script  string
	promise *Strength // what falls to weak when it does not; nil: the backend is of no use
	missed  func(res sandbox.Result) string
	timed   bool // missed goes by the clock, by which a busy machine is not caught out at once
}

// tries is how often what goes by the clock is tried.
const tries = 3

// try runs the script in a room, and returns what it has missed, if anything.
func (p probe) try(ctx context.Context, r room, dir string) (missed string, err error) {
	for range tries {
		res, err := r.Run(ctx, sandbox.Command{
			Args: []string{"/bin/sh", "-c", p.script}, Dir: dir, Env: []string{"PATH=/usr/bin:/bin"},
		})
		if err != nil {
			return "", err
		}
		if missed = p.missed(res); missed == "" || !p.timed {
			break
		}
	}
	return missed, nil
}

// outlived is missed of a script that leaves a process behind, which holds its outputs open.
func outlived(res sandbox.Result) string {
	if res.Elapsed >= grace {
		return "what a command started outlives it"
	}
	return ""
}

// probe runs, in a cell with small limits, what must not succeed, and notes in a what does.
func (b *bubblewrap) probe(ctx context.Context, a *Achieved) error {
	r, err := b.makeRoom(ctx, probeLimits)
	if err != nil && b.overlay {
		b.overlay = false
		a.Notes = append(a.Notes, fmt.Sprintf("each cell builds with an empty build cache, which takes time: %v", err))
		r, err = b.makeRoom(ctx, probeLimits)
	}
	if err != nil {
		return err
	}
	defer r.Close()
	network, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return err
	}
	return probeRoom(ctx, r, a, probe{
		script: "echo works >file && cat file && readlink /proc/self/ns/net && tail -n +3 /proc/net/dev",
		missed: func(res sandbox.Result) string {
			switch out := string(res.Stdout); {
			case res.ExitCode != 0 || !strings.HasPrefix(out, "works\n"):
				return doesNotRun(res)
			case strings.Contains(out, network) || strings.Count(out, ":") != 2 || !strings.Contains(out, " lo:"):
				return "a command has a network that is not its own"
			}
			return ""
		},
	})
}

func doesNotRun(res sandbox.Result) string {
	return fmt.Sprintf("a command does not run (%d): %s", res.ExitCode, res.Stderr)
}

// probeRoom tries what a backend tells first, and then what all have to get the better of.
func probeRoom(ctx context.Context, r room, a *Achieved, first ...probe) error {
	secret := filepath.Join(r.Dir(), "secret")
	shown := filepath.Join(r.Dir(), "shown")
	if err := os.WriteFile(secret, []byte("secret"), 0o644); err != nil {
		return err
	}
	if err := os.Mkdir(shown, 0o755); err != nil {
		return err
	}
	if err := r.Show(shown, Write); err != nil {
		return err
	}
	for _, p := range append(first, []probe{
		{script: "cat " + secret + " /proc/1/environ || ls -A " + r.Dir() + " /root /home", missed: func(res sandbox.Result) string {
			if strings.Contains(string(res.Stdout), "secret") {
				return "a command reads what it was not shown"
			}
			return ""
		}},
		{script: "sleep 60 & exit 0", missed: outlived, timed: true},
		{script: "head -c 100m /dev/zero | tail -c 90m >/dev/null", promise: &a.Memory, missed: missed("memory")},
		{script: strings.Repeat("sleep 60 & ", probeLimits.Processes+8) + "exit 0", promise: &a.Memory, missed: missed("processes")},
		{script: "head -c 8m /dev/zero >file", promise: &a.Disk, missed: missed("disk")},
	}...) {
		missed, err := p.try(ctx, r, shown)
		if err != nil {
			return err
		}
		switch {
		case missed == "":
		case p.promise == nil:
			return fmt.Errorf("%s", missed)
		default:
			*p.promise = Weak
			a.Notes = append(a.Notes, missed)
		}
	}
	return nil
}

// missed says that a limit did not stop a command.
func missed(limit string) func(sandbox.Result) string {
	return func(res sandbox.Result) string {
		if res.Limit != "" || res.ExitCode != 0 {
			return ""
		}
		return "a command that goes beyond the limit of " + limit + " is not stopped"
	}
}
