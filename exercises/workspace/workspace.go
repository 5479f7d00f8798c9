// Package workspace is the learner's side: one folder a task, and the record of what is done.
//
//	work/x06/            the workspace of a task
//	work/.old/x06-…      what a reset or a solution replaced; never deleted by the program
//	work/progress.json   what has been solved and where the learner was
//	work/go.mod          keeps the go command from taking a go.mod further up for the learner's
package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/exercises/task"
)

// A Root is the folder of all workspaces.
type Root struct {
	Dir string
}

// guard is the go.mod of the folder of all workspaces, which is no module. Where a workspace has no
// go.mod of its own, the go command finds this one, says so, and neither reads nor changes that of a
// folder further up, such as Slipway's own checkout.
const guard = `// The go command has found this file because there is no go.mod in the folder where you typed it,
// nor between there and here. This folder holds workspaces and is not a module.
there-is-no-go.mod-in-your-workspace
`

// make makes the folder of all workspaces. A folder that holds other things is not taken, since the
// guard would come between these and the go command.
func (r Root) make() error {
	if err := os.MkdirAll(r.Dir, 0o777); err != nil {
		return fmt.Errorf("make folder for workspaces: %w", err)
	}
	if IsRoot(r.Dir) {
		return nil
	}
	if taken, err := r.taken(); err != nil {
		return err
	} else if taken {
		return fmt.Errorf("make folder for workspaces: %s holds other things: name a folder of its own, such as --work %s", r.Dir, filepath.Join(r.Dir, "work"))
	}
	return atomicfile.Write(filepath.Join(r.Dir, "go.mod"), []byte(guard))
}

// taken reports whether the folder holds things that are not ours. Another slipway may be making it now.
func (r Root) taken() (bool, error) {
	entries, err := os.ReadDir(r.Dir)
	if err != nil {
		return false, fmt.Errorf("make folder for workspaces: %w", err)
	}
	for _, e := range entries {
		if e.Name() == progressName {
			return false, nil
		}
	}
	visible := slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !strings.HasPrefix(e.Name(), ".") })
	return visible && !IsRoot(r.Dir), nil
}

// IsRoot reports whether dir is a folder of workspaces.
func IsRoot(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && string(data) == guard
}

// Path returns the workspace of a task.
func (r Root) Path(id string) string { return filepath.Join(r.Dir, id) }

// Started reports whether a task has a workspace.
func (r Root) Started(id string) bool {
	info, err := os.Stat(r.Path(id))
	return err == nil && info.IsDir()
}

// Start makes the workspace of a task. It is an error if there is one already.
func (r Root) Start(t *task.Task) error {
	if _, err := os.Lstat(r.Path(t.ID)); err == nil {
		return fmt.Errorf("start %s: %s is there already: %w", t.ID, r.Path(t.ID), fs.ErrExist)
	}
	_, err := r.Replace(t.ID, t.Start.Files)
	return err
}

// Replace gives a task's workspace other files: those of its start, or of a solution. What was there
// is kept, and old says where; it is empty when nothing was there. The new workspace is written
// beside its place first, so that an error, a full disk say, leaves the old one where it is; an error
// that does not, tells where the old one went.
func (r Root) Replace(id string, files []task.File) (old string, err error) {
	if err := r.make(); err != nil {
		return "", err
	}
	draft, err := os.MkdirTemp(r.Dir, ".new-"+id+"-")
	if err != nil {
		return "", fmt.Errorf("make workspace: %w", err)
	}
	defer os.RemoveAll(draft)
	if err := os.Chmod(draft, 0o755); err != nil {
		return "", fmt.Errorf("make workspace: %w", err)
	}
	if err := Materialise(draft, FromTask(files)); err != nil {
		return "", err
	}
	return r.install(id, draft)
}

// install moves a draft to the place of a workspace.
func (r Root) install(id, draft string) (old string, err error) {
	if _, err := os.Lstat(r.Path(id)); err == nil {
		if old, err = r.retire(id); err != nil {
			return "", err
		}
	}
	if err := os.Rename(draft, r.Path(id)); err != nil {
		err = fmt.Errorf("make workspace: %w", err)
		if old == "" {
			return "", err
		}
		if back := os.Rename(old, r.Path(id)); back != nil {
			return old, fmt.Errorf("%w (what was there is kept in %s: %w)", err, old, back)
		}
		return "", err
	}
	return old, nil
}

// retire moves a workspace out of the way under a name that was never used before.
func (r Root) retire(id string) (string, error) {
	dir := filepath.Join(r.Dir, ".old")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", fmt.Errorf("keep the old workspace: %w", err)
	}
	base := filepath.Join(dir, id+"-"+time.Now().Format("20060102-150405"))
	for n := 1; ; n++ {
		old := base
		if n > 1 {
			old = fmt.Sprintf("%s-%d", base, n)
		}
		if _, err := os.Lstat(old); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.Rename(r.Path(id), old); err != nil {
			return "", fmt.Errorf("keep the old workspace: %w", err)
		}
		return old, nil
	}
}
