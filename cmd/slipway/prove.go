package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/exercises/prove"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/labs/engine"
	"github.com/slipway-workshop/slipway/labs/image"
	"github.com/slipway-workshop/slipway/labs/local"
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

With --update, outputs and explanations on record are rewritten, and pages that are proven are
stamped. Read the difference before you commit it.`,
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
	asJSON, update := opts.asJSON, opts.update
	c, err := a.open()
	if err != nil {
		return err
	}
	if update && c.root == "" {
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
	all := &proofs{Version: 1, Go: j.runner.Go.Version, Tasks: []*prove.TaskProof{}, Chapters: []*prove.ChapterProof{}, Stamps: []string{}}
	p, err := a.newProver(j, opts)
	if err != nil {
		return err
	}
	if err := p.tasks(ctx, tasks, update, all); err != nil {
		return err
	}
	if err := p.chapters(ctx, chapters, update, all); err != nil {
		return err
	}
	if err := a.stamp(c, tasks, chapters, update, all); err != nil {
		return err
	}
	if asJSON {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(all)
	} else {
		err = a.tellProofs(all, update)
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

// A prover proves and tells how long that took.
type prover struct {
	app    *app
	course *course
	all    *prove.Prover
	worlds prove.Worlds
	local  prove.Worlds // labs without a cluster
	labs   *engine.Bench
}

func (a *app) newProver(j *judge, opts proveOptions) (*prover, error) {
	all, err := prove.New(j.runner.Go, j.runner.Library, j.course.content)
	if err != nil {
		return nil, err
	}
	if all.Self, err = os.Executable(); err != nil {
		return nil, fmt.Errorf("prove: find this program: %w", err)
	}
	all.Cluster = func(ctx context.Context, ch *content.Chapter) ([]string, func(), error) {
		return j.engine.Cluster(ctx, chapterPlace(ch))
	}
	all.Rewrite = opts.update
	begin := time.Now()
	j.engine.Say = nil // what is proven is told in a line of its own
	if opts.verbose {
		j.engine.Say = func(text string) { a.note("%6.1f s  %s\n", time.Since(begin).Seconds(), text) }
	}
	return &prover{
		app: a, course: j.course, all: all,
		worlds: prove.Worlds{Runner: j.runner, Job: j.job},
		local:  prove.Worlds{Runner: j.runner, Job: j.job, Kit: &local.Kit{}, Serial: true},
		labs:   engine.NewBench(j.engine),
	}, nil
}

// bench returns where the trials of a task run.
func (p *prover) bench(t *task.Task) prove.Bench {
	switch {
	case p.course.catalog.onCluster(t.ID) != nil:
		return p.labs
	case kindOf(t) == "lab":
		return p.local
	}
	return p.worlds
}

func (p *prover) tasks(ctx context.Context, tasks []*task.Task, update bool, all *proofs) error {
	for _, t := range tasks {
		begin := time.Now()
		proof, err := p.all.Task(ctx, t, p.bench(t))
		if err != nil {
			return err
		}
		if update {
			if err := proof.Update(filepath.Join(p.course.root, kindFolder(t), "catalog")); err != nil {
				return err
			}
		}
		p.app.note("%s (%.1f s)\n", proof, time.Since(begin).Seconds())
		p.tell(proof.Problems)
		all.Tasks = append(all.Tasks, proof)
	}
	if summary := p.labs.Summary(); summary != "" {
		p.app.note("%s\n", summary)
	}
	return nil
}

// tell tells problems as they are found: a long proof may be interrupted before its end.
func (p *prover) tell(problems []string) {
	for _, problem := range problems {
		p.app.note("%s\n", problem)
	}
}

// kindFolder returns the folder of the repository that holds the catalogue of a task.
func kindFolder(t *task.Task) string { return kindOf(t) + "s" }

func (p *prover) chapters(ctx context.Context, chapters []*content.Chapter, update bool, all *proofs) error {
	for _, ch := range chapters {
		begin := time.Now()
		proof, err := p.all.Chapter(ctx, ch)
		if err != nil {
			return err
		}
		if update {
			if err := proof.Update(filepath.Join(p.course.root, "content"), ch); err != nil {
				return err
			}
		}
		p.app.note("%s (%.1f s)\n", proof, time.Since(begin).Seconds())
		p.tell(proof.Problems)
		all.Chapters = append(all.Chapters, proof)
	}
	return nil
}

// stamp checks that pages are stamped as they are, or stamps those that were proven.
func (a *app) stamp(c *course, tasks []*task.Task, chapters []*content.Chapter, update bool, all *proofs) error {
	type page struct {
		id, file, digest string
		cluster, draft   bool
	}
	var pages []page
	for i, t := range tasks {
		if len(all.Tasks[i].Problems) == 0 {
			pages = append(pages, page{t.ID, t.File, t.Digest, c.catalog.onCluster(t.ID) != nil, c.Task(t.ID).Draft})
		}
	}
	for i, ch := range chapters {
		if p := all.Chapters[i]; len(p.Problems) == 0 {
			pages = append(pages, page{ch.Slug, ch.File, p.Digest, ch.Cluster != "", ch.Draft})
		}
	}
	changed := false
	for _, p := range pages {
		if _, ok := c.Verified.Of(p.id, p.digest); ok {
			continue
		}
		if !update && p.draft {
			continue // it is stamped when it is published
		}
		if !update {
			all.Stamps = append(all.Stamps, fmt.Sprintf("%s: page has changed since it was last stamped: run slipway prove --update %s", p.file, p.id))
			continue
		}
		stamp := content.Stamp{Digest: p.digest, Go: all.Go, Date: time.Now().UTC().Format(time.DateOnly)}
		if p.cluster {
			stamp.Kubernetes = image.Kubernetes
		}
		c.Verified[p.id] = stamp
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
