package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A Cell is where a check runs, with all that it starts. Those of exercises/isolation hold a stranger's programs.
type Cell interface {
	// Dir is where the check makes its folder.
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

// cell opens a cell for a check.
func (r *Runner) cell(ctx context.Context) (Cell, error) {
	if r.Cell == nil {
		return open{}, nil
	}
	return r.Cell(ctx)
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
func (s *Session) show(home, ws string) error {
	return errors.Join(s.cell.Show(home, isolation.Write), s.cell.Show(ws, isolation.Write), s.cell.Show(s.world.Certificates(), isolation.Read))
}

// own hands over what the check has written to the workspace.
func (s *Session) own() error { return s.cell.Own(filepath.Join(s.work, "ws")) }

// sweep takes away from the workspace, after a command, what would lead the judge elsewhere or hold it up when it
// reads or writes there: links that lead out, pipes, sockets and devices. Nothing of the command runs any more.
func sweep(dir string) error {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	return sweepBelow(root, root)
}

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
	inside, err := filepath.Rel(root, end)
	return err == nil && filepath.IsLocal(inside)
}

// limited says what a command ran into, in the words of a finding.
func (s *Session) limited(limit string) string {
	switch limit {
	case "time":
		return fmt.Sprintf("was still running after %s and was ended", s.runner.deadline())
	case "cpu":
		return "computed for longer than a check may, and was ended"
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
