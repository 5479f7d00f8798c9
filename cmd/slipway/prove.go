package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/exercises/prove"
	"github.com/spf13/cobra"
)

func (a *app) proveCommand() *cobra.Command {
	var asJSON, update bool
	cmd := &cobra.Command{
		Use:     "prove [x06 | versions | exercises | chapters]…",
		GroupID: groupAuthor,
		Short:   "Prove that exercises and chapters are true",
		Long: `Prove runs every exercise with all its solutions and wrong solutions, and every command of
every chapter, and compares what comes out with what is on record. Without arguments it proves the
whole course.

An exercise is proven when its solutions pass, each wrong solution is caught by the check that it
names and explained in the words that its file holds, an untouched start scores nothing, and no hint
or explanation gives the solution away. A chapter is proven when each command prints what the page
shows.

With --update, outputs and explanations on record are rewritten, and pages that are proven are
stamped. Read the difference before you commit it.`,
		Example: "  slipway prove\n  slipway prove x06 versions\n  slipway prove --update versions\n  slipway prove exercises --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.prove(cmd.Context(), args, asJSON, update)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the proofs as JSON")
	cmd.Flags().BoolVar(&update, "update", false, "rewrite what is on record")
	return cmd
}

// A proofs is the JSON form of what was proven.
type proofs struct {
	Version  int                   `json:"version"`
	Go       string                `json:"go"`
	Tasks    []*prove.TaskProof    `json:"tasks"`
	Chapters []*prove.ChapterProof `json:"chapters"`
	Stamps   []string              `json:"stamps"` // problems with the stamps
}

func (a *app) prove(ctx context.Context, args []string, asJSON, update bool) error {
	c, err := a.open()
	if err != nil {
		return err
	}
	if update && c.root == "" {
		return usagef("prove: only a checkout can be updated: run slipway in one, or name it with --course")
	}
	xs, chapters, err := c.choose(args)
	if err != nil {
		return err
	}
	j, err := a.newJudge(ctx, c)
	if err != nil {
		return err
	}
	all := &proofs{Version: 1, Go: j.runner.Go.Version, Tasks: []*prove.TaskProof{}, Chapters: []*prove.ChapterProof{}, Stamps: []string{}}
	if err := a.proveTasks(ctx, j, xs, update, all); err != nil {
		return err
	}
	if err := a.proveChapters(ctx, j, chapters, update, all); err != nil {
		return err
	}
	if err := a.stamp(c, xs, chapters, update, all); err != nil {
		return err
	}
	if asJSON {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(all)
	} else {
		err = a.tellProofs(all, update)
	}
	if err == nil && all.problems() > 0 {
		return &exitError{code: exitNotYet}
	}
	return err
}

// choose returns what the arguments name: ids, slugs, or one of the kinds.
func (c *course) choose(args []string) (xs []*exercises.Exercise, chapters []*content.Chapter, err error) {
	if len(args) == 0 {
		args = []string{"exercises", "chapters"}
	}
	for _, arg := range args {
		switch {
		case arg == "exercises":
			xs = append(xs, c.inOrder()...)
		case arg == "chapters":
			chapters = slices.AppendSeq(chapters, c.Chapters())
		case c.Chapter(arg) != nil:
			chapters = append(chapters, c.Chapter(arg))
		default:
			x, err := c.exercise(arg)
			if err != nil {
				return nil, nil, usagef("prove: %q is no exercise and no chapter: type slipway list to see them", arg)
			}
			xs = append(xs, x)
		}
	}
	return xs, chapters, nil
}

func (a *app) proveTasks(ctx context.Context, j *judge, xs []*exercises.Exercise, update bool, all *proofs) error {
	for _, x := range xs {
		begin := time.Now()
		p, err := prove.Exercise(ctx, j.runner, x)
		if err != nil {
			return err
		}
		if update {
			if err := p.Update(filepath.Join(j.course.root, "exercises", "catalog")); err != nil {
				return err
			}
		}
		a.note("%s (%.1f s)\n", p, time.Since(begin).Seconds())
		all.Tasks = append(all.Tasks, p)
	}
	return nil
}

func (a *app) proveChapters(ctx context.Context, j *judge, chapters []*content.Chapter, update bool, all *proofs) error {
	prover, err := prove.NewChapters(j.runner.Go, j.runner.Library, j.course.content)
	if err != nil {
		return err
	}
	for _, ch := range chapters {
		begin := time.Now()
		p, err := prover.Prove(ctx, ch)
		if err != nil {
			return err
		}
		if update {
			if err := p.Update(filepath.Join(j.course.root, "content"), ch); err != nil {
				return err
			}
		}
		a.note("%s (%.1f s)\n", p, time.Since(begin).Seconds())
		all.Chapters = append(all.Chapters, p)
	}
	return nil
}

// stamp checks that pages are stamped as they are, or stamps those that were proven.
func (a *app) stamp(c *course, xs []*exercises.Exercise, chapters []*content.Chapter, update bool, all *proofs) error {
	type page struct{ id, file, digest string }
	var pages []page
	for i, x := range xs {
		if len(all.Tasks[i].Problems) == 0 {
			pages = append(pages, page{x.ID, x.File, x.Digest})
		}
	}
	for i, ch := range chapters {
		if p := all.Chapters[i]; len(p.Problems) == 0 {
			pages = append(pages, page{ch.Slug, ch.File, p.Digest})
		}
	}
	changed := false
	for _, p := range pages {
		if _, ok := c.Verified.Of(p.id, p.digest); ok {
			continue
		}
		if !update {
			all.Stamps = append(all.Stamps, fmt.Sprintf("%s: page has changed since it was last stamped: run slipway prove --update %s", p.file, p.id))
			continue
		}
		c.Verified[p.id] = content.Stamp{Digest: p.digest, Go: all.Go, Date: time.Now().UTC().Format(time.DateOnly)}
		changed = true
	}
	if !changed {
		return nil
	}
	data, err := c.Verified.Marshal()
	if err != nil {
		return fmt.Errorf("stamp pages: %w", err)
	}
	if err := atomicfile.Write(filepath.Join(c.root, "content", content.VerifiedName), data); err != nil {
		return fmt.Errorf("stamp pages: %w", err)
	}
	return nil
}
