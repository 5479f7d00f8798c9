package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/world"
	"github.com/spf13/cobra"
)

// language is the one that the course is read in.
const language = "en"

// A course is all that the commands work on.
type course struct {
	*content.Course
	root      string // of the checkout; empty for the built-in course
	content   fs.FS
	exercises fs.FS
	catalog   exercises.Catalog
}

// open loads the course.
func (a *app) open() (*course, error) {
	c, err := a.files()
	if err != nil {
		return nil, err
	}
	var contentErr, catalogErr error
	c.Course, contentErr = content.Load(c.content, language)
	c.catalog, catalogErr = exercises.Load(c.exercises)
	if err := errors.Join(contentErr, catalogErr); err != nil {
		return nil, fmt.Errorf("the course has mistakes:\n%w", err)
	}
	if err := c.Attach(c.catalog.Tasks().Meta()); err != nil {
		return nil, fmt.Errorf("the course has mistakes:\n%w", err)
	}
	return c, nil
}

// files finds the course: in the folder that was named, in the checkout around the current folder,
// or in the program.
func (a *app) files() (*course, error) {
	root := a.courseDir
	if root != "" && !isCheckout(root) {
		return nil, usagef("open course: %s has no %s", root, marker)
	}
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, fmt.Errorf("open course: %w", err)
		}
		root = checkoutAround(dir)
	}
	if root == "" {
		return &course{content: content.FS, exercises: exercises.FS}, nil
	}
	return &course{
		root:    root,
		content: os.DirFS(filepath.Join(root, "content")), exercises: os.DirFS(filepath.Join(root, "exercises")),
	}, nil
}

const marker = "content/course.yaml"

func isCheckout(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(marker)))
	return err == nil
}

func checkoutAround(dir string) string {
	for {
		if isCheckout(dir) {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// exercise returns the exercise with an id that was typed.
func (c *course) exercise(id string) (*exercises.Exercise, error) {
	if x := c.catalog.Get(strings.ToLower(id)); x != nil {
		return x, nil
	}
	return nil, usagef("there is no exercise %q: type slipway list to see them", id)
}

// inOrder returns the exercises in the order of the book.
func (c *course) inOrder() []*exercises.Exercise {
	var list []*exercises.Exercise
	for t := range c.Tasks() {
		if x := c.catalog.Get(t.ID); x != nil {
			list = append(list, x)
		}
	}
	return list
}

func (c *course) library() (*world.Library, error) {
	sub, err := fs.Sub(c.exercises, exercises.ModulesDir)
	if err != nil {
		return nil, fmt.Errorf("read modules: %w", err)
	}
	return world.LoadLibrary(sub)
}

// forExercise makes the body of a command whose first argument is the id of an exercise.
func (a *app) forExercise(f func(c *course, x *exercises.Exercise, rest []string) error) func(*cobra.Command, []string) error {
	return func(_ *cobra.Command, args []string) error {
		c, err := a.open()
		if err != nil {
			return err
		}
		x, err := c.exercise(args[0])
		if err != nil {
			return err
		}
		return f(c, x, args[1:])
	}
}

// completeNames completes what a shell opens for: the ids of exercises and the names of chapters.
func (a *app) completeNames(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	names, directive := a.completeIDs(cmd, args, typed)
	c, err := a.open()
	if err != nil || len(args) > 0 {
		return names, directive
	}
	for ch := range c.Chapters() {
		names = append(names, ch.Slug+"\t"+ch.Title)
	}
	return names, directive
}

// completeIDs completes the ids of exercises.
func (a *app) completeIDs(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, err := a.open()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var ids []string
	for _, x := range c.inOrder() {
		ids = append(ids, x.ID+"\t"+x.Title)
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// A judge runs checks and keeps the record. It is what the terminal and the browser ask alike.
type judge struct {
	app    *app
	course *course
	runner *check.Runner
}

// newJudge finds the go command and makes its build cache ready.
func (a *app) newJudge(ctx context.Context, c *course) (*judge, error) {
	lib, err := c.library()
	if err != nil {
		return nil, err
	}
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	tool, err := gotool.Find(ctx, cache)
	if err != nil {
		return nil, err
	}
	err = tool.Warm(ctx, func() {
		a.note("Compiling what checks build on, once for %s: about 20 seconds …\n", tool.Version)
	})
	if err != nil {
		return nil, err
	}
	return &judge{a, c, &check.Runner{Go: tool, Library: lib}}, nil
}

// Check runs the checks of an exercise on the learner's workspace and records what they gave. That it
// could not be recorded is told, and changes nothing of the verdict.
func (j *judge) Check(ctx context.Context, id string, report func(verdict.Check)) (verdict.Result, error) {
	x, err := j.course.exercise(id)
	if err != nil {
		return verdict.Result{}, err
	}
	root := j.app.work(j.course)
	if !root.Started(x.ID) {
		return verdict.Result{}, usagef("%s is not started: type slipway start %s", x.ID, x.ID)
	}
	cfg, err := worldOf(x)
	if err != nil {
		return verdict.Result{}, err
	}
	res, err := j.runner.RunDir(ctx, x.Task, cfg, root.Path(x.ID), report)
	if err != nil {
		return res, err
	}
	if err := root.Record(scored(res)); err != nil {
		j.app.note("slipway: %s is not recorded: %v\n", x.ID, err)
	}
	return res, nil
}

// next returns the first exercise after x that is not solved, or nil.
func (c *course) next(x *exercises.Exercise, solved func(id string) bool) *exercises.Exercise {
	list := c.inOrder()
	at := 0
	if x != nil {
		at = slices.Index(list, x) + 1
	}
	for _, y := range append(slices.Clone(list[at:]), list[:at]...) {
		if !solved(y.ID) && y != x {
			return y
		}
	}
	return nil
}
