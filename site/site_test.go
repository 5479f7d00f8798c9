package site_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/site"
)

// course copies testdata/course into memory, where a test may change it.
func course(t testing.TB) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	root := os.DirFS("testdata/course")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		fsys[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

// tasks are an exercise and a lab, as a catalogue would hold them.
func tasks() task.Catalog {
	return task.Catalog{
		{
			ID: "x06", Title: "Predict the build list", Minutes: 20, Points: 3, Chapter: "versions",
			Objectives: []string{"Compute a build list by hand.", "Show it <with> the go command."},
			Text:       "Write the answer down. See [the rule](glossary:mvs).\n\n## What must hold\n\nIt is right.\n", Line: 9,
			Hints: []string{"Ask what `d` needs.", "Look at\n\n```console\n$ go mod graph\n```", "Write it."}, HintLines: []int{20, 24, 30},
			Checks: []task.Check{{ID: "10-answer", Title: "The answer is right", Points: 2}, {ID: "20-build", Title: "It builds", Points: 1}},
			File:   "x06-build-list/task.md", Digest: "1",
		},
		{
			ID: "lab-7", Title: "Four nodes", Minutes: 1, Points: 1, Chapter: "nodes", Needs: []string{"x06"},
			Objectives: []string{"Start four nodes."}, Text: "Do it.\n", Line: 9, Hints: []string{"Look."}, HintLines: []int{13},
			Checks: []task.Check{{ID: "10-nodes", Title: "There are four", Points: 1}},
			File:   "lab-7-four-nodes/task.md", Digest: "2",
		},
	}
}

func set(fsys fstest.MapFS, name, data string) { fsys[name] = &fstest.MapFile{Data: []byte(data)} }

func replace(t testing.TB, fsys fstest.MapFS, name, old, new string) {
	t.Helper()
	data := string(fsys[name].Data)
	if !strings.Contains(data, old) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	set(fsys, name, strings.Replace(data, old, new, 1))
}

// files reads the whole folder of a site.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		all[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func build(t testing.TB, o site.Options) (site.Report, map[string]string) {
	t.Helper()
	o.Out = t.TempDir()
	report, err := site.Build(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report, files(t, o.Out)
}

func ExampleBuild() {
	out, err := os.MkdirTemp("", "site")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(out)
	report, err := site.Build(context.Background(), site.Options{Content: os.DirFS("testdata/course"), Tasks: tasks(), Out: out})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Pages, "pages,", report.Commands, "blocks of commands run,", report.NotRun, "not")
	// Output: 10 pages, 2 blocks of commands run, 1 not
}

func TestBuild(t *testing.T) {
	report, got := build(t, site.Options{Content: course(t), Tasks: tasks()})
	if !slices.Equal(report.Written, slices.Sorted(maps.Keys(without(got, ".slipway-site.json")))) {
		t.Errorf("report names %v\nfolder has   %v", report.Written, slices.Sorted(maps.Keys(got)))
	}
	wants := map[string][]string{
		"index.html": {`content="0; url=en/index.html"`, `href="en/index.html"`},
		"en/index.html": {"Learn Go modules", "slipway start x06", "slipway watch", "make serve", `href="versions.html"`, `href="x06.html"`,
			`id="part-clusters"`, "3 chapters · 1 task · 130 minutes"},
		"en/versions.html": {"Chapter 3", `<a href="index.html#part-modules">Modules</a>`, "35 minutes", `<a href="modules.html">From GOPATH to modules</a>`,
			`<a href="versions.html" aria-current="page">`, `<li><a href="#a-program-that-shows-it">`, "slipway shell versions",
			`rel="prev" href="modules.html"`, `rel="next" href="workspaces.html"`, "Not verified since its last change",
			`href="https://example.test/source/edit/main/content/en/versions.md"`, `<link rel="canonical" href="https://example.test/slipway/en/versions.html">`,
			`data-definition="The versions of all modules that a build uses, one version of each. See minimal version selection."`},
		"en/nodes.html": {`href="lab-7.html"`, "Lab 7", "1 minute · 1 point"},
		"en/x06.html": {"3 points", "Compute a build list by hand.", "Show it &lt;with&gt; the go command.", "slipway start x06", "slipway shell x06", "slipway check x06",
			"The answer is right", "2 points", `<section id="check" data-task="x06" hidden></section>`, "<summary>Hint 3</summary>",
			`<a href="x06.html" aria-current="page">`, "exercises/catalog/x06-build-list/task.md"},
		"en/lab-7.html":    {`<a href="x06.html">Predict the build list</a>`, "labs/catalog/lab-7-four-nodes/task.md"},
		"en/glossary.html": {`<dt id="build-list">Build list</dt>`, `<a href="glossary.html#mvs"`},
		"404.html":         {`href="/slipway/en/index.html"`, `href="/slipway/assets/site-`},
		"sitemap.xml":      {"<loc>https://example.test/slipway/en/x06.html</loc>"},
		"robots.txt":       {"Sitemap: https://example.test/slipway/sitemap.xml"},
	}
	for name, parts := range wants {
		for _, part := range parts {
			if !strings.Contains(got[name], part) {
				t.Errorf("%s does not hold %q", name, part)
			}
		}
	}
	if strings.Contains(got["en/modules.html"], "slipway shell") {
		t.Error("en/modules.html tells how to follow along, and has no commands")
	}
}

