package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/submission"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/spf13/cobra"
)

func (a *app) packCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "pack [ID]…",
		GroupID: groupLearn,
		Short:   "Pack workspaces into one archive, to hand them in",
		Long: `Pack writes the workspaces of the tasks that you name, or of all that you have started, into one .tar.gz,
with a list of the tasks and of the versions of the course and the tools. It holds what a check reads, and
leaves out .git, caches and what looks like a secret, such as .ssh and .env: pack says what. The same work
gives the same archive, byte for byte. Of a lab on a cluster only files can be handed in: write the commands that
you typed into solve.sh in its workspace, so that they can be run on a new cluster.`,
		Example:           "  slipway pack\n  slipway pack x06 x10 --out ada.tar.gz",
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.pack(cmd.Context(), args, out)
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "slipway-work.tar.gz", "name of the archive")
	return cmd
}

func (a *app) pack(ctx context.Context, ids []string, out string) error {
	c, err := a.open()
	if err != nil {
		return err
	}
	tasks, err := a.toPack(c, ids)
	if err != nil {
		return err
	}
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	tool, err := gotool.Find(ctx, cache)
	if err != nil {
		return err
	}
	s := &submission.Submission{Course: courseDigest(c), Slipway: version(), Go: tool.Version}
	for _, t := range tasks {
		leftOut, err := s.Add(t.ID, t.Digest, a.work(c).Path(t.ID))
		var refused *workspace.Refusal
		if errors.As(err, &refused) {
			return usagef("pack %s: %s: %s: %s", t.ID, refused.Path, refused.Reason, refused.Next)
		} else if err != nil {
			return err
		}
		for _, name := range leftOut {
			a.say("Left out: %s\n", filepath.Join(t.ID, filepath.FromSlash(name)))
		}
	}
	var archive bytes.Buffer
	if err := s.Write(&archive); err != nil {
		return err
	}
	// whoever grades reads it so: better to know now
	if _, err := submission.Read(bytes.NewReader(archive.Bytes())); err != nil {
		return usagef("pack: what was packed could not be read by a grader: %v", err)
	}
	if err := atomicfile.Write(out, archive.Bytes()); err != nil {
		return err
	}
	for _, t := range s.Tasks {
		a.say("  %-8s %d files, %d bytes\n", t.ID, len(t.Files), t.Size())
	}
	a.say("Wrote %s (%d kB)\n", out, (archive.Len()+999)/1000)
	return nil
}

// toPack returns the tasks with the ids, or all that have a workspace.
func (a *app) toPack(c *course, ids []string) ([]*task.Task, error) {
	root := a.work(c)
	var tasks []*task.Task
	if len(ids) == 0 {
		for _, t := range c.inOrder() {
			for _, one := range append([]*task.Task{t}, t.Variants...) {
				if root.Started(one.ID) {
					tasks = append(tasks, one)
				}
			}
		}
		if len(tasks) == 0 {
			return nil, usagef("pack: there is no workspace in %s: slipway start ID begins a task", root.Dir)
		}
		return tasks, nil
	}
	for _, id := range ids {
		t, err := c.task(id)
		switch {
		case err != nil:
			return nil, err
		case !root.Started(t.ID):
			return nil, usagef("pack: %s has no workspace in %s: slipway start %[1]s begins it", t.ID, root.Dir)
		case !slices.Contains(tasks, t):
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

// courseDigest names the tasks of the course as they are.
func courseDigest(c *course) string {
	var all strings.Builder
	for _, t := range c.catalog.tasks() {
		fmt.Fprintln(&all, t.ID, t.Digest)
		for _, v := range t.Variants {
			fmt.Fprintln(&all, v.ID, v.Digest)
		}
	}
	return content.Digest([]byte(all.String()))
}
