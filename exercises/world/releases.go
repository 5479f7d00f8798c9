package world

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/slipway-workshop/slipway/exercises/task"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// maxReleaseBytes bounds what is read of one release, so that a stray file cannot fill the memory.
const maxReleaseBytes = 16 << 20

// releases publishes a module from the learner's workspace: each folder below dir that is called
// like a version holds the module's tree at that version. It is read anew for every request, as a
// tag is there as soon as it is pushed.
type releases struct {
	path      string // module path
	workspace string
	from      string // folder in the workspace
}

func (r releases) versions(modPath string) ([]*Module, error) {
	if modPath != r.path {
		return nil, fs.ErrNotExist
	}
	root, err := os.OpenRoot(r.workspace) // so that no link leads out
	if err != nil {
		return nil, fs.ErrNotExist
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), r.from)
	if err != nil {
		return nil, fs.ErrNotExist // nothing released yet
	}
	var list []*Module
	for _, e := range entries {
		mv := module.Version{Path: modPath, Version: e.Name()}
		if !e.IsDir() || semver.Canonical(mv.Version) != mv.Version || module.Check(mv.Path, mv.Version) != nil {
			continue
		}
		m, err := r.read(root, mv)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b *Module) int { return semver.Compare(a.Version.Version, b.Version.Version) })
	return list, nil
}

// ignored says which folders are not published, and why.
func (r releases) ignored() []string {
	root, err := os.OpenRoot(r.workspace)
	if err != nil {
		return nil
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), r.from)
	if err != nil {
		return nil
	}
	var list []string
	for _, e := range entries {
		name := path.Join(r.from, e.Name())
		_, err := fs.Stat(root.FS(), name+"/go.mod")
		switch {
		case strings.HasPrefix(e.Name(), ".") || e.Type().IsRegular():
		case !e.IsDir():
			list = append(list, name+", since it is a link and no folder")
		case semver.Canonical(e.Name()) != e.Name():
			list = append(list, name+", since a version is called v and three numbers, such as v1.0.0")
		case module.Check(r.path, e.Name()) != nil:
			list = append(list, name+", since "+module.Check(r.path, e.Name()).Error())
		case err != nil:
			list = append(list, name+" has no go.mod, which a release of a module holds")
		}
	}
	return list
}

func (r releases) read(root *os.Root, mv module.Version) (*Module, error) {
	top := path.Join(r.from, mv.Version)
	var files []task.File
	room := int64(maxReleaseBytes)
	err := fs.WalkDir(root.FS(), top, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			if err == nil && d.IsDir() && d.Name() == ".git" {
				return fs.SkipDir
			}
			return err
		}
		data, err := readRegular(root, name, room)
		if room -= int64(len(data)); room < 0 {
			return errors.New("release is larger than 16 MB")
		}
		files = append(files, task.File{Name: strings.TrimPrefix(name, top+"/"), Data: data})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read release %s: %w", mv, err)
	}
	return newModule(mv, files)
}

// readRegular reads one byte more than there is room for at most. A program that runs at the same time may have put a
// pipe in the place of the file: opening it waits for nobody, and it is not read.
func readRegular(root *os.Root, name string, room int64) ([]byte, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is no regular file", name))
	}
	return io.ReadAll(io.LimitReader(f, room+1))
}
