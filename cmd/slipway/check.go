package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/labs/host"
	"github.com/spf13/cobra"
)

func (a *app) checkCommand() *cobra.Command {
	var format string
	var author bool
	cmd := &cobra.Command{
		Use:     "check [ID]",
		GroupID: groupLearn,
		Short:   "Check your work on a task",
		Long: `Check runs the checks of a task on a copy of your workspace, and of a lab on its cluster too. It says,
for each that does not pass, what was expected, what was found, why it matters and what to type next. It
never changes your files. In a workspace the ID can be left out. Check ends with 0 when the task is solved,
and with 1 when it is not yet.`,
		Example:           "  slipway check x06",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usagef("check: unknown format %q: use text or json", format)
			}
			return a.check(cmd.Context(), args, format, author)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().BoolVar(&author, "author", false, "tell the line of the check that found something")
	return cmd
}

func (a *app) check(ctx context.Context, args []string, format string, author bool) error {
	c, err := a.open()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{a.here(c)}
	}
	if args[0] == "" {
		return usagef("check: which task? Type slipway check with its id, such as x06, or go into its workspace")
	}
	x, err := c.task(args[0])
	if err != nil {
		return err
	}
	if root := a.work(c); !root.Started(x.ID) {
		return usagef("%s is not started: type slipway start %s", x.ID, x.ID)
	}
	j, err := a.newJudge(ctx, c)
	if err != nil {
		return err
	}
	res, err := a.judged(ctx, j, x.ID, format, author)
	if err != nil {
		return err
	}
	switch res.Status {
	case verdict.Pass:
		if format == "text" {
			a.tellNext(c, x)
		}
		return nil
	case verdict.Error:
		a.note("%s", explainRoom(nil, a.stores(), host.ThisMachine().Free))
		return &exitError{code: exitFault}
	}
	return errNotYet
}

// here returns the name of the workspace that the current folder lies in, or nothing.
func (a *app) here(c *course) string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	root, err := filepath.Abs(a.work(c).Dir)
	if err != nil {
		return ""
	}
	if id := nameBelow(root, dir); id != "" {
		return id
	}
	root, rootErr := filepath.EvalSymlinks(root) // either may be written with a link
	dir, dirErr := filepath.EvalSymlinks(dir)
	if rootErr != nil || dirErr != nil {
		return ""
	}
	return nameBelow(root, dir)
}

// nameBelow returns the first name on the way from root to dir, or nothing if dir is not below.
func nameBelow(root, dir string) string {
	inside, err := filepath.Rel(root, dir)
	if err != nil || !filepath.IsLocal(inside) || inside == "." {
		return ""
	}
	name, _, _ := strings.Cut(filepath.ToSlash(inside), "/")
	return name
}

// judged checks and prints as the checks end.
func (a *app) judged(ctx context.Context, j *judge, id, format string, author bool) (verdict.Result, error) {
	if format == "json" {
		res, err := j.Check(ctx, id, nil)
		if err != nil {
			return res, err
		}
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		return res, enc.Encode(res)
	}
	style := a.style()
	style.Author = author
	x, err := j.course.task(id)
	if err != nil {
		return verdict.Result{}, err
	}
	verdict.WriteTitle(a.out, style, x.ID, x.Title)
	res, err := j.Check(ctx, id, func(c verdict.Check) { c.Write(a.out, style) })
	if err != nil {
		return res, err
	}
	a.say("\n")
	res.WriteSummary(a.out, style)
	return res, nil
}

// tellNext says what comes after an exercise that is solved. Without a record it cannot tell, which has
// been said.
func (a *app) tellNext(c *course, x *task.Task) {
	progress, err := a.work(c).Progress()
	if err != nil {
		return
	}
	if next := c.next(x, progress.Solved); next != nil {
		a.say("Next is %s, %s: slipway start %s\n", next.ID, next.Title, next.ID)
	} else {
		a.say("All %ss are solved.\n", kindOf(x))
	}
	a.tellVariants(x)
}

// scored records what a check gave. A fault of ours is not recorded.
func scored(res verdict.Result) func(*workspace.Progress) {
	return func(p *workspace.Progress) {
		p.Current = res.Task
		if res.Status != verdict.Error {
			p.Score(res.Task, res.Points, res.Max, res.Status == verdict.Pass)
		}
	}
}