func without(m map[string]string, name string) map[string]string {
	m = maps.Clone(m)
	delete(m, name)
	return m
}

func TestStamps(t *testing.T) {
	fsys := course(t)
	digest := content.Digest(fsys["en/versions.md"].Data)
	stamps := content.Stamps{
		"versions": {Digest: digest, Go: "go1.26.8", Date: "2026-11-21"},
		"modules":  {Digest: "of another text", Go: "go1.26.8", Date: "2026-11-21"},
		"x06":      {Digest: "1", Go: "go1.26.8", Kubernetes: "v1.35.0", Date: "2026-11-20"},
	}
	data, err := stamps.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	set(fsys, "verified.json", string(data))
	_, got := build(t, site.Options{Content: fsys, Tasks: tasks()})
	for name, want := range map[string]string{
		"en/versions.html":   "Verified with go1.26.8 on 2026-11-21",
		"en/modules.html":    "Not verified since its last change",
		"en/workspaces.html": "Not verified since its last change",
		"en/x06.html":        "Verified with go1.26.8 and Kubernetes v1.35.0 on 2026-11-20",
	} {
		if !strings.Contains(got[name], want) {
			t.Errorf("%s does not say %q", name, want)
		}
	}
}

// TestDeterminism builds the same course with one worker and with four.
func TestDeterminism(t *testing.T) {
	_, one := build(t, site.Options{Content: course(t), Tasks: tasks(), Parallel: 1})
	_, four := build(t, site.Options{Content: os.DirFS("testdata/course"), Tasks: tasks(), Parallel: 4, Cache: t.TempDir()})
	if !maps.Equal(one, four) {
		for name := range one {
			if one[name] != four[name] {
				t.Errorf("%s differs", name)
			}
		}
	}
}

func TestAddress(t *testing.T) {
	_, got := build(t, site.Options{Content: course(t), Tasks: tasks(), URL: "http://127.0.0.1:8080"})
	if page := got["404.html"]; !strings.Contains(page, `href="/en/index.html"`) {
		t.Errorf("404.html does not link to the root of the host:\n%s", page)
	}
}

