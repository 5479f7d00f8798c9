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
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/world"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/engine"
	"github.com/slipway-workshop/slipway/labs/local"
	"github.com/spf13/cobra"
)

// A course is all that the commands work on.
type course struct {
	*content.Course
	root      string // of the checkout; empty for the built-in course
	content   fs.FS
	exercises fs.FS
	labs      fs.FS
	catalog   catalog
}

// A catalog is all tasks of the course.
type catalog struct {
	exercises exercises.Catalog
	labs      labs.Catalog
}

// load reads both catalogues, and reports the mistakes of both.
func (c *course) load() error {
	var errX, errLab error
	c.catalog.exercises, errX = exercises.Load(c.exercises)
	c.catalog.labs, errLab = labs.Load(c.labs)
	return errors.Join(errX, errLab)
}

// tasks returns the exercises, then the labs.
func (c catalog) tasks() task.Catalog { return append(c.exercises.Tasks(), c.labs.Tasks()...) }

// onCluster returns the lab with an id, if that is one that needs a cluster, or nil.
func (c catalog) onCluster(id string) *labs.Lab {
	if l := c.labs.Get(id); l != nil && l.Topology != labs.None {
		return l
	}
	return nil
}

// world reads the world that a task asks for. A lab on a cluster has the standard world.
func (c catalog) world(id string) (world.Config, error) {
	if x := c.exercises.Get(id); x != nil {
		return world.ParseConfig(x.Name+"/world.yaml", x.World)
	}
	if l := c.labs.Get(id); l != nil {
		return world.ParseConfig(l.Name+"/world.yaml", l.World)
	}
	return world.Config{}, nil
}

// get returns the task with an id, or nil.
func (c catalog) get(id string) *task.Task { return c.tasks().Get(id) }

// open loads the course. Drafts are known by name, and stand in no list.
func (a *app) open() (*course, error) {
	c, err := a.openDrafts()
	if err != nil {
		return nil, err
	}
	c.HideDrafts()
	return c, nil
}

