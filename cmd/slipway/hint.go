package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/spf13/cobra"
)

func (a *app) hintCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "hint ID [NUMBER]",
		GroupID: groupLearn,
		Short:   "Show the next hint for a task",
		Long: `Hint shows one more hint each time: first a question to ask, then what to look at, then where to
change something. With a number it shows a hint again.`,
		Example:           "  slipway hint x06\n  slipway hint x06 1",
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: a.completeIDs,
		RunE: a.forTask(func(_ context.Context, c *course, x *task.Task, rest []string) error {
			if len(rest) == 0 {
				return a.nextHint(c, x)
			}
			n, err := strconv.Atoi(rest[0])
			if err != nil || n < 1 || n > len(x.Hints) {
				return usagef("hint: %s has hints 1 to %d", x.ID, len(x.Hints))
			}
			a.tellHint(x, n)
			return nil
		}),
	}
}

func (a *app) nextHint(c *course, x *task.Task) error {
	var n int
	err := a.work(c).Record(func(p *workspace.Progress) {
		done := p.Tasks[x.ID]
		n = min(done.Hints+1, len(x.Hints))
		done.Hints = n
		p.Tasks[x.ID] = done
	})
	if err == nil {
		a.tellHint(x, n)
	}
	return err
}

func (a *app) tellHint(x *task.Task, n int) {
	a.say("Hint %d of %d\n\n%s\n", n, len(x.Hints), a.prose(x.Hints[n-1]))
	if n == len(x.Hints) {
		a.say("\nThat was the last one. slipway solution %s shows ways that are right.\n", x.ID)
	}
}

func (a *app) solutionCommand() *cobra.Command {
	var apply bool
	var name string
	cmd := &cobra.Command{
		Use:     "solution ID",
		GroupID: groupLearn,
		Short:   "Show the solutions of a task, or put one into the workspace",
		Long: `Solution shows the ways that are known to be right; yours may be another one. With --apply the
first of them, or the one that --name tells, is put into the workspace, and what it does to the cluster of a
lab is done. What was there is kept.`,
		Example:           "  slipway solution x06\n  slipway solution x06 --apply",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeIDs,
		RunE: a.forTask(func(ctx context.Context, c *course, x *task.Task, _ []string) error {
			return a.solution(ctx, c, x, name, apply)
		}),
	}
	cmd.Flags().BoolVar(&apply, "apply", false, "write the solution into the workspace")
	cmd.Flags().StringVar(&name, "name", "", "the solution to show or apply")
	return cmd
}

func (a *app) solution(ctx context.Context, c *course, x *task.Task, name string, apply bool) error {
	solutions := x.Solutions
	if name != "" {
		at := slices.IndexFunc(solutions, func(s task.Change) bool { return s.Name == name })
		if at < 0 {
			return usagef("solution: %s has no solution %q, but %s", x.ID, name, namesOf(solutions))
		}
		solutions = solutions[at : at+1]
	}
	if len(solutions) == 0 {
		return fmt.Errorf("solution: %s has none", x.ID)
	}
	if l := c.catalog.onCluster(x.ID); apply && l != nil {
		return a.solveLab(ctx, c, l, solutions[0])
	}
	if apply {
		root := a.work(c)
		old, err := root.Replace(x.ID, x.Apply(solutions[0]))
		if err != nil {
			return err
		}
		a.tellReplaced(root.Path(x.ID), old, "the solution "+solutions[0].Name)
		return nil
	}
	for _, s := range solutions {
		a.say("%s: %s\n", s.Name, s.Title)
		for _, gone := range s.Removes {
			a.say("\n  remove %s\n", gone)
		}
		for _, f := range s.Files {
			a.say("\n  %s\n\n    %s\n", f.Name, strings.ReplaceAll(strings.TrimRight(string(f.Data), "\n"), "\n", "\n    "))
		}
		a.say("\n")
	}
	a.say("Put one into the workspace: slipway solution %s --apply --name %s\n", x.ID, solutions[0].Name)
	return nil
}

func namesOf(list []task.Change) string {
	var names []string
	for _, s := range list {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}
