package task

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// LoadHidden reads an instructor's folder of hidden checks and returns, by id, the tasks with these added. The folder
// has the form of a catalogue, of which only the checks are there:
//
//	x06-build-list/checks.txtar      checks for x06, and files/… for them
//	x06-prerelease/checks.txtar      for a variant
//
// Hidden checks are added to those of the task, and change none: an id, or the name of a file, that the task has
// already is a mistake. The error joins all mistakes found.
func LoadHidden(fsys fs.FS, cat Catalog) (map[string]*Task, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read hidden checks: %w", err)
	}
	found := map[string]*Task{}
	var errs []error
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		at := frontmatter.Position{File: e.Name()}
		t := cat.named(e.Name())
		switch {
		case t == nil:
			errs = append(errs, at.Errorf("folder is called like no task: name it by the id of one, such as x06"))
			continue
		case found[t.ID] != nil:
			errs = append(errs, at.Errorf("folder is the second one for %s", t.ID))
			continue
		}
		with, err := t.withHidden(fsys, e.Name())
		errs = append(errs, err)
		found[t.ID] = with
	}
	err = errors.Join(errs...)
	if err == nil && len(found) == 0 {
		err = errors.New("read hidden checks: the folder holds none: x06/checks.txtar would be those of x06")
	}
	return found, err
}

// named returns the task or the variant that has an id or the name of a folder, or nil.
func (c Catalog) named(name string) *Task {
	if t := c.Get(name); t != nil {
		return t
	}
	i := slices.IndexFunc(c, func(t *Task) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return c[i]
}

// withHidden returns the task with the checks in folder dir of fsys added.
func (t *Task) withHidden(fsys fs.FS, dir string) (*Task, error) {
	with := *t
	l := loader{fsys: fsys, dir: dir, task: &with}
	name, data := l.read("checks.txtar")
	if data == nil {
		return nil, errors.Join(l.errs...)
	}
	a, err := ParseArchive(name, data)
	if err != nil {
		return nil, err
	}
	checks, support := l.scripts(a)
	if len(checks) == 0 {
		l.fail(frontmatter.Position{File: name}.Errorf("archive holds no check"))
	}
	for i := range checks {
		checks[i].Hidden = true
		if slices.ContainsFunc(t.Checks, func(c Check) bool { return c.ID == checks[i].ID }) {
			l.fail(checks[i].Pos.Errorf("%s has a check %s already: hidden checks are added, and take the place of none", t.ID, checks[i].ID))
		}
	}
	for _, f := range support {
		if slices.ContainsFunc(t.Support, func(have File) bool { return have.Name == f.Name }) {
			l.fail(frontmatter.Position{File: name, Line: f.Line, Col: 1}.Errorf("%s has a file %s for its checks already: give this one another name", t.ID, path.Join("files", f.Name)))
		}
	}
	with.Checks = append(slices.Clone(t.Checks), checks...)
	with.Support = append(slices.Clone(t.Support), support...)
	with.Digest = content.Digest([]byte(t.Digest + "\n" + content.Digest(data) + "\n"))
	return &with, errors.Join(l.errs...)
}
