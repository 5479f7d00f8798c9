// Package site builds the course as a folder of plain files: content in, files out.
//
//	report, err := site.Build(ctx, site.Options{Content: content.FS, Tasks: tasks, Out: "public"})
//
// The folder opens from disk and stands under any address, since its pages link to one another by
// relative addresses:
//
//	index.html              leads to the course in the reader's language
//	en/index.html           parts, chapters, exercises; how to begin
//	en/<chapter>.html       en/<task>.html       en/glossary.html
//	zh/…                    the same pages in Chinese, or in English where nobody has translated them
//	en/search.js            the search index, loaded when somebody searches; its shards en/search/<hash>.js
//	404.html sitemap.xml robots.txt
//	en/book.html            en/<course>.epub; in a published site
//	assets/<name>-<hash>.<ext>  script, style, and the images of content/images that pages show
//	.slipway-site.json      the names of the files above; a later build removes what it no longer writes
//
// Pages hold no inline script or style and say so in a content security policy. They read without
// JavaScript. script/page.js lists what it adds; script/progress.js says what a browser keeps of a
// reader's progress, and script/progress-file.js in which form it goes into a file.
//
// A Builder keeps what it knows between builds, so that a build after one edit renders one page. A
// build that finds a mistake changes nothing in the folder, and reports all mistakes at once, each
// with its file, line and column.
package site

import (
	"context"
	"io/fs"
	"time"

	"github.com/slipway-workshop/slipway/exercises/task"
)

// Options say what is built, and where.
type Options struct {
	Content  fs.FS        // the course, as package content reads it
	Tasks    task.Catalog // for Build; a Builder is told at each build
	Out      string       // folder that takes the files; made when missing
	Cache    string       // folder that keeps highlighted code between runs; empty: kept in memory only
	URL      string       // address of the published site; empty means that of course.yaml
	Parallel int          // pages rendered at a time; 0 means one for each processor
	Publish  bool         // with what only a published site needs: see publish.go

	// Changed are the days of the last changes, as 2026-11-29, by the files' names in the checkout.
	Changed map[string]string
	Drafts  bool // drafts are shown, each with a mark
}

// A Report says what a build did.
type Report struct {
	Pages    int           // files of the site that are pages
	Files    int           // files of the site
	Bytes    int64         // that they have together
	Rendered int           // pages that were rendered; the others could not have changed
	Written  []string      // files whose bytes are new, sorted
	Removed  []string      // files that are gone, sorted
	Commands int           // console blocks that the pages show as run
	NotRun   int           // console blocks that carry a reason for not being run
	Took     time.Duration // for all of it
}

// Build builds the site once.
func Build(ctx context.Context, o Options) (Report, error) {
	b, err := NewBuilder(o)
	if err != nil {
		return Report{}, err
	}
	return b.Build(ctx, o.Tasks)
}
