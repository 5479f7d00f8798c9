package main

import (
	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/spf13/cobra"
)

func (a *app) startCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "start ID",
		GroupID: groupLearn,
		Short:   "Begin an exercise: make its workspace and read the task",
		Long: `Start makes the workspace of an exercise, work/ID, and prints the task. A workspace that is there
already is left as it is.`,
		Example:           "  slipway start x06",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeIDs,
		RunE: a.forExercise(func(c *course, x *exercises.Exercise, _ []string) error {
			return a.start(c, x)
		}),
	}
}

func (a *app) start(c *course, x *exercises.Exercise) error {
	root := a.work(c)
	again := root.Started(x.ID)
	if !again {
		if err := root.Start(x.Task); err != nil {
			return err
		}
	}
	if err := root.Record(func(p *workspace.Progress) { p.Current = x.ID }); err != nil {
		return err
	}
	a.say("%s  %s (%d minutes, %d points)\n\n%s\n", x.ID, x.Title, x.Minutes, x.Points, a.prose(x.Text))
	a.say("\nWorkspace: %s", root.Path(x.ID))
	if again {
		a.say(" (it was there already; slipway reset %s starts over)", x.ID)
	}
	a.say(`
  slipway shell %[1]s    a shell in it, with the course's module proxy running
  slipway check %[1]s    check your work
  slipway hint %[1]s     a hint, one at a time
`, x.ID)
	return nil
}

func (a *app) resetCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "reset ID",
		GroupID: groupLearn,
		Short:   "Start an exercise over; what you have is kept",
		Long: `Reset gives the workspace of an exercise its first state again. What was in it is moved to
work/.old, and the place is printed.`,
		Example:           "  slipway reset x06",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeIDs,
		RunE: a.forExercise(func(c *course, x *exercises.Exercise, _ []string) error {
			root := a.work(c)
			old, err := root.Replace(x.ID, x.Start.Files)
			if err != nil {
				return err
			}
			a.tellReplaced(root.Path(x.ID), old, "its first state")
			return nil
		}),
	}
}

func (a *app) tellReplaced(path, old, state string) {
	a.say("%s has %s.\n", path, state)
	if old != "" {
		a.say("What was there is kept in %s\n", old)
	}
}
