package main

import (
	"context"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/engine"
	"github.com/spf13/cobra"
)

func (a *app) startCommand() *cobra.Command {
	var quiet bool
	var variant string
	cmd := &cobra.Command{
		Use:     "start ID",
		GroupID: groupLearn,
		Short:   "Begin a task: make its workspace and read what is to do",
		Long: `Start makes the workspace of a task, work/ID, and prints what is to do. A workspace that is there
already is left as it is. For a lab it makes the cluster too, where it is not running yet, and brings it
to the lab's start state; a lab that is set up already stays as it is. Some exercises have variants: the
same matter with another fault in it, as a task of its own.`,
		Example:           "  slipway start x06\n  slipway start x06 --variant prerelease\n  slipway start lab-7",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeIDs,
		RunE: a.forTask(func(ctx context.Context, c *course, x *task.Task, _ []string) error {
			if variant != "" {
				v, err := c.variant(x, variant)
				if err != nil {
					return err
				}
				x = v
			}
			if l := c.catalog.onCluster(x.ID); l != nil {
				if err := a.startLab(ctx, c, l, (*engine.Engine).Setup); err != nil {
					return err
				}
			}
			if quiet && a.work(c).Started(x.ID) {
				return nil
			}
			return a.start(c, x)
		}),
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print nothing about a task that is started already")
	cmd.Flags().StringVar(&variant, "variant", "", "begin this variant of the task, whose id is ID-NAME")
	return cmd
}

func (a *app) start(c *course, x *task.Task) error {
	root := a.work(c)
	again := root.Started(x.ID)
	if !again {
		if err := root.Start(x); err != nil {
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
  slipway shell %[1]s    a shell in it, with %[2]s
  slipway check %[1]s    check your work
  slipway hint %[1]s     a hint, one at a time
`, x.ID, c.around(x))
	a.tellVariants(x)
	return nil
}

// tellVariants names the variants of a task.
func (a *app) tellVariants(x *task.Task) {
	for _, v := range x.Variants {
		a.say("Once more, differently: slipway start %s --variant %s (%s)\n", x.ID, strings.TrimPrefix(v.ID, x.ID+"-"), v.Title)
	}
}

// around says what a shell has around the workspace of a task.
func (c *course) around(t *task.Task) string {
	switch {
	case c.catalog.onCluster(t.ID) != nil:
		return "kubectl for its cluster"
	case kindOf(t) == "lab":
		return "the programs that it is about, and the course's module proxy running"
	}
	return "the course's module proxy running"
}

func (a *app) resetCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "reset ID",
		GroupID: groupLearn,
		Short:   "Start a task over; what you have is kept",
		Long: `Reset gives the workspace of a task its first state again, and the cluster of a lab too. What was in
the workspace is moved to work/.old, and the place is printed.`,
		Example:           "  slipway reset x06",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeIDs,
		RunE: a.forTask(func(ctx context.Context, c *course, x *task.Task, _ []string) error {
			if l := c.catalog.onCluster(x.ID); l != nil { // first, so that what can fail has no workspace replaced for nothing
				err := a.startLab(ctx, c, l, func(e *engine.Engine, ctx context.Context, l *labs.Lab) error {
					_, err := e.Reset(ctx, l)
					return err
				})
				if err != nil {
					return err
				}
			}
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
