package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/site"
	"github.com/slipway-workshop/slipway/site/companion"
	"github.com/spf13/cobra"
)

func (a *app) serveCommand() *cobra.Command {
	var addr string
	var drafts bool
	cmd := &cobra.Command{
		Use:     "serve",
		GroupID: groupLearn,
		Short:   "Read the course in the browser, with Check my solution on the page",
		Long: `Serve builds the course and serves it on this machine alone. On the page of an exercise the button
"Check my solution" runs the same checks as slipway check. In a checkout, pages are built and shown
anew whenever a source file changes, and drafts are shown with a mark.`,
		Example: "  slipway serve\n  slipway serve --addr 127.0.0.1:9000\n  slipway serve --drafts=false",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.open()
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("drafts") {
				drafts = c.root != ""
			}
			return a.serve(cmd.Context(), c, addr, drafts)
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:8080", "loopback address and port; port 0 takes any free one")
	cmd.Flags().BoolVar(&drafts, "drafts", false, "show drafts too (default: in a checkout)")
	return cmd
}

func (a *app) serve(ctx context.Context, c *course, addr string, drafts bool) error {
	ln, err := companion.Listen(addr)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	defer ln.Close()
	dir, err := os.MkdirTemp("", "slipway-site-")
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	defer os.RemoveAll(dir)
	server, err := companion.New(companion.Options{Dir: dir, Checker: pageChecker{a}, Passed: a.passed})
	if err != nil {
		return err
	}
	live, err := a.newLive(ctx, c, site.Options{Out: dir, URL: "http://" + ln.Addr().String() + "/", Drafts: drafts}, server)
	if err != nil {
		return err
	}
	defer live.watch()()
	if err := live.build(ctx); err != nil {
		return err
	}
	a.tellServed(ln.Addr().String())
	return live.serve(ctx, func(ctx context.Context) error { return server.Serve(ctx, ln) })
}

// tellServed says where the course is and what to do next. The pages write slipway; where that is not
// on PATH, the program as it was started is what can be typed.
func (a *app) tellServed(addr string) {
	self := "slipway"
	_, err := exec.LookPath(self)
	if err != nil {
		self = os.Args[0]
	}
	a.say("The course is on http://%s/  (Ctrl-C ends it)\n\nIn another terminal:\n", addr)
	a.say("  %[1]s watch    work on the next exercise; it is checked whenever you save\n  %[1]s list     see all exercises\n", self)
	if err != nil {
		a.say("\nPages write slipway for %s: make install puts it on your PATH.\n", self)
	}
}

// A pageChecker judges for the page. It takes the course as it is now, which an author may have
// changed since the page was served.
type pageChecker struct{ app *app }

func (p pageChecker) Has(id string) bool {
	c, err := p.app.open()
	return err == nil && c.catalog.get(id) != nil
}

func (p pageChecker) Check(ctx context.Context, id string, report func(verdict.Check)) (verdict.Result, error) {
	c, err := p.app.open()
	if err != nil {
		return verdict.Result{}, err
	}
	j, err := p.app.newJudge(ctx, c)
	if err != nil {
		return verdict.Result{}, err
	}
	return j.Check(ctx, id, report)
}

// passed lists for the pages what the record of the workspaces says is solved. It asks for no course, which
// may have mistakes while it is written.
func (a *app) passed() ([]companion.Passed, error) {
	c, err := a.files()
	if err != nil {
		return nil, err
	}
	progress, err := a.work(c).Progress()
	if err != nil {
		return nil, err
	}
	var list []companion.Passed
	for _, id := range slices.Sorted(maps.Keys(progress.Tasks)) {
		if progress.Solved(id) {
			list = append(list, companion.Passed{Task: id, At: progress.Tasks[id].Solved.UTC()})
		}
	}
	return list, nil
}

// A live site is built again when its sources change.
type live struct {
	app     *app
	course  *course
	stale   bool // the catalogue has changed since it was read
	builder *site.Builder
	server  *companion.Server

	pages, tasks, labs <-chan error // tell of changes below content/ and the catalogues
}

// newLive prepares a site that stands at the URL of its options, and not where course.yaml says that it
// is published: the links of its 404 page begin with that address's path.
func (a *app) newLive(ctx context.Context, c *course, opt site.Options, server *companion.Server) (*live, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	opt.Content, opt.Cache, opt.Changed = c.content, filepath.Join(cache, "highlight"), changedFiles(ctx, c.root)
	builder, err := site.NewBuilder(opt)
	return &live{app: a, course: c, builder: builder, server: server}, err
}

// build builds the site once and says how that went. The builder reads the content; the catalogue is read
// again only when it has changed.
func (l *live) build(ctx context.Context) error {
	if l.stale {
		if err := l.course.load(); err != nil {
			return fmt.Errorf("the course has mistakes:\n%w", err)
		}
		l.stale = false
	}
	report, err := l.builder.Build(ctx, l.course.catalog.tasks())
	if err != nil {
		return err
	}
	l.app.note("Built %d pages in %s.\n", report.Pages, report.Took.Round(time.Millisecond))
	return nil
}

// watch begins to look for changes, which is before the first build so that none is missed.
func (l *live) watch() (stop func()) {
	var stopPages, stopTasks, stopLabs func()
	l.pages, stopPages = l.changesIn("content")
	l.tasks, stopTasks = l.changesIn("exercises/catalog")
	l.labs, stopLabs = l.changesIn("labs/catalog")
	return func() {
		stopPages()
		stopTasks()
		stopLabs()
	}
}

// serve runs the server, and builds whenever sources change, until ctx ends.
func (l *live) serve(ctx context.Context, server func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- server(ctx) }()
	for {
		var err error
		select {
		case err := <-ended:
			return err
		case err = <-l.pages:
		case err = <-l.tasks:
			l.stale = true
		case err = <-l.labs:
			l.stale = true
		}
		if err != nil {
			l.app.note("slipway: %v\n", err)
			continue
		}
		err = l.build(ctx)
		if errors.Is(err, context.Canceled) {
			continue // the server ends as well
		}
		if err != nil {
			l.app.note("%v\n", err)
		}
		l.server.Reload(err)
	}
}

