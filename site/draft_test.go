package site_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/site"
)

// draftCourse is the test course with a draft of a chapter, which has a task of its own, and with the
// draft of a task in a chapter that is none.
func draftCourse(t *testing.T) (fstest.MapFS, task.Catalog) {
	fsys, cat := course(t), tasks()
	replace(t, fsys, "course.yaml", "[nodes]", "[nodes, pods]")
	set(fsys, "en/pods.md", "---\nnumber: 12\ntitle: Pods\noutcome: O.\nminutes: 1\ndraft: true\nneeds: [nodes]\n---\n"+
		"[Do it](task:x98), [do this](task:x99), [read](chapter:nodes).\n")
	for i, chapter := range []string{"pods", "nodes"} {
		x := *cat[0]
		x.ID, x.Title, x.Chapter, x.Draft = []string{"x98", "x99"}[i], "Unborn", chapter, i == 1
		x.File, x.Digest = x.ID+"-unborn/task.md", x.ID
		cat = append(cat, &x)
	}
	return fsys, cat
}

const draftMark = `<strong class="draft">Draft</strong>`

func TestDraftsAreHidden(t *testing.T) {
	fsys, cat := draftCourse(t)
	_, hidden := build(t, site.Options{Content: fsys, Tasks: cat})
	_, never := build(t, site.Options{Content: course(t), Tasks: tasks()})
	for name, page := range hidden {
		if page != never[name] {
			t.Errorf("%s differs from that of a course without drafts", name)
		}
	}
	if len(hidden) != len(never) {
		t.Errorf("%d files, want %d", len(hidden), len(never))
	}
}

func TestDraftsAreShown(t *testing.T) {
	fsys, cat := draftCourse(t)
	_, got := build(t, site.Options{Content: fsys, Tasks: cat, Drafts: true})
	for _, name := range []string{"en/pods.html", "en/x98.html", "en/x99.html", "en/index.html"} {
		if !strings.Contains(got[name], draftMark) {
			t.Errorf("%s has no mark of a draft", name)
		}
	}
	if strings.Contains(got["en/nodes.html"], draftMark) {
		t.Error("en/nodes.html is marked as a draft")
	}
	if strings.Contains(got["sitemap.xml"], "pods") {
		t.Error("the sitemap tells search engines of a draft")
	}
}

// TestDraftAppears edits a draft while the site is built again and again.
func TestDraftAppears(t *testing.T) {
	fsys, cat := draftCourse(t)
	out := t.TempDir()
	b, err := site.NewBuilder(site.Options{Content: fsys, Out: out})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, false, true, false} {
		switch i {
		case 1:
			replace(t, fsys, "en/pods.md", "[read]", "[read first]")
		case 2:
			replace(t, fsys, "en/pods.md", "draft: true\n", "")
			replace(t, fsys, "en/pods.md", "[do this](task:x99), ", "")
		case 3:
			replace(t, fsys, "en/pods.md", "minutes: 1\n", "minutes: 1\ndraft: true\n")
		}
		if _, err := b.Build(context.Background(), cat); err != nil {
			t.Fatalf("build %d: %v", i, err)
		}
		if _, ok := files(t, out)["en/pods.html"]; ok != want {
			t.Errorf("build %d: draft is there: %v, want %v", i, ok, want)
		}
	}
}

func TestLinksToDrafts(t *testing.T) {
	for _, drafts := range []bool{false, true} {
		fsys, cat := draftCourse(t)
		replace(t, fsys, "en/nodes.md", "task:x06", "task:x99")
		replace(t, fsys, "en/modules.md", "### Deeper", "[Pods](chapter:pods#none)\n\n### Deeper")
		_, err := site.Build(context.Background(), site.Options{Content: fsys, Tasks: cat, Out: t.TempDir(), Drafts: drafts})
		if err == nil {
			t.Fatal("no error")
		}
		want := "the course has mistakes:\nen/modules.md:12:1: link to chapter:pods: that chapter is a draft: publish it, which is to take draft: true out of its front matter, or take the link out\n" +
			"en/nodes.md:14:69: link to task:x99: that task is a draft: publish it, which is to take draft: true out of its front matter, or take the link out"
		if err.Error() != want {
			t.Errorf("drafts %v: error is\n%v\nwant\n%s", drafts, err, want)
		}
	}
}

// TestReportSize adds up the folder after builds that write all of it, a page and nothing.
func TestReportSize(t *testing.T) {
	fsys, out := course(t), t.TempDir()
	b, err := site.NewBuilder(site.Options{Content: fsys, Out: out})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if i == 1 {
			replace(t, fsys, "en/versions.md", "Two modules ask", "As many as three modules ask")
		}
		report, err := b.Build(context.Background(), tasks())
		if err != nil {
			t.Fatal(err)
		}
		var bytes int64
		got := without(files(t, out), ".slipway-site.json")
		for _, data := range got {
			bytes += int64(len(data))
		}
		if report.Files != len(got) || report.Bytes != bytes {
			t.Errorf("build %d: report says %d files of %d bytes, the folder has %d of %d", i, report.Files, report.Bytes, len(got), bytes)
		}
	}
}

// TestManyMistakes shows what an author sees who gets much wrong at once: every mistake, once, in the
// order of the files, and nothing that only follows from another one.
func TestManyMistakes(t *testing.T) {
	fsys, cat := draftCourse(t)
	replace(t, fsys, "en/workspaces.md", "## One", "# One")
	replace(t, fsys, "en/modules.md", "### Deeper", "```nope\n```\n\n[Pods](chapter:pods)\n\n### Deeper\n\n## Deeper")
	replace(t, fsys, "en/nodes.md", "task:x06", "task:x97")
	replace(t, fsys, "en/nodes.md", "chapter:versions#how-a-version-is-chosen", "chapter:modules#no-longer-known")
	cat[0].Text = "![x](y)\n\n[nowhere](chapter:nowhere)\n"
	_, err := site.Build(context.Background(), site.Options{Content: fsys, Tasks: cat, Out: t.TempDir()})
	if err == nil {
		t.Fatal("no error")
	}
	want := `the course has mistakes:
en/modules.md:12:1: unknown language "nope"
en/modules.md:15:1: link to chapter:pods: that chapter is a draft
en/modules.md:19:1: heading "Deeper": anchor "deeper" is already used
en/nodes.md:14:60: link to task:x97: no such task
en/workspaces.md:8:1: heading "One" has level 1
x06-build-list/task.md:9:1: image "y": names of images
x06-build-list/task.md:11:1: link to chapter:nowhere: no such chapter`
	got := strings.Split(err.Error(), "\n")
	wants := strings.Split(want, "\n")
	if len(got) != len(wants) {
		t.Fatalf("%d mistakes, want %d:\n%v", len(got), len(wants), err)
	}
	for i, w := range wants {
		if !strings.HasPrefix(got[i], w) {
			t.Errorf("mistake %d is\n%s\nwant\n%s", i+1, got[i], w)
		}
	}
}
