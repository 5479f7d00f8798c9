package site_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/site"
)

// A step of TestRebuild changes the content and says which files the next build writes and removes.
type step struct {
	name    string
	change  func(fsys fstest.MapFS, cat *task.Catalog)
	written []string
	removed []string
	err     string
}

// TestRebuild changes a course step by step. After each step the folder must hold what a build from
// nothing gives, and only what had to be written may have been written.
func TestRebuild(t *testing.T) {
	steps := []step{
		{name: "nothing", change: func(fstest.MapFS, *task.Catalog) {}},
		{name: "edit", written: []string{"en/versions.html"}, change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "en/versions.md", "Two modules ask", "Three modules ask")
		}},
		{name: "edit that changes no byte of a page", change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "en/versions.md", "\n\n> [!NOTE]", "\n\n\n> [!NOTE]")
		}},
		{name: "broken link", err: "en/versions.md:", change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "en/versions.md", "glossary:mvs", "glossary:nvs")
		}},
		{name: "still broken, and an edit elsewhere", err: "en/versions.md:", change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "en/nodes.md", "Text, and", "Words, and")
		}},
		{name: "mended", written: []string{"en/nodes.html"}, change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "en/versions.md", "glossary:nvs", "glossary:mvs")
		}},
		{name: "anchor that others link to", err: "en/modules.md:14:12: link to #how-a-version-is-chosen", change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "en/versions.md", "## How a version is chosen", "## How versions are chosen")
		}},
		{name: "anchor is back", written: []string{"en/versions.html"}, change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "en/versions.md", "## How versions are chosen", "## How versions are chosen {#how-a-version-is-chosen}")
		}},
		{name: "definition", written: []string{"en/glossary.html", "en/versions.html", "en/x06.html"}, change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "en/glossary.yaml", "The rule that picks", "What picks")
		}},
		{name: "broken front matter", err: `en/nodes.md:2:1: unknown field "nomber"`, change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "en/nodes.md", "number: 11", "nomber: 11")
		}},
		{name: "title", written: []string{"en/index.html", "en/lab-7.html", "en/modules.html", "en/nodes.html", "en/versions.html", "en/workspaces.html", "en/x06.html"}, change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "en/nodes.md", "nomber: 11", "number: 11")
			replace(t, fsys, "en/nodes.md", "What a node runs", "What nodes run")
		}},
		{name: "new chapter", written: []string{"en/index.html", "en/lab-7.html", "en/modules.html", "en/nodes.html", "en/pods.html", "en/versions.html", "en/workspaces.html", "en/x06.html", "sitemap.xml"}, change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "course.yaml", "[nodes]", "[nodes, pods]")
			set(fsys, "en/pods.md", "---\nnumber: 12\ntitle: Pods\noutcome: O.\nminutes: 1\n---\nText.\n")
		}},
		{name: "chapter without file", err: `course.yaml:12:23: chapter "pods" has no file`, change: func(fsys fstest.MapFS, _ *task.Catalog) {
			delete(fsys, "en/pods.md")
		}},
		{name: "chapter is gone", written: []string{"en/index.html", "en/lab-7.html", "en/modules.html", "en/nodes.html", "en/versions.html", "en/workspaces.html", "en/x06.html", "sitemap.xml"}, removed: []string{"en/pods.html"}, change: func(fsys fstest.MapFS, _ *task.Catalog) {
			replace(t, fsys, "course.yaml", "[nodes, pods]", "[nodes]")
		}},
		{name: "task", written: []string{"en/x06.html"}, change: func(_ fstest.MapFS, cat *task.Catalog) {
			*cat = tasks()
			(*cat)[0].Text, (*cat)[0].Digest = "Another text.\n", "3"
		}},
		{name: "task is gone", written: []string{"en/index.html", "en/nodes.html", "en/x06.html", "sitemap.xml"}, removed: []string{"en/lab-7.html"}, change: func(_ fstest.MapFS, cat *task.Catalog) {
			*cat = (*cat)[:1]
		}},
		{name: "stamp", written: []string{"en/x06.html"}, change: func(fsys fstest.MapFS, _ *task.Catalog) {
			set(fsys, "verified.json", `{"version":1,"pages":{"x06":{"digest":"3","go":"go1.26.8","date":"2026-11-21"}}}`)
		}},
	}
	for _, times := range []bool{false, true} {
		name := "by digest"
		if times {
			name = "by time"
		}
		t.Run(name, func(t *testing.T) { rebuild(t, steps, times) })
	}
}