// changesIn tells of changes below a folder of the checkout. The built-in course has none, and where a
// folder cannot be watched the course is served as it is.
func (l *live) changesIn(name string) (changes <-chan error, stop func()) {
	if l.course.root == "" {
		return nil, func() {}
	}
	w, err := changesIn(filepath.Join(l.course.root, filepath.FromSlash(name)), settleBuild)
	if err != nil {
		l.app.note("slipway: %v: pages are not built anew when %s changes; start slipway serve again to see changes\n", err, name)
		return nil, func() {}
	}
	return w.C, w.stop
}

func (a *app) buildCommand() *cobra.Command {
	var out, url string
	var drafts bool
	cmd := &cobra.Command{
		Use:     "build",
		GroupID: groupAuthor,
		Short:   "Build the course as a folder of files for any web server",
		Long: `Build writes the course as plain files. The folder can be published as it is, under any address, or
opened from disk. Files of an earlier build that are no longer part of the course are removed; what
else is in the folder stays. Drafts are left out.`,
		Example: "  slipway build --out public",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.build(cmd.Context(), site.Options{Out: out, URL: url, Drafts: drafts})
		},
	}
	cmd.Flags().StringVar(&out, "out", "public", "folder that takes the files")
	cmd.Flags().StringVar(&url, "url", "", "address of the published site (default: url in course.yaml)")
	cmd.Flags().BoolVar(&drafts, "drafts", false, "build drafts too, each with a mark")
	return cmd
}

func (a *app) build(ctx context.Context, opt site.Options) error {
	c, err := a.open()
	if err != nil {
		return err
	}
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	opt.Content, opt.Tasks, opt.Cache = c.content, c.catalog.tasks(), filepath.Join(cache, "highlight")
	opt.Publish, opt.Changed = true, changedFiles(ctx, c.root)
	report, err := site.Build(ctx, opt)
	if err != nil {
		return err
	}
	a.say("Built %d pages, %d files, %.1f MB in %s: %s\n", report.Pages, report.Files, float64(report.Bytes)/1e6,
		report.Took.Round(time.Millisecond), filepath.Join(opt.Out, "index.html"))
	return nil
}
