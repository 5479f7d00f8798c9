package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/exercises/prove"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/engine"
	"github.com/slipway-workshop/slipway/labs/image"
	"github.com/slipway-workshop/slipway/labs/local"
)

// A prover proves pages, tells how long that took, and stamps them.
type prover struct {
	app    *app
	course *course
	all    *prove.Prover
	worlds prove.Worlds
	local  prove.Worlds // labs without a cluster
	labs   *engine.Bench
	engine *engine.Engine
	update bool
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
		engine: j.engine, update: opts.update,
	}, nil
}

// A page is what is proven as a whole, and then stamped.
type page struct {
	id, file string
	place    labs.Place // the zero Place where no cluster is needed
	draft    bool
	prove    func(context.Context) (outcome, error)
}

// An outcome is what came of proving a page, which had a digest then.
type outcome struct {
	sum      fmt.Stringer
	digest   string
	problems []string
}

// prove proves tasks and chapters, those of one cluster after the other. What they come to is in the order in which they
// were given.
func (p *prover) prove(ctx context.Context, tasks []*task.Task, chapters []*content.Chapter) (*proofs, error) {
	all := &proofs{
		Version: 1, Go: p.all.Go.Version, Stamps: []string{},
		Tasks: make([]*prove.TaskProof, len(tasks)), Chapters: make([]*prove.ChapterProof, len(chapters)),
	}
	var pages []page
	for i, t := range tasks {
		pages = append(pages, p.ofTask(t, &all.Tasks[i]))
	}
	for i, ch := range chapters {
		pages = append(pages, p.ofChapter(ch, &all.Chapters[i]))
	}
	var at labs.Place
	for _, pg := range byPlace(pages) {
		if at.Name != "" && pg.place != at { // clusters that nobody needs any more slow the others
			if err := p.engine.Down(ctx, at); err != nil {
				return nil, err
			}
		}
		at = pg.place
		begin := time.Now()
		o, err := pg.prove(ctx)
		if err != nil {
			return nil, err
		}
		p.app.note("%s (%.1f s)\n", o.sum, time.Since(begin).Seconds())
		for _, problem := range o.problems { // told now, since a long proof may be interrupted before its end
			p.app.note("%s\n", problem)
		}
		if len(o.problems) > 0 {
			continue
		}
		stale, err := p.stamp(pg, o.digest)
		if err != nil {
			return nil, err
		}
		all.Stamps = append(all.Stamps, stale...)
	}
	if summary := p.labs.Summary(); summary != "" {
		p.app.note("%s\n", summary)
	}
	return all, nil
}

// byPlace puts pages of one cluster together: first those that need none, then clusters as they come up.
func byPlace(pages []page) []page {
	rank := map[labs.Place]int{{}: 0}
	for _, pg := range pages {
		if _, ok := rank[pg.place]; !ok {
			rank[pg.place] = len(rank)
		}
	}
	return slices.SortedStableFunc(slices.Values(pages), func(a, b page) int { return rank[a.place] - rank[b.place] })
}

func (p *prover) ofTask(t *task.Task, proof **prove.TaskProof) page {
	pg := page{id: t.ID, file: t.File, draft: p.course.Task(t.ID).Draft}
	var bench prove.Bench = p.worlds
	if l := p.course.catalog.onCluster(t.ID); l != nil {
		pg.place, bench = l.Place(), p.labs
	} else if kindOf(t) == "lab" {
		bench = p.local
	}
	pg.prove = func(ctx context.Context) (_ outcome, err error) {
		if *proof, err = p.all.Task(ctx, t, bench); err != nil {
			return outcome{}, err
		}
		if p.update {
			err = (*proof).Update(filepath.Join(p.course.root, kindOf(t)+"s", "catalog"))
		}
		return outcome{*proof, t.Digest, (*proof).Problems}, err
	}
	return pg
}

func (p *prover) ofChapter(ch *content.Chapter, proof **prove.ChapterProof) page {
	pg := page{id: ch.Slug, file: ch.File, draft: ch.Draft}
	if ch.Cluster != "" {
		pg.place = chapterPlace(ch)
	}
	pg.prove = func(ctx context.Context) (_ outcome, err error) {
		if *proof, err = p.all.Chapter(ctx, ch); err != nil {
			return outcome{}, err
		}
		if p.update {
			err = (*proof).Update(filepath.Join(p.course.root, "content"), ch)
		}
		return outcome{*proof, (*proof).Digest, (*proof).Problems}, err
	}
	return pg
}

// stamp stamps a page that was proven where stamps are to be written. Elsewhere it returns the problem of one that is
// not stamped as it is.
func (p *prover) stamp(pg page, digest string) (stale []string, err error) {
	if _, ok := p.course.Verified.Of(pg.id, digest); ok {
		return nil, nil
	}
	if !p.update {
		if pg.draft {
			return nil, nil // it is stamped when it is published
		}
		return []string{fmt.Sprintf("%s: page has changed since it was last stamped: run slipway prove --update %s", pg.file, pg.id)}, nil
	}
	stamp := content.Stamp{Digest: digest, Go: p.all.Go.Version, Date: time.Now().UTC().Format(time.DateOnly)}
	if pg.place.Name != "" {
		stamp.Kubernetes = image.Kubernetes
	}
	return nil, writeStamp(filepath.Join(p.course.root, "content"), pg.id, stamp)
}

// writeStamp stamps a page of the course in a folder. Stamps are read again, since another proof may have written some.
func writeStamp(folder, id string, stamp content.Stamp) error {
	stamps, err := content.ReadStamps(os.DirFS(folder))
	if err != nil {
		return err
	}
	stamps[id] = stamp
	data, err := stamps.Marshal()
	if err == nil {
		err = atomicfile.Write(filepath.Join(folder, content.VerifiedName), data)
	}
	if err != nil {
		return fmt.Errorf("stamp %s: %w", id, err)
	}
	return nil
}