// openDrafts loads the course with its drafts.
func (a *app) openDrafts() (*course, error) {
	c, err := a.files()
	if err != nil {
		return nil, err
	}
	var contentErr error
	c.Course, contentErr = content.Load(c.content, content.Source)
	if err := errors.Join(contentErr, c.load()); err != nil {
		return nil, fmt.Errorf("the course has mistakes:\n%w", err)
	}
	if err := c.Attach(c.catalog.tasks().Meta(content.Source)); err != nil {
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
		return &course{content: content.FS, exercises: exercises.FS, labs: labs.FS}, nil
	}
	return &course{
		root:    root,
		content: os.DirFS(filepath.Join(root, "content")), exercises: os.DirFS(filepath.Join(root, "exercises")),
		labs: os.DirFS(filepath.Join(root, "labs")),
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

// task returns the task with an id that was typed.
func (c *course) task(id string) (*task.Task, error) {
	if t := c.catalog.get(strings.ToLower(id)); t != nil {
		return t, nil
	}
	return nil, usagef("there is no task %q: type slipway list to see them", id)
}

// variant returns a variant of a task by its name.
func (c *course) variant(t *task.Task, name string) (*task.Task, error) {
	var names []string
	for _, v := range t.Variants {
		names = append(names, strings.TrimPrefix(v.ID, t.ID+"-"))
		if v.ID == t.ID+"-"+name {
			return v, nil
		}
	}
	if names == nil {
		return nil, usagef("%s has no variants", t.ID)
	}
	return nil, usagef("%s has no variant %q: it has %s", t.ID, name, strings.Join(names, ", "))
}

// inOrder returns the tasks in the order of the book.
func (c *course) inOrder() []*task.Task {
	var list []*task.Task
	all := c.catalog.tasks()
	for t := range c.Tasks() {
		list = append(list, all.Get(t.ID))
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

// forTask makes the body of a command whose first argument is the id of a task.
func (a *app) forTask(f func(ctx context.Context, c *course, t *task.Task, rest []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := a.open()
		if err != nil {
			return err
		}
		t, err := c.task(args[0])
		if err != nil {
			return err
		}
		return f(cmd.Context(), c, t, args[1:])
	}
}

// completeNames completes what a shell opens for: the ids of tasks and the names of chapters.
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

// completeIDs completes the ids of tasks.
func (a *app) completeIDs(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, err := a.open()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var ids []string
	for _, t := range c.inOrder() {
		ids = append(ids, t.ID+"\t"+t.Title)
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// A judge runs checks and keeps the record. It is what the terminal and the browser ask alike.
type judge struct {
	app    *app
	course *course
	runner *check.Runner
	engine *engine.Engine // of labs on a cluster

	builder local.Builder // of programs for labs without one
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
	j := &judge{app: a, course: c, runner: &check.Runner{Go: tool, Library: lib}}
	j.builder = local.Builder{Go: tool.Path(), Cache: filepath.Join(cache, "programs"), Say: func(text string) { a.note("%s\n", text) }}
	j.engine, err = a.newEngine(c, j.runner)
	return j, err
}

// Check runs the checks of a task on the learner's workspace and records what they gave. That it
// could not be recorded is told, and changes nothing of the verdict.
func (j *judge) Check(ctx context.Context, id string, report func(verdict.Check)) (verdict.Result, error) {
	t, err := j.course.task(id)
	if err != nil {
		return verdict.Result{}, err
	}
	root := j.app.work(j.course)
	if !root.Started(t.ID) {
		return verdict.Result{}, usagef("%s is not started: type slipway start %s", t.ID, t.ID)
	}
	res, err := j.run(ctx, t, root.Path(t.ID), report)
	if err != nil {
		return res, err
	}
	if err := root.Record(scored(res)); err != nil {
		j.app.note("slipway: %s is not recorded: %v\n", t.ID, err)
	}
	return res, nil
}

// run runs the checks of a task over a workspace, with what the task needs around it.
func (j *judge) run(ctx context.Context, t *task.Task, dir string, report func(verdict.Check)) (verdict.Result, error) {
	if l := j.course.catalog.onCluster(t.ID); l != nil {
		res, err := j.engine.Check(ctx, l, dir, report)
		return res, tellSetUp(l, err)
	}
	job, err := j.job(ctx, t)
	if err != nil {
		return verdict.Result{}, err
	}
	return j.runner.RunDir(ctx, job, dir, report)
}

// job is what a task without a cluster has around it.
func (j *judge) job(ctx context.Context, t *task.Task) (check.Job, error) {
	cfg, err := j.course.catalog.world(t.ID)
	if err != nil {
		return check.Job{}, err
	}
	job := check.Job{Task: t, World: cfg}
	l := j.course.catalog.labs.Get(t.ID)
	if l == nil {
		return job, nil
	}
	path, err := j.builder.BuildAll(ctx, l.Programs)
	job.Kit = &local.Kit{Path: path}
	return job, err
}

// programs returns the variables that lead to the programs of a lab without a cluster.
func (j *judge) programs(ctx context.Context, id string) ([]string, error) {
	l := j.course.catalog.labs.Get(strings.ToLower(id))
	if l == nil || l.Topology != labs.None {
		return nil, nil
	}
	path, err := j.builder.BuildAll(ctx, l.Programs)
	return (&local.Kit{Path: path}).Env(), err
}

// kindOf returns what kind of task t is; none at all means an exercise.
func kindOf(t *task.Task) string {
	if t != nil && strings.HasPrefix(t.ID, "lab-") {
		return "lab"
	}
	return "exercise"
}

// next returns the first task after t, of the same kind, that is not solved, or nil: what goes on by
// itself makes no cluster that nobody asked for.
func (c *course) next(t *task.Task, solved func(id string) bool) *task.Task {
	kind := kindOf(t)
	list := slices.DeleteFunc(c.inOrder(), func(other *task.Task) bool { return kindOf(other) != kind })
	at := 0
	switch {
	case t == nil:
	case t.Base != nil:
		at = max(0, slices.Index(list, t.Base)) // drafts are in no list
	default:
		at = slices.Index(list, t) + 1
	}
	for _, other := range append(slices.Clone(list[at:]), list[:at]...) {
		if !solved(other.ID) && other != t {
			return other
		}
	}
	return nil
}
