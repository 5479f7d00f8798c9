package main

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/prove"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/spf13/cobra"
)

func (a *app) proveCommand() *cobra.Command {
	var opts proveOptions
	cmd := &cobra.Command{
		Use:     "prove [x06 | lab-7 | versions | exercises | labs | chapters]…",
		GroupID: groupAuthor,
		Short:   "Prove that exercises, labs and chapters are true",
		Long: `Prove runs every exercise and every lab with all its solutions and wrong solutions, and every command
of every chapter, and compares what comes out with what is on record. Without arguments it proves the
whole course. Labs, and the chapters that need one, run on clusters: slipway doctor says whether this
machine can make them.

A task is proven when its solutions pass, each wrong solution is caught by the check that it
names and explained in the words that its file holds, an untouched start scores nothing, and no hint
or explanation gives the solution away; a lab moreover when each reset brings its cluster back to the same
state. A chapter is proven when each command prints what the page
shows.

Pages of one cluster are proven one after the other, and a cluster ends before the next one is made.

With --update, outputs and explanations on record are rewritten, and each page is stamped as soon as it
is proven. Read the difference before you commit it.`,
		Example: "  slipway prove\n  slipway prove x06 versions\n  slipway prove --update versions\n  slipway prove exercises --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.prove(cmd.Context(), args, opts)
		},
	}
	cmd.Flags().BoolVar(&opts.asJSON, "json", false, "print the proofs as JSON")
	cmd.Flags().BoolVar(&opts.update, "update", false, "rewrite what is on record")
	cmd.Flags().BoolVarP(&opts.verbose, "verbose", "v", false, "tell what is done to clusters")
	return cmd
}

// proveOptions are the flags of slipway prove.
type proveOptions struct{ asJSON, update, verbose bool }

// A proofs is the JSON form of what was proven.
type proofs struct {
	Version  int                   `json:"version"`
	Go       string                `json:"go"`
	Tasks    []*prove.TaskProof    `json:"tasks"`
	Chapters []*prove.ChapterProof `json:"chapters"`
	Stamps   []string              `json:"stamps"` // problems with the stamps
}

func (a *app) prove(ctx context.Context, args []string, opts proveOptions) error {
	c, err := a.open()
	if err != nil {
		return err
	}
	if opts.update && c.root == "" {
		return usagef("prove: only a checkout can be updated: run slipway in one, or name it with --course")
	}
	tasks, chapters, err := c.choose(args)
	if err != nil {
		return err
	}
	j, err := a.newJudge(ctx, c)
	if err != nil {
		return err
	}
	p, err := a.newProver(j, opts)
	if err != nil {
		return err
	}
	all, err := p.prove(ctx, tasks, chapters)
	if err != nil {
		return err
	}
	if opts.asJSON {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(all)
	} else {
		err = a.tellProofs(all, opts.update)
	}
	if err == nil && len(all.problems()) > 0 {
		return &exitError{code: exitNotYet}
	}
	return err
}

// choose returns what the arguments name: ids, slugs, or one of the kinds.
func (c *course) choose(args []string) (tasks []*task.Task, chapters []*content.Chapter, err error) {
	if len(args) == 0 {
		args = []string{"exercises", "labs", "chapters"}
	}
	for _, arg := range args {
		switch {
		case arg == "exercises" || arg == "labs":
			for _, t := range c.inOrder() {
				if kindOf(t)+"s" == arg {
					tasks = append(append(tasks, t), t.Variants...)
				}
			}
		case arg == "chapters":
			chapters = slices.AppendSeq(chapters, c.Chapters())
		case c.Chapter(arg) != nil:
			chapters = append(chapters, c.Chapter(arg))
		default:
			t, err := c.task(arg)
			if err != nil {
				return nil, nil, usagef("prove: %q is no task and no chapter: type slipway list to see them", arg)
			}
			tasks = append(append(tasks, t), t.Variants...)
		}
	}
	return tasks, chapters, nil
}
