package site

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"html/template"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/site/render"
	"github.com/slipway-workshop/slipway/site/search"
)

// A Builder builds a site again and again. Its methods may not be called at the same time.
type Builder struct {
	opt    Options
	words  *words
	render *render.Renderer
	shells *template.Template
	assets *assets
	out    *output
	seed   maphash.Seed // of the keys of pages
	last   state
	rules  *search.Rules
	index  *search.Index // of the build that runs
}

// state is what a build leaves to the next one. A build that fails leaves none.
type state struct {
	course *content.Course
	tasks  string           // digests of the tasks
	files  map[string]stamp // of the content
	pages  map[string]built // by name of the file
	index  search.State
}

// NewBuilder returns a builder that has not built yet.
func NewBuilder(o Options) (*Builder, error) {
	o.Language = cmp.Or(o.Language, "en")
	o.Parallel = cmp.Or(o.Parallel, runtime.GOMAXPROCS(0))
	switch {
	case o.Content == nil:
		return nil, errors.New("build site: no content to read")
	case o.Out == "":
		return nil, errors.New("build site: no folder to write to")
	}
	b := &Builder{opt: o, out: newOutput(o.Out), seed: maphash.MakeSeed()}
	var err error
	if b.words, err = readWords(o.Language); err != nil {
		return nil, err
	}
	if b.assets, err = readAssets(map[string]*words{o.Language: b.words}); err != nil {
		return nil, err
	}
	if b.shells, err = template.ParseFS(embedded, "templates/*.html"); err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	if b.rules, err = search.NewRules(); err != nil {
		return nil, err
	}
	b.render, err = render.New(render.Options{Words: b.words.Render, Cache: o.Cache})
	return b, err
}

// Build brings the folder up to date with the content and the tasks.
func (b *Builder) Build(ctx context.Context, tasks task.Catalog) (Report, error) {
	start := time.Now()
	next, err := b.load(tasks)
	if err != nil {
		return Report{}, sorted(err)
	}
	plan, err := b.plan(next.course, tasks)
	if err != nil {
		return Report{}, sorted(err)
	}
	if err := b.out.begin(); err != nil {
		return Report{}, err
	}
	defer b.out.abandon()
	report, err := b.pages(ctx, &next, plan)
	if err != nil {
		return Report{}, sorted(err)
	}
	if err := b.files(next.course, plan); err != nil {
		return Report{}, err
	}
	report.Written, report.Removed, err = b.out.commit()
	if err != nil {
		b.last = state{} // the folder may be half new: look at all of it next time
		return Report{}, err
	}
	b.last = next
	report.Took = time.Since(start)
	return report, nil
}

// pages renders what must be rendered, checks all links, and adds up the report.
func (b *Builder) pages(ctx context.Context, next *state, plan []page) (Report, error) {
	b.index = b.rules.Begin(b.searchFiles(plan), b.last.index)
	results, err := b.renderAll(ctx, plan)
	if err != nil {
		return Report{}, err
	}
	if next.index, err = b.index.End(); err != nil {
		return Report{}, err
	}
	report := Report{Pages: len(plan)}
	next.pages = make(map[string]built, len(plan))
	for i, p := range plan {
		next.pages[p.name] = results[i].built
		report.Commands += results[i].commands
		report.NotRun += results[i].notRun
		if !results[i].reused {
			report.Rendered++
		}
	}
	return report, checkLinks(b.opt.Language, next, plan)
}

// A result is what became of a page of the plan.
type result struct {
	built
	reused bool
	err    error
}

// renderAll works through the plan with several workers. Results stand in the order of the plan.
func (b *Builder) renderAll(ctx context.Context, plan []page) ([]result, error) {
	results := make([]result, len(plan))
	todo := make(chan int)
	var workers sync.WaitGroup
	for range min(b.opt.Parallel, len(plan)) {
		workers.Go(func() {
			for i := range todo {
				results[i] = b.renderPage(ctx, plan[i])
			}
		})
	}
	for i := range plan {
		todo <- i
	}
	close(todo)
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("build site: %w", err)
	}
	var errs []error
	for _, r := range results {
		errs = append(errs, r.err)
	}
	return results, errors.Join(errs...)
}

// renderPage renders a page, unless it is made of the same things as last time.
func (b *Builder) renderPage(ctx context.Context, p page) result {
	if ctx.Err() != nil {
		return result{}
	}
	if old, ok := b.last.pages[p.name]; ok && old.key == p.key && old.definitions == b.definitions(old.links, p.define) {
		b.out.keep(p.name)
		return result{built: old, reused: true, err: b.index.Keep(p.name)}
	}
	data, made, err := p.make()
	if err != nil {
		return result{err: err}
	}
	var html strings.Builder
	if err := b.shells.ExecuteTemplate(&html, p.shell, data); err != nil {
		return result{err: fmt.Errorf("page %s: %w", p.name, err)}
	}
	if err := b.index.Add(p.name, made.found...); err != nil {
		return result{err: err}
	}
	made.found = nil
	made.key, made.definitions = p.key, b.definitions(made.links, p.define)
	return result{built: made, err: b.out.stage(p.name, []byte(html.String()))}
}
