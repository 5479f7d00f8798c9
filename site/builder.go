package site

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"html/template"
	"runtime"
	"sync"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/site/cache"
	"github.com/slipway-workshop/slipway/site/render"
	"github.com/slipway-workshop/slipway/site/search"
)

// A Builder builds a site again and again. Its methods may not be called at the same time.
type Builder struct {
	opt      Options
	editions map[string]*edition
	renderer *render.Renderer
	shells   *template.Template
	tops     *tops
	assets   *assets
	images   *images
	out      *output
	seed     maphash.Seed // of the keys of pages
	last     state
	rules    *search.Rules
	indexes  map[string]*search.Index // of the build that runs, by language

	buffers sync.Pool // of pages that are being put together
}

// state is what a build leaves to the next one. A build that fails leaves none.
type state struct {
	courses []*content.Course       // one for each language
	tasks   string                  // digests of the tasks
	files   map[string]stamp        // of the content
	pages   map[string]built        // by name of the file
	indexes map[string]search.State // by language
}

// NewBuilder returns a builder that has not built yet.
func NewBuilder(o Options) (*Builder, error) {
	o.Parallel = cmp.Or(o.Parallel, runtime.GOMAXPROCS(0))
	switch {
	case o.Content == nil:
		return nil, errors.New("build site: no content to read")
	case o.Out == "":
		return nil, errors.New("build site: no folder to write to")
	}
	b := &Builder{opt: o, editions: map[string]*edition{}, out: newOutput(o.Out), images: newImages(), seed: maphash.MakeSeed(), buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
	var err error
	if b.assets, err = readAssets(); err != nil {
		return nil, err
	}
	if b.shells, err = template.ParseFS(embedded, "templates/*.html"); err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	kept := cache.New(o.Cache)
	if b.rules, err = search.NewRules(kept); err != nil {
		return nil, err
	}
	b.tops = &tops{shells: b.shells, made: map[topKind][]string{}}
	b.renderer, err = render.New(kept)
	return b, err
}

// Build brings the folder up to date with the content and the tasks.
func (b *Builder) Build(ctx context.Context, tasks task.Catalog) (Report, error) {
	start := time.Now()
	next, err := b.load(tasks)
	if err != nil {
		return Report{}, sorted(err)
	}
	plan, err := b.plan(next.courses, tasks)
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
	if err := b.stageImages(next.pages); err != nil {
		return Report{}, err
	}
	if err := b.files(next.courses, plan); err != nil {
		return Report{}, err
	}
	if b.opt.Publish {
		if err := b.publish(next.courses); err != nil {
			return Report{}, err
		}
	}
	report.Written, report.Removed, err = b.out.commit()
	if err != nil {
		b.last = state{} // the folder may be half new: look at all of it next time
		return Report{}, err
	}
	report.Files, report.Bytes = b.out.size()
	b.last = next
	report.Took = time.Since(start)
	return report, nil
}

// pages renders what must be rendered, checks all links, and adds up the report.
func (b *Builder) pages(ctx context.Context, next *state, plan []page) (Report, error) {
	b.beginIndexes(plan)
	results, err := b.renderAll(ctx, plan)
	if results == nil {
		return Report{}, err
	}
	if err == nil {
		next.indexes, err = b.endIndexes()
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
	return report, errors.Join(err, checkLinks(next, plan))
}

// A result is what became of a page of the plan.
type result struct {
	built
	reused bool
	err    error
}

// renderAll works through the plan with several workers. Results stand in the order of the plan, and
// come with the mistakes of all pages; there are none when ctx has ended.
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
	if old, ok := b.last.pages[p.name]; ok && old.key == p.key && old.definitions == b.definitions(old.links, p.define) && old.shown == b.shown(old.images) {
		b.out.keep(p.name)
		if p.frame().Markdown != "" {
			b.out.keep(p.markdownName())
		}
		return result{built: old, reused: true, err: b.keepInIndex(p)}
	}
	data, made, err := p.make()
	if err != nil {
		made.failed = true
		return result{built: made, err: err}
	}
	html := b.buffers.Get().(*bytes.Buffer)
	defer b.buffers.Put(html)
	html.Reset()
	if err := b.shells.ExecuteTemplate(html, p.shell, data); err != nil {
		return result{err: fmt.Errorf("page %s: %w", p.name, err)}
	}
	if err := b.addToIndex(p, made.found...); err != nil {
		return result{err: err}
	}
	if p.frame().Markdown != "" {
		if err := b.out.stage(p.markdownName(), made.markdown); err != nil {
			return result{err: err}
		}
	}
	made.found, made.markdown = nil, nil
	made.key, made.definitions, made.shown = p.key, b.definitions(made.links, p.define), b.shown(made.images)
	return result{built: made, err: b.out.stage(p.name, html.Bytes())}
}