func TestMistakes(t *testing.T) {
	tests := []struct {
		name   string
		change func(fsys fstest.MapFS, cat task.Catalog)
		want   []string
	}{
		{"course file", func(fsys fstest.MapFS, _ task.Catalog) { set(fsys, "course.yaml", "colour: red\n") },
			[]string{`course.yaml:1:1: unknown field "colour"`}},
		{"unknown chapter", func(fsys fstest.MapFS, _ task.Catalog) {
			replace(t, fsys, "en/nodes.md", "chapter:versions#", "chapter:verisons#")
		},
			[]string{"en/nodes.md:14:12: link to chapter:verisons: no such chapter: use one of modules, versions, workspaces, nodes"}},
		{"unknown anchor", func(fsys fstest.MapFS, _ task.Catalog) {
			replace(t, fsys, "en/nodes.md", "#how-a-version-is-chosen", "#how")
		},
			[]string{"en/nodes.md:14:12: link to #how: chapter versions has no heading with this anchor: use one of how-a-version-is-chosen"}},
		{"own anchor", func(fsys fstest.MapFS, _ task.Catalog) {
			replace(t, fsys, "en/nodes.md", "chapter:versions#how-a-version-is-chosen", "#two")
		},
			[]string{"en/nodes.md:14:12: link to #two: this page has no heading with this anchor: use one of one, deeper"}},
		{"unknown task", func(fsys fstest.MapFS, _ task.Catalog) { replace(t, fsys, "en/nodes.md", "task:x06", "task:x99") },
			[]string{"en/nodes.md:14:69: link to task:x99: no such task: use one of x06, lab-7"}},
		{"unknown term", func(fsys fstest.MapFS, _ task.Catalog) {
			replace(t, fsys, "en/nodes.md", "glossary:build-list", "glossary:x")
		},
			[]string{"en/nodes.md:10:11: link to glossary:x: the glossary has no such term: add it to en/glossary.yaml"}},
		{"task text", func(_ fstest.MapFS, cat task.Catalog) { cat[0].Text = "A\n\n# B\n" },
			[]string{`x06-build-list/task.md:11:1: heading "B" has level 1`}},
		{"hint", func(_ fstest.MapFS, cat task.Catalog) { cat[0].Hints[1] = "A\n[b](task:x99)" },
			[]string{"x06-build-list/task.md:25:1: link to task:x99"}},
		{"anchor in a hint", func(_ fstest.MapFS, cat task.Catalog) { cat[0].Hints[1] = "## What must hold" },
			[]string{`x06-build-list/task.md:24:1: heading "What must hold": anchor "what-must-hold" is already used`}},
		{"glossary", func(fsys fstest.MapFS, _ task.Catalog) { replace(t, fsys, "en/glossary.yaml", "`build list`", "<b>") },
			[]string{`en/glossary.yaml:5:9: term "mvs": raw HTML`}},
		{"glossary link", func(fsys fstest.MapFS, _ task.Catalog) {
			replace(t, fsys, "en/glossary.yaml", "glossary:mvs", "glossary:nvs")
		},
			[]string{`en/glossary.yaml:2:9: link to glossary:nvs`}},
		{"name taken", func(fsys fstest.MapFS, _ task.Catalog) {
			replace(t, fsys, "course.yaml", "nodes]", "nodes, glossary]")
			set(fsys, "en/glossary.md", "---\nnumber: 12\ntitle: T\noutcome: O.\nminutes: 1\n---\n")
		}, []string{"en/glossary.md: page en/glossary.html exists already"}},
		{"all at once, sorted", func(fsys fstest.MapFS, cat task.Catalog) {
			replace(t, fsys, "en/workspaces.md", "## One", "# One")
			replace(t, fsys, "en/modules.md", "### Deeper", "```nope\n```\n\n### Deeper\n\n# One")
			cat[0].Text = "![x](y)\n"
		}, []string{"en/modules.md:12:1: unknown language \"nope\"", "en/modules.md:17:1: heading", "en/workspaces.md:8:1: heading", "x06-build-list/task.md:9:1: image"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys, cat := course(t), tasks()
			tt.change(fsys, cat)
			out := t.TempDir()
			_, err := site.Build(context.Background(), site.Options{Content: fsys, Tasks: cat, Out: out})
			if err == nil {
				t.Fatal("no error")
			}
			at := 0
			for _, want := range tt.want {
				i := strings.Index(err.Error()[at:], want)
				if i < 0 {
					t.Fatalf("error does not hold %q in its order:\n%v", want, err)
				}
				at += i
			}
			if left := files(t, out); len(left) > 0 {
				t.Errorf("a build that failed left %v", slices.Collect(maps.Keys(left)))
			}
		})
	}
}

// TestCourse builds the course that ships, as an installed program does.
func TestCourse(t *testing.T) {
	cat, err := exercises.Load(exercises.FS)
	if err != nil {
		t.Fatal(err)
	}
	onClusters, err := labs.Load(labs.FS)
	if err != nil {
		t.Fatal(err)
	}
	report, got := build(t, site.Options{Content: content.FS, Tasks: append(cat.Tasks(), onClusters.Tasks()...)})
	if report.Rendered != report.Pages {
		t.Errorf("%d of %d pages rendered", report.Rendered, report.Pages)
	}
	checkPages(t, got)
}
