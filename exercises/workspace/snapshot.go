package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/exercises/task"
)

// Limits of what a check copies from a workspace.
const (
	maxFiles = 5000
	maxBytes = 64 << 20
)

// A Refusal says why a workspace cannot be checked. It is the learner's to mend.
type Refusal struct {
	Path   string // in the workspace
	Reason string
	Next   string
}

func (r *Refusal) Error() string { return fmt.Sprintf("read workspace: %s: %s", r.Path, r.Reason) }

// A File is one file of a snapshot.
type File struct {
	Name string // with slashes, below the workspace
	Data []byte
	Exec bool
	Link string // target of a symbolic link; Data is empty then
}

// Snapshot reads a workspace whole, so that a check sees one state of it however long it runs and
// whatever is saved meanwhile. It leaves out .git and what is neither file nor folder nor link; dir itself
// may be a link. The error is a *Refusal where the learner can mend it.
func Snapshot(dir string) ([]File, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("read workspace: %w", err)
	}
	var files []File
	room := int64(maxBytes)
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return unreadable(dir, name, err)
		}
		if d.IsDir() {
			if d.Name() == ".git" {
				return fs.SkipDir
			}
			return nil
		}
		f, size, err := readFile(dir, name, d)
		if err != nil || f.Name == "" {
			return err
		}
		files = append(files, f)
		if room -= size; room < 0 || len(files) > maxFiles {
			return tooLarge(f.Name)
		}
		return nil
	})
	return files, err
}

func tooLarge(last string) error {
	return &Refusal{last, fmt.Sprintf("the workspace holds more than %d files or %d MB", maxFiles, maxBytes>>20),
		"delete what does not belong to the task, such as built programs and downloaded modules"}
}

func unreadable(dir, name string, err error) error {
	rel, relErr := filepath.Rel(dir, name)
	if errors.Is(err, fs.ErrPermission) && relErr == nil {
		return &Refusal{filepath.ToSlash(rel), "you may not read it", "chmod -R u+rwX " + filepath.ToSlash(rel)}
	}
	return fmt.Errorf("read workspace: %w", err)
}

func readFile(dir, name string, d fs.DirEntry) (File, int64, error) {
	rel, err := filepath.Rel(dir, name)
	if err != nil {
		return File{}, 0, fmt.Errorf("read workspace: %w", err)
	}
	f := File{Name: filepath.ToSlash(rel)}
	info, err := d.Info()
	switch {
	case errors.Is(err, fs.ErrNotExist): // gone since the folder was read
		return File{}, 0, nil
	case err != nil:
		return File{}, 0, unreadable(dir, name, err)
	case d.Type()&fs.ModeSymlink != 0:
		f.Link, err = link(dir, name, f.Name)
		return f, 0, err
	case !d.Type().IsRegular():
		return File{}, 0, nil
	case info.Size() > maxBytes:
		return File{}, 0, tooLarge(f.Name)
	}
	f.Exec = info.Mode()&0o100 != 0
	f.Data, err = os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return File{}, 0, nil
	} else if err != nil {
		return File{}, 0, unreadable(dir, name, err)
	}
	return f, info.Size(), nil
}

// link reads a symbolic link, which must stay inside the workspace, whatever other links it goes
// through, to mean the same in a copy.
func link(dir, name, rel string) (string, error) {
	target, err := os.Readlink(name)
	if err != nil {
		return "", fmt.Errorf("read workspace: %w", err)
	}
	end, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", &Refusal{rel, "it is a symbolic link that leads nowhere", "rm " + rel}
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("read workspace: %w", err)
	}
	inside, err := filepath.Rel(root, end)
	if filepath.IsAbs(target) || err != nil || !filepath.IsLocal(inside) {
		return "", &Refusal{rel, "it is a symbolic link that leads out of the workspace", "replace the link by what it leads to: rm " + rel}
	}
	return target, nil
}

// Materialise writes a snapshot below dir.
func Materialise(dir string, files []File) error {
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return fmt.Errorf("write workspace: %w", err)
		}
		var err error
		switch {
		case f.Link != "":
			err = os.Symlink(f.Link, name)
		case f.Exec:
			err = os.WriteFile(name, f.Data, 0o777)
		default:
			err = os.WriteFile(name, f.Data, 0o666)
		}
		if err != nil {
			return fmt.Errorf("write workspace: %w", err)
		}
	}
	return nil
}

// FromTask turns the files of a task into a snapshot.
func FromTask(files []task.File) []File {
	list := make([]File, len(files))
	for i, f := range files {
		list[i] = File{Name: f.Name, Data: f.Data}
	}
	return list
}

// RemoveAll removes dir, also where the go command has made folders read-only.
func RemoveAll(dir string) error {
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(name, 0o777) // if it cannot be, RemoveAll says so
		}
		return nil
	})
	return os.RemoveAll(dir)
}
