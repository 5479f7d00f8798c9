package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/task"
)

// A grading is one run of slipway grade.
type grading struct {
	app    *app
	opts   gradeOptions
	course *course
	tasks  map[string]*task.Task // with their hidden checks
	cells  *isolation.Backend    // nil where pods judge
	config grade.Config
	said   time.Time       // when progress was told last
	faults map[string]bool // that were told
}

// newGrading reads the course, the hidden checks and the class, and finds out what this machine can hold.
func (a *app) newGrading(ctx context.Context, opts gradeOptions) (*grading, error) {
	c, err := a.open()
	if err != nil {
		return nil, err
	}
	g := &grading{app: a, opts: opts, course: c, faults: map[string]bool{}}
	if err := g.readTasks(); err != nil {
		return nil, err
	}
	if err := g.readClass(); err != nil {
		return nil, err
	}
	if err := g.setPolicy(); err != nil {
		return nil, usagef("grade: %w", err)
	}
	g.config.Settings, g.config.Trust, g.config.Told = opts, opts.Trust, g.told
	j, err := a.newJudge(ctx, c)
	if err != nil {
		return nil, err
	}
	g.config.Build = grade.Build{Go: j.runner.Go.Version, Limits: gradingLimits().String()}
	if opts.Engine == kubernetesEngine {
		return g, g.judgeInPods(ctx)
	}
	return g, g.judgeHere(ctx, j)
}

// judgeHere grades with the processors of this machine.
func (g *grading) judgeHere(ctx context.Context, j *judge) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find slipway itself: %w", err)
	}
	if g.config.Build.Slipway, err = buildOf(self); err != nil {
		return err
	}
	if g.cells, err = openCells(ctx, j); err != nil {
		return err
	}
	g.config.Engine = grade.Local{
		Judge:   j.newGraders(g.tasks, g.cells, g.opts.parallel, g.opts.clusters),
		Workers: cmp.Or(g.opts.parallel, max(runtime.GOMAXPROCS(0), g.opts.clusters)),
	}
	return nil
}

// close removes what cells were made of.
func (g *grading) close() {
	if g.cells != nil {
		_ = g.cells.Close()
	}
}

// notes are what there is to say about the isolation of this machine.
func (g *grading) notes() []string {
	if g.cells == nil {
		return nil
	}
	return g.cells.Achieved().Notes
}

// readTasks reads the hidden checks, and makes of the tasks what the gradebook needs of them.
func (g *grading) readTasks() error {
	g.tasks = map[string]*task.Task{}
	all := g.course.catalog.tasks()
	for _, t := range all {
		for _, one := range append([]*task.Task{t}, t.Variants...) {
			g.tasks[one.ID] = one
		}
	}
	g.config.Course = courseDigest(g.course)
	if g.opts.Hidden == "" {
		return nil
	}
	hidden, err := task.LoadHidden(os.DirFS(g.opts.Hidden), all)
	if err != nil {
		return usagef("the hidden checks have mistakes:\n%w", err)
	}
	var digests strings.Builder
	for id, t := range hidden {
		g.tasks[id] = t
	}
	for _, id := range slices.Sorted(maps.Keys(hidden)) {
		fmt.Fprintln(&digests, id, hidden[id].Digest)
	}
	g.config.Hidden = content.Digest([]byte(digests.String()))
	return nil
}

// readClass reads the roster and what was handed in, and decides which tasks are graded.
func (g *grading) readClass() error {
	roster, err := readIf(g.opts.Roster, grade.ReadRoster)
	if err != nil {
		return usagef("grade: %w", err)
	}
	received, err := readIf(g.opts.Received, grade.ReadReceived)
	if err != nil {
		return usagef("grade: %w", err)
	}
	g.config.Class, g.config.Problems = grade.ReadClass(g.opts.Paths, roster, received)
	ids := map[string]bool{}
	for _, id := range g.opts.Tasks {
		t, err := g.course.task(id)
		if err != nil {
			return err
		}
		ids[t.ID] = true
	}
	if len(g.opts.Tasks) == 0 {
		g.handedIn(ids)
	}
	world, err := g.worldDigest()
	if err != nil {
		return err
	}
	for _, t := range g.course.catalog.tasks() {
		for _, one := range append([]*task.Task{t}, t.Variants...) {
			if ids[one.ID] {
				g.config.Tasks = append(g.config.Tasks, toGrade(one, g.tasks[one.ID], world))
			} else if len(g.opts.Tasks) > 0 {
				g.config.Aside = append(g.config.Aside, one.ID)
			}
		}
	}
	return nil
}

// handedIn adds the tasks of the course that somebody has handed in.
func (g *grading) handedIn(ids map[string]bool) {
	for _, l := range g.config.Class.Learners {
		for _, at := range l.Attempts {
			if at.Work == nil {
				continue
			}
			for _, p := range at.Work.Pieces {
				ids[p.Task] = ids[p.Task] || g.tasks[p.Task] != nil
			}
		}
	}
}

// toGrade is a task as the gradebook knows it. Its results depend on the modules of the world too.
func toGrade(packed, t *task.Task, world string) grade.Task {
	one := grade.Task{ID: t.ID, Title: t.Title, Packed: packed.Digest, Digest: content.Digest([]byte(t.Digest + "\n" + world))}
	for _, f := range t.Start.Files {
		one.Start = append(one.Start, f.Name)
	}
	for _, c := range t.Checks {
		one.Checks = append(one.Checks, grade.Check{ID: c.ID, Title: c.Title, Max: c.Points, Hidden: c.Hidden})
	}
	return one
}

// worldDigest names the modules of the module world.
func (g *grading) worldDigest() (string, error) {
	var all strings.Builder
	err := fs.WalkDir(g.course.exercises, exercises.ModulesDir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(g.course.exercises, name)
		fmt.Fprintln(&all, content.Digest(data), name)
		return err
	})
	return content.Digest([]byte(all.String())), err
}

func (g *grading) setPolicy() error {
	p := &g.config.Policy
	p.Attempts = g.opts.Attempts
	for _, set := range []struct {
		text  string
		parse func(string) error
	}{{g.opts.Due, p.ParseDue}, {g.opts.Late, p.ParseLate}, {g.opts.LateMax, p.ParseLateMax}} {
		if set.text == "" {
			continue
		}
		if err := set.parse(set.text); err != nil {
			return err
		}
	}
	return p.Validate()
}

// readIf reads a file with parse, where it is named.
func readIf[T any](name string, parse func(name string, data []byte) (T, error)) (T, error) {
	var none T
	if name == "" {
		return none, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return none, err
	}
	return parse(name, data)
}

// buildOf names a build of the program: results depend on it.
func buildOf(program string) (string, error) {
	f, err := os.Open(program)
	if err != nil {
		return "", fmt.Errorf("read slipway itself: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read slipway itself: %w", err)
	}
	return version() + " " + hex.EncodeToString(h.Sum(nil))[:12], nil
}
