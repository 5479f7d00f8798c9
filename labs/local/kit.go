// Package local is what labs without a cluster have around them: servers on this machine, of programs that
// are built from their modules, in a module world.
//
// A check starts a script of the learner as a process manager would: in the foreground, with its output
// kept, and again a moment after it has ended. What it starts ends with the check.
package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

const (
	patience  = 15 * time.Second // for a server to answer
	breath    = 500 * time.Millisecond
	glance    = 50 * time.Millisecond
	shownTail = 600 // bytes of what a server printed
)

// A Kit is the kit of a lab that runs servers.
type Kit struct {
	Path []string // folders of programs

	mu      sync.Mutex
	running map[key]*service
}

type key struct {
	session *check.Session
	script  string
}

var _ check.Kit = (*Kit)(nil)

// Env implements check.Kit.
func (k *Kit) Env() []string {
	if len(k.Path) == 0 {
		return nil
	}
	return []string{"PATH=" + strings.Join(k.Path, string(os.PathListSeparator))}
}

// Plain implements check.Kit.
func (k *Kit) Plain(text string) string { return text }

// Commands implements check.Kit.
func (k *Kit) Commands() map[string]check.Command {
	return map[string]check.Command{
		"serve": {
			Usage:  "serve SCRIPT ADDRESS: starts a script of the workspace as a process manager would, until the check ends; ADDRESS answers soon",
			Judges: true, Run: k.serve,
		},
		"stop": {Usage: "stop SCRIPT: ends what serve has started", Run: k.stop},
	}
}

func (k *Kit) serve(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	if neg || len(args) != 2 {
		return check.Outcome{}, errors.New("usage: serve SCRIPT ADDRESS")
	}
	release, err := take(s.Context(), args[1])
	if err != nil {
		return check.Outcome{}, err
	}
	s.OnEnd(release)
	if answers(args[1]) {
		return check.Outcome{}, check.Fault{Err: fmt.Errorf("something answers at %s already: end it, and check again", args[1])}
	}
	ctx, cancel := context.WithCancel(s.Context())
	v := &service{cancel: cancel, done: make(chan struct{})}
	k.mu.Lock()
	if k.running == nil {
		k.running = map[key]*service{}
	}
	k.running[key{s, args[0]}] = v
	k.mu.Unlock()
	s.OnEnd(v.end)
	go v.run(ctx, sandbox.Command{Args: []string{"/bin/sh", s.Abs(args[0])}, Dir: s.Abs("."), Env: s.Env(), Merge: true})
	out := check.Outcome{}
	if !v.await(ctx, args[1]) {
		out = check.Found("`sh %s` is running, and nothing answers at %s after %s%s", args[0], args[1], patience, v.last())
		out.Ends = true
	}
	return out, nil
}

func (k *Kit) stop(s *check.Session, neg bool, args []string) (check.Outcome, error) {
	if neg || len(args) != 1 {
		return check.Outcome{}, errors.New("usage: stop SCRIPT")
	}
	k.mu.Lock()
	v := k.running[key{s, args[0]}]
	k.mu.Unlock()
	if v == nil {
		return check.Outcome{}, fmt.Errorf("stop: serve has not started %s", args[0])
	}
	v.end()
	return check.Outcome{}, nil
}

// addresses are those that a check is using: others wait for it.
var addresses sync.Map

// take waits until no other check uses an address.
func take(ctx context.Context, address string) (release func(), err error) {
	for {
		if _, taken := addresses.LoadOrStore(address, true); !taken {
			return func() { addresses.Delete(address) }, nil
		}
		select {
		case <-time.After(glance):
		case <-ctx.Done():
			return nil, check.Fault{Err: fmt.Errorf("other checks have been using %s all the time: check again", address)}
		}
	}
}

// A service is a script that is kept running.
type service struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	ended sandbox.Result // of its last run that ended
	runs  int            // that ended
}

// run runs the script again and again.
func (v *service) run(ctx context.Context, c sandbox.Command) {
	defer close(v.done)
	for ctx.Err() == nil {
		res, err := sandbox.Run(ctx, c)
		if err != nil {
			res = sandbox.Result{Stdout: []byte(err.Error()), ExitCode: -1}
		}
		v.mu.Lock()
		v.ended, v.runs = res, v.runs+1
		v.mu.Unlock()
		select {
		case <-time.After(breath):
		case <-ctx.Done():
		}
	}
}

// await reports whether an address answers before patience ends.
func (v *service) await(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for !answers(address) {
		select {
		case <-time.After(glance):
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func answers(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// last tells how the script's last run ended, if one has.
func (v *service) last() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.runs == 0 {
		return ""
	}
	text := bytes.TrimSpace(v.ended.Stdout)
	text = text[max(0, len(text)-shownTail):]
	return fmt.Sprintf("\nit was started %d times; the last one ended with code %d and printed:\n%s", v.runs, v.ended.ExitCode, text)
}

func (v *service) end() {
	v.cancel()
	<-v.done
}