func rebuild(t *testing.T, steps []step, times bool) {
	fsys, cat, out := course(t), tasks(), t.TempDir()
	touch(fsys, nil, times)
	b, err := site.NewBuilder(site.Options{Content: fsys, Out: out})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Build(context.Background(), cat); err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		before, old := files(t, out), maps.Clone(fsys)
		s.change(fsys, &cat)
		touch(fsys, old, times)
		report, err := b.Build(context.Background(), cat)
		if s.err != "" {
			if err == nil || !strings.Contains(err.Error(), s.err) {
				t.Errorf("%s: error = %v, want %s", s.name, err, s.err)
			}
			if !maps.Equal(files(t, out), before) {
				t.Errorf("%s: the failed build changed the folder", s.name)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		report.Written, report.Removed = htmlAndXML(report.Written), htmlAndXML(report.Removed)
		if !slices.Equal(report.Written, s.written) || !slices.Equal(report.Removed, s.removed) {
			t.Errorf("%s: written %v, removed %v; want %v, %v", s.name, report.Written, report.Removed, s.written, s.removed)
		}
		if len(s.written) < 3 && report.Rendered > 3 {
			t.Errorf("%s: %d pages rendered for %v", s.name, report.Rendered, s.written)
		}
		if _, fresh := build(t, site.Options{Content: fsys, Tasks: cat}); !maps.Equal(fresh, files(t, out)) {
			t.Errorf("%s: the folder is not what a build from nothing gives", s.name)
		}
	}
}

var clock = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// touch gives each file that changed since old a new time.
func touch(fsys, old fstest.MapFS, times bool) {
	if !times {
		return
	}
	for name, f := range fsys {
		if o, ok := old[name]; ok && string(o.Data) == string(f.Data) {
			f.ModTime = o.ModTime
		} else {
			f.ModTime = clock.Add(time.Duration(len(old)) * time.Hour)
			clock = clock.Add(time.Second)
		}
	}
}

func TestForeignFiles(t *testing.T) {
	out := t.TempDir()
	for _, name := range []string{"notes.txt", "en/notes.html"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(out, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(out, name), []byte("mine"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	o := site.Options{Content: course(t), Tasks: tasks(), Out: out}
	if _, err := site.Build(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	// Another process builds a course that has lost a chapter.
	fsys := course(t)
	replace(t, fsys, "course.yaml", "versions, workspaces]", "versions]")
	delete(fsys, "en/workspaces.md")
	o.Content = fsys
	report, err := site.Build(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"en/workspaces.html"}; !slices.Equal(htmlAndXML(report.Removed), want) {
		t.Errorf("removed %v, want %v", report.Removed, want)
	}
	got := files(t, out)
	if got["notes.txt"] != "mine" || got["en/notes.html"] != "mine" {
		t.Error("files of others were touched")
	}
}

func TestForeignPage(t *testing.T) {
	out := t.TempDir()
	if err := os.WriteFile(filepath.Join(out, "index.html"), []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := site.Build(context.Background(), site.Options{Content: course(t), Tasks: tasks(), Out: out})
	if err == nil || !strings.Contains(err.Error(), "is not from a build of the site: choose an empty folder") {
		t.Errorf("error = %v", err)
	}
	if got := files(t, out); len(got) != 1 || got["index.html"] != "mine" {
		t.Errorf("folder holds %v", slices.Collect(maps.Keys(got)))
	}
}

// TestInterrupted leaves a staging folder behind, as a killed build does.
func TestInterrupted(t *testing.T) {
	out := t.TempDir()
	o := site.Options{Content: course(t), Tasks: tasks(), Out: out}
	if err := os.MkdirAll(filepath.Join(out, ".slipway-staging", "en"), 0o777); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := site.Build(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want that of the context", err)
	}
	if got := files(t, out); len(got) > 0 {
		t.Errorf("folder holds %v", slices.Collect(maps.Keys(got)))
	}
	if _, err := site.Build(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(out, ".slipway-staging")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("staging folder is left: %v", err)
	}
}

func TestOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		o    site.Options
		want string
	}{
		{site.Options{Out: file}, "no content to read"},
		{site.Options{Content: course(t)}, "no folder to write to"},
		{site.Options{Out: file, Content: course(t), Tasks: tasks()}, "make the site's folder"},
	}
	for _, tt := range tests {
		if _, err := site.Build(context.Background(), tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Build(%+v) = %v, want %q", tt.o.Out, err, tt.want)
		}
	}
}

// htmlAndXML leaves out what follows from pages: lists of them, texts beside them, the index.
func htmlAndXML(names []string) []string {
	var list []string
	for _, name := range names {
		if ext := path.Ext(name); ext == ".html" || ext == ".xml" {
			list = append(list, name)
		}
	}
	return list
}
