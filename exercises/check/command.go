package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A Command is a command of check scripts. Run does it: what is not as the script says is in the
// Outcome; an error means that the check itself is broken, or, where it is a Fault, that something of
// ours is.
type Command struct {
	Usage  string
	Judges bool // can find something
	Run    func(s *Session, neg bool, args []string) (Outcome, error)
}

// An Outcome is what a command found that is not as it should be.
type Outcome struct {
	Found []string
	Ends  bool // the rest of the script builds on what was not found
}

// Found is the outcome of a command that found one thing.
func Found(format string, args ...any) Outcome {
	return Outcome{Found: []string{fmt.Sprintf(format, args...)}}
}

// A Kit adds to checks what a task has around it beside the module world. A lab's cluster is one.
type Kit interface {
	// Commands returns the commands that the kit adds, by name.
	Commands() map[string]Command
	// Env returns variables for whatever a check runs. A PATH among them stands before the check's.
	Env() []string
	// Plain takes out of a text what belongs to the kit and not to the learner's work.
	Plain(text string) string
}

// A Fault is an error of ours in the middle of a check: no mistake of the learner, nor of the check.
type Fault struct{ Err error }

func (f Fault) Error() string { return f.Err.Error() }
func (f Fault) Unwrap() error { return f.Err }

// OnEnd lets f end what a command has started, when the script has ended.
func (s *Session) OnEnd(f func()) { s.ends = append(s.ends, f) }

// Context ends when the check has to.
func (s *Session) Context() context.Context { return s.ctx }

// Files returns the folder of the files/… at hand for the script.
func (s *Session) Files() string { return filepath.Join(s.root, "files") }

// Abs returns the path of a file that a script names.
func (s *Session) Abs(name string) string { return s.ts.MkAbs(name) }

// Shown returns the last command as the learner would type it; nothing before the first.
func (s *Session) Shown() string { return s.command }

// Run runs a program in the script's current folder. What it prints is then looked at by the
// assertions about the last command; shown is what the learner would type to see the same.
func (s *Session) Run(shown string, c sandbox.Command) (sandbox.Result, error) {
	c.Merge = true
	if c.Dir == "" {
		c.Dir = s.Abs(".")
	}
	if c.Env == nil {
		c.Env = s.Env()
	}
	if errors.Is(s.ctx.Err(), context.DeadlineExceeded) { // what ran before took all the time
		res := sandbox.Result{ExitCode: -1, TimedOut: true, Limit: "time"}
		s.Remember(shown, res)
		return res, nil
	}
	if err := s.ready(c); err != nil {
		return sandbox.Result{}, Fault{err}
	}
	res, err := s.cell.Run(s.ctx, c)
	var missing *fs.PathError
	switch {
	case err != nil && s.isolated() && !errors.As(err, &missing): // the cell is not what it should be
		return res, Fault{err}
	case err != nil:
		return res, err
	}
	if err := s.clear(); err != nil {
		return res, Fault{err}
	}
	s.Remember(shown, res)
	return res, nil
}

// Remember makes a command that was run elsewhere, on a node say, the last one.
func (s *Session) Remember(shown string, res sandbox.Result) {
	s.command, s.last, s.misled = shown, res, false
}

// Env returns the environment of what the check runs, with what the script has set.
func (s *Session) Env() []string {
	var env []string
	for _, name := range s.vars {
		env = append(env, name+"="+s.ts.Getenv(name))
	}
	return env
}

// Ran judges the last command by how it ended: it must succeed, or with neg fail. Where it does not,
// nothing is said about what it printed.
func (s *Session) Ran(neg bool) Outcome {
	failed := s.last.ExitCode != 0
	s.misled = true
	switch {
	case s.last.Limit != "":
		if s.limit = s.last.Limit; s.limit == "cpu" {
			s.limit = "time" // which of the two comes first depends on what else the machine does
		}
		out := Found("`%s` %s", s.command, s.limited(s.limit))
		out.Ends = s.limit == "time"
		return out
	case failed && !neg:
		return Found("`%s` fails%s", s.command, quote(s.last.Stdout))
	case !failed && neg:
		return Found("`%s` succeeds%s", s.command, quote(s.last.Stdout))
	}
	s.misled = false
	return Outcome{}
}

// Do runs one command of a script: for commands that run others.
func (s *Session) Do(neg bool, args []string) (Outcome, error) {
	cmd, ok := commandsOf(s.job.Kit)[args[0]]
	if !ok {
		return Outcome{}, fmt.Errorf("unknown command %q", args[0])
	}
	return cmd.Run(s, neg, args[1:])
}

// commandsOf returns the commands of a check with a kit, which may be nil.
func commandsOf(kit Kit) map[string]Command {
	all := map[string]Command{}
	for name, c := range own {
		all[name] = c
	}
	if kit != nil {
		for name, c := range kit.Commands() {
			all[name] = c
		}
	}
	return all
}

// scriptCommands makes testscript's commands of ours.
func (s *Session) scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	list := map[string]func(*testscript.TestScript, bool, []string){}
	for name, c := range commandsOf(s.job.Kit) {
		list[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			s.ts = ts
			out, err := c.Run(s, neg, args)
			var fault Fault
			if errors.As(err, &fault) {
				s.broken = fault.Error()
			}
			ts.Check(err)
			for _, found := range out.Found {
				s.find(found)
			}
			if out.Ends {
				s.ended = true
				ts.Fatalf("finding recorded")
			}
		}
	}
	return list
}

// Usages returns how each command of a check with a kit is used, by name.
func Usages(kit Kit) map[string]string {
	usages := map[string]string{}
	for name, c := range commandsOf(kit) {
		usages[name] = c.Usage
	}
	return usages
}
