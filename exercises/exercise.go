// Package exercises is the catalogue of the exercises: tasks that need only the go command and a
// module world.
//
//	catalog/<id>-<slug>/   a task, as package task describes it
//	  world.yaml           what its module world is made of; without it, the standard world
package exercises

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/exercises/task"
)

// An Exercise is a task with its module world.
type Exercise struct {
	*task.Task
	World []byte // world.yaml, which package world reads; empty for the standard world

	variants Catalog
}

// Catalog is the list of all exercises.
type Catalog []*Exercise

// Get returns the exercise with an id, or nil. A variant is an exercise like any other.
func (c Catalog) Get(id string) *Exercise {
	for _, x := range c {
		if x.ID == id {
			return x
		}
		if v := x.variants.Get(id); v != nil {
			return v
		}
	}
	return nil
}

// Tasks returns the tasks of the exercises.
func (c Catalog) Tasks() task.Catalog {
	var tasks task.Catalog
	for _, x := range c {
		tasks = append(tasks, x.Task)
	}
	return tasks
}

// ModulesDir is the folder in FS, or in any copy of it, that holds the module world's modules.
const ModulesDir = "world/modules"

// Load reads the catalogue below folder catalog of fsys.
func Load(fsys fs.FS) (Catalog, error) {
	sub, err := fs.Sub(fsys, "catalog")
	if err != nil {
		return nil, fmt.Errorf("read exercises: %w", err)
	}
	tasks, err := task.LoadCatalog(sub)
	errs := []error{err}
	var cat Catalog
	for _, t := range tasks {
		if !strings.HasPrefix(t.ID, "x") {
			errs = append(errs, frontmatter.Position{File: t.File}.Errorf("exercise id %q does not begin with x", t.ID))
		}
		x, err := load(sub, t)
		errs = append(errs, err)
		cat = append(cat, x)
	}
	return cat, errors.Join(errs...)
}

// load reads what an exercise has beyond a task, and its variants.
func load(fsys fs.FS, t *task.Task) (*Exercise, error) {
	world, err := fs.ReadFile(fsys, t.Path(fsys, "world.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	} else if err != nil {
		err = fmt.Errorf("read exercise %s: %w", t.ID, err)
	}
	x, errs := &Exercise{Task: t, World: world}, []error{err}
	for _, v := range t.Variants {
		variant, err := load(fsys, v)
		errs = append(errs, err)
		x.variants = append(x.variants, variant)
	}
	return x, errors.Join(errs...)
}
