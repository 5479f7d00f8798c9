package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/engine"
	"github.com/spf13/cobra"
)

// labDeadline is the time that one check of a lab may take: some wait for a cluster to settle.
const labDeadline = 3 * time.Minute

// newEngine returns the engine of labs, whose checks run as those of exercises do. It does not look for a
// container engine before a lab needs one.
func (a *app) newEngine(c *course, r *check.Runner) (*engine.Engine, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find slipway itself: %w", err)
	}
	provide, err := a.newProvider(c)
	if err != nil {
		return nil, err
	}
	return &engine.Engine{
		Dir: provide.dir, Self: self, Provide: provide.cluster, Vars: provide.vars, Room: room,
		Runner:  &check.Runner{Go: r.Go, Library: r.Library, Deadline: labDeadline},
		Catalog: c.catalog.labs,
		Say:     func(text string) { a.note("%s\n", text) },
	}, nil
}

// startLab sets a lab up on its cluster.
func (a *app) startLab(ctx context.Context, c *course, l *labs.Lab, set func(*engine.Engine, context.Context, *labs.Lab) error) error {
	provide, err := a.newProvider(c)
	if err != nil {
		return err
	}
	if _, err := provide.cluster(l.Place()); err != nil { // told before anything is compiled
		return err
	}
	j, err := a.newJudge(ctx, c)
	if err != nil {
		return err
	}
	if !j.engine.Holds(l) {
		a.note("%s takes about %d MB of memory and %s, and half a minute more where its cluster is not there yet.\n", l.ID, l.Memory, verdict.Count(l.Seconds, "second"))
	}
	return set(j.engine, ctx, l)
}

// tellSetUp adds to an error what to type.
func tellSetUp(l *labs.Lab, err error) error {
	if errors.Is(err, engine.ErrNotSetUp) {
		return usagef("%w: type slipway start %s", err, l.ID)
	}
	return err
}

// solveLab gives the workspace of a lab the files of a solution, and types what it types.
func (a *app) solveLab(ctx context.Context, c *course, l *labs.Lab, s task.Change) error {
	root := a.work(c)
	if err := a.startLab(ctx, c, l, (*engine.Engine).Setup); err != nil {
		return err
	}
	old, err := root.Replace(l.ID, engine.WorkspaceFiles(l, s))
	if err != nil {
		return err
	}
	a.tellReplaced(root.Path(l.ID), old, "the solution "+s.Name)
	j, err := a.newJudge(ctx, c)
	if err != nil {
		return err
	}
	out, err := j.engine.Solve(ctx, l, s, root.Path(l.ID))
	if err != nil {
		return tellSetUp(l, err)
	}
	a.say("%s", out)
	return nil
}

func (a *app) downCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "down [LAB]",
		GroupID: groupLearn,
		Short:   "End the cluster of a lab, or all clusters that labs use",
		Long: `Down ends the cluster that a lab uses, which other labs of the same shape share, and frees its memory.
Without a lab it ends all of them. Workspaces stay. The next slipway start makes a cluster again.`,
		Example:           "  slipway down lab-7\n  slipway down",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.open()
			if err != nil {
				return err
			}
			return a.down(cmd.Context(), c, args)
		},
	}
}

func (a *app) down(ctx context.Context, c *course, args []string) error {
	places := c.places()
	if len(args) == 1 {
		l, err := c.lab(args[0])
		if err != nil {
			return err
		}
		if l.Topology == labs.None {
			a.say("%s has no cluster: its servers end with the checks and shells that start them.\n", l.ID)
			return nil
		}
		places = []labs.Place{l.Place()}
	}
	j, err := a.newJudge(ctx, c)
	if err != nil {
		return err
	}
	for _, at := range places {
		if at != at.First() && !j.engine.Knows(at) { // most twins were never made
			continue
		}
		if err := j.engine.Down(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// lab returns the lab with an id that was typed.
func (c *course) lab(id string) (*labs.Lab, error) {
	if l := c.catalog.labs.Get(strings.ToLower(id)); l != nil {
		return l, nil
	}
	return nil, usagef("there is no lab %q: type slipway list to see them", id)
}

// places returns where the labs of the course find their clusters, each once, with the twins that grading may have made.
func (c *course) places() []labs.Place {
	places := []labs.Place{labs.Shared(labs.Bare)}
	for n := range labs.Twins {
		places = append(places, labs.Shared(labs.One).Twin(n+1), labs.Shared(labs.Four).Twin(n+1))
	}
	for _, l := range c.catalog.labs {
		if l.Topology == labs.Own {
			places = append(places, l.Place())
		}
	}
	for ch := range c.Chapters() {
		if ch.Cluster == string(labs.Own) {
			places = append(places, chapterPlace(ch))
		}
	}
	return places
}

// chapterPlace returns the cluster on which a chapter's commands run. One that the chapter makes itself
// is called slipway-first.
func chapterPlace(ch *content.Chapter) labs.Place {
	if t := labs.Topology(ch.Cluster); t != labs.Own {
		return labs.Shared(t)
	}
	return labs.Place{Name: labs.Prefix + "first", Topology: labs.Own}
}

// place returns the place with the name of a cluster.
func (c *course) place(name string) (labs.Place, error) {
	for _, at := range c.places() {
		if at.Name == name {
			return at, nil
		}
	}
	return labs.Place{}, usagef("no lab uses a cluster %q: open slipway shell with the id of a lab, where SLIPWAY_CLUSTER is set", name)
}

func (a *app) nodeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "node NAME COMMAND…",
		GroupID: groupLearn,
		Short:   "Run a command on a node of a lab's cluster",
		Long: `Node runs a command as root on a node: control-plane, worker, worker2 …, or its whole name. In slipway
shell LAB it can be written node NAME COMMAND…, and means the cluster of that lab. It ends with the exit
code of the command.`,
		Example:            "  node control-plane crictl ps\n  node worker journalctl -u kubelet",
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && (args[0] == "-h" || args[0] == "--help") {
				return cmd.Help()
			}
			if len(args) < 2 {
				return usagef("node: name a node and a command, such as slipway node control-plane ls /etc/kubernetes")
			}
			c, err := a.open()
			if err != nil {
				return err
			}
			return a.node(cmd.Context(), c, args[0], args[1:])
		},
	}
}

func (a *app) node(ctx context.Context, c *course, name string, command []string) error {
	at, err := c.place(os.Getenv(engine.ClusterEnv))
	if err != nil {
		return err
	}
	e, err := a.newEngine(c, &check.Runner{})
	if err != nil {
		return err
	}
	res, err := e.Node(ctx, at, name, sandbox.Command{Args: command, Stdin: a.in})
	if err != nil {
		return err
	}
	a.say("%s", res.Stdout)
	a.note("%s", res.Stderr)
	if res.ExitCode != 0 {
		return &exitError{code: res.ExitCode}
	}
	return nil
}
