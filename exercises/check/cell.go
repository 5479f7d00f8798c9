package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// A Cell is where checks of one job run, with all that they start. Those of exercises/isolation hold a stranger's programs.
type Cell interface {
	// Dir is where a check makes its folder.
	Dir() string
	// Show makes a file or folder visible to commands, where they do not see all.
	Show(path string, mode isolation.Mode) error
	// Own lets commands write what the check has written below a folder that is shown.
	Own(path string) error
	// Listen listens on the loopback that commands see.
	Listen() (net.Listener, error)
	// Run runs a command, and ends all that it started.
	Run(ctx context.Context, c sandbox.Command) (sandbox.Result, error)
	Close() error
}

// cells are those of one job: one for its public checks, which so share what they have compiled, and one for each hidden
// check, since what one shows its commands stays visible in its cell.
type cells struct {
	runner *Runner

	mu     sync.Mutex
	public Cell
	all    []Cell
}

// of returns the cell for a check.
func (cs *cells) of(ctx context.Context, c task.Check) (Cell, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	switch {
	case cs.runner.Cell == nil:
		return open{}, nil
	case cs.public != nil && !c.Hidden:
		return cs.public, nil
	}
	cell, err := cs.runner.Cell(ctx)
	if err != nil {
		return nil, fmt.Errorf("make a cell: %w", err)
	}
	cs.all = append(cs.all, cell)
	if !c.Hidden {
		cs.public = cell
	}
	return cell, nil
}

// close closes all cells.
func (cs *cells) close() error {
	var errs []error
	for _, c := range cs.all {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// open is the cell of a learner's own checks: commands see what the learner sees.
type open struct{}

func (open) Dir() string                       { return os.TempDir() }
func (open) Show(string, isolation.Mode) error { return nil }
func (open) Own(string) error                  { return nil }
func (open) Close() error                      { return nil }

func (open) Listen() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

func (open) Run(ctx context.Context, c sandbox.Command) (sandbox.Result, error) {
	return sandbox.Run(ctx, c)
}

// isolated reports whether the check judges a stranger's work, whose programs may lay traps for the judge.
func (s *Session) isolated() bool { return s.runner.Cell != nil }

// show makes visible what the commands of every check see.
func (s *Session) show() error {
	return errors.Join(s.cell.Show(s.work, isolation.Write), s.cell.Show(s.world.Certificates(), isolation.Read))
}

// ready lets a command see the files of the check that it works in or is given, and hands over what the check has
// written. What no command needs, above all what a check compares with, stays with the judge.
func (s *Session) ready(c sandbox.Command) error {
	for _, entry := range s.Entries() {
		file := filepath.Join(s.Files(), entry)
		names := func(text string) bool {
			return strings.Contains(text+"/", file+"/") || strings.HasPrefix(text, "../") && strings.HasPrefix(filepath.Join(c.Dir, text)+"/", file+"/")
		}
		switch {
		case names(c.Dir):
			if err := s.showFile(file, isolation.Write); err != nil {
				return err
			}
		case slices.ContainsFunc(slices.Concat(c.Args, c.Env), names):
			if err := s.showFile(file, isolation.Read); err != nil {
				return err
			}
		}
	}
	return s.cell.Own(s.work)
}

// showFile shows a file or a folder of the check, where it is not shown so already.
func (s *Session) showFile(file string, mode isolation.Mode) error {
	if had, ok := s.shown[file]; ok && had >= mode {
		return nil
	}
	if s.shown == nil {
		s.shown = map[string]isolation.Mode{}
	}
	s.shown[file] = mode
	return s.cell.Show(file, mode)
}

// Entries returns the names of what lies in Files.
func (s *Session) Entries() []string {
	var names []string
	for _, f := range s.job.Task.Support {
		name, _, _ := strings.Cut(f.Name, "/")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// clear takes away what a command has left that would lead the judge elsewhere. The judge does not look into home.
func (s *Session) clear() error {
	if !s.isolated() {
		return nil
	}
	entries, err := os.ReadDir(s.work)
	for _, e := range entries {
		if e.Name() != "home" {
			err = errors.Join(err, sweepBelow(s.work, filepath.Join(s.work, e.Name())))
		}
	}
	for _, entry := range s.Entries() {
		err = errors.Join(err, sweepBelow(s.root, filepath.Join(s.Files(), entry)))
	}
	return err
}

// sweepBelow takes away from a folder, after a command, what would lead the judge out of root or hold it up when it
// reads or writes there: links that lead out, pipes, sockets and devices. Nothing of the command runs any more.
func sweepBelow(root, dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrPermission) && d.IsDir(): // the command has closed the folder
			if info, err := os.Lstat(name); err != nil || info.Mode().Perm()&0o700 == 0o700 {
				return errors.Join(err, fs.ErrPermission)
			}
			return errors.Join(os.Chmod(name, 0o700), sweepBelow(root, name))
		case err != nil:
			return err
		case d.IsDir() || d.Type().IsRegular():
			return nil
		case d.Type()&fs.ModeSymlink != 0 && leadsInside(root, name):
			return nil
		}
		return os.Remove(name)
	})
}

// leadsInside reports whether a link ends at something below root.
func leadsInside(root, name string) bool {
	end, err := filepath.EvalSymlinks(name)
	if err != nil {
		return false
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return false
	}
	inside, err := filepath.Rel(root, end)
	return err == nil && filepath.IsLocal(inside)
}

// blameRoom returns a fault of ours, or nothing where the learner's programs have filled the room of their cell, so that
// the check could not go on: that is a finding.
func (s *Session) blameRoom(fault string) string {
	if fault == "" || !s.isolated() || !errors.Is(probe(s.cell.Dir()), syscall.ENOSPC) {
		return fault
	}
	s.limit = "disk"
	s.findings = append(s.findings, verdict.Finding{
		Expected: s.expect, Actual: "what commands have written before fills the room that all of them may have", Why: s.why, Next: s.next,
	})
	return ""
}

var timeOfDay = regexp.MustCompile(`\b20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z`)

// timeless takes out of a text when the check ran, so that judging the same work again comes to the same words.
func (s *Session) timeless(text string) string {
	return timeOfDay.ReplaceAllStringFunc(text, func(found string) string {
		at, err := time.Parse(time.RFC3339, found)
		if err != nil || at.Before(s.begin.Truncate(time.Second)) || at.After(time.Now()) {
			return found
		}
		return "(time of the check)"
	})
}

// limited says what a command ran into, in the words of a finding.
func (s *Session) limited(limit string) string {
	switch limit {
	case "time":
		if s.isolated() {
			return "took longer than a check may, and was ended"
		}
		return fmt.Sprintf("was still running after %s and was ended", s.runner.deadline())
	case "output":
		return fmt.Sprintf("printed more than %d MB and was ended", sandbox.DefaultMaxOutput>>20)
	case "memory":
		return "needed more memory than a check may have, and was ended"
	case "processes":
		return "started more processes than a check may have"
	case "disk":
		return "wrote more than a check may have room for"
	}
	return "ran into the limit of " + limit
}
