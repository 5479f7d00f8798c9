package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/kubernetes"
	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/spf13/cobra"
)

// gradeWorkerCommand is what the pods of --engine kubernetes run. Nobody types it.
func (a *app) gradeWorkerCommand() *cobra.Command {
	var s kubernetes.Shard
	cmd := &cobra.Command{
		Use:    "grade-worker",
		Short:  "Judge a part of a class in a pod",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := isolation.Enter(); err != nil {
				return err
			}
			if err := a.gradeWorker(cmd.Context(), s); err != nil {
				return &exitError{kubernetes.ExitCode(err), err}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.Dir, "manifest", kubernetes.ManifestDir, "folder of the manifest")
	f.StringVar(&s.Items, "items", "", "which items the Job has: 0-19,25")
	f.IntVar(&s.Size, "shard-size", 0, "how many of them are a shard")
	return cmd
}

// gradeWorker judges one shard, with the judge of slipway grade.
func (a *app) gradeWorker(ctx context.Context, s kubernetes.Shard) error {
	if err := errors.Join(fromPod(&s), kubernetes.OpenPod()); err != nil {
		return err
	}
	m, err := kubernetes.Open(s.Dir)
	if err != nil {
		return err
	}
	settings, err := kubernetes.ReadSettings[workerSettings](m)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "slipway-course-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := m.Unpack(dir); err != nil {
		return err
	}
	judge, cells, err := a.workerJudge(ctx, m, dir, settings)
	if err != nil {
		return err
	}
	return errors.Join(kubernetes.Worker(ctx, s, judge, a.out), cells.Close())
}

// fromPod takes the rest of a shard from what Kubernetes tells a pod.
func fromPod(s *kubernetes.Shard) error {
	var err error
	if s.Index, err = strconv.Atoi(os.Getenv(kubernetes.IndexEnv)); err != nil {
		return fmt.Errorf("%s: %w: this command is for the pods of an Indexed Job", kubernetes.IndexEnv, err)
	}
	s.Secret, s.Name = []byte(os.Getenv(kubernetes.SecretEnv)), "pod "+os.Getenv(kubernetes.PodEnv)
	return os.Unsetenv(kubernetes.SecretEnv)
}

// workerJudge makes the judge of the course, or of what the manifest has of it.
func (a *app) workerJudge(ctx context.Context, m *kubernetes.Manifest, dir string, settings workerSettings) (grade.Judge, *isolation.Backend, error) {
	if err := keepCaches(); err != nil {
		return nil, nil, err
	}
	if m.Has(courseMarker) {
		a.courseDir = dir
	}
	c, err := a.open()
	if err != nil {
		return nil, nil, err
	}
	g := &grading{app: a, course: c}
	if m.Has(hiddenFolder) {
		g.opts.Hidden = filepath.Join(dir, hiddenFolder)
	}
	if err := g.readTasks(); err != nil {
		return nil, nil, err
	}
	j, err := a.newJudge(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	cells, err := openCells(ctx, j)
	if err != nil {
		return nil, nil, err
	}
	if weak := cells.Achieved().Credit(); weak != nil && !settings.Trust {
		return nil, nil, errors.Join(&kubernetes.RefusedError{Err: fmt.Errorf("%w: %q", weak, cells.Achieved().Notes)}, cells.Close())
	}
	return j.newGraders(g.tasks, cells, 0, 1), cells, nil
}

// gradingLimits are those of a command. Rehearsals have filled the build cache, so that no command has to compile much.
func gradingLimits() isolation.Limits {
	l := isolation.DefaultLimits()
	l.CPU, l.Wall = time.Minute, strangeDeadline
	return l
}

// openCells finds out what this machine can hold.
func openCells(ctx context.Context, j *judge) (*isolation.Backend, error) {
	return isolation.Open(ctx, isolation.Options{Limits: gradingLimits(), GoRoot: j.runner.Go.Root, Cache: j.runner.Go.Cache})
}

// keepCaches tells the go command that its caches, whose files are as old as the image's, were trimmed a moment ago.
func keepCaches() error {
	dir, err := cacheDir()
	if err != nil {
		return err
	}
	caches, err := filepath.Glob(filepath.Join(dir, "build-*"))
	if err != nil {
		return err
	}
	for _, c := range caches {
		now := strconv.FormatInt(time.Now().Unix(), 10)
		if err := os.WriteFile(filepath.Join(c, "trim.txt"), []byte(now), 0o644); err != nil {
			return err
		}
	}
	return nil
}
