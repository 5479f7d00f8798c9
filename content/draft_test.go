package content_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/content"
)

func draft(chapter string) string {
	return strings.Replace(chapter, "\n---\n", "\ndraft: true\n---\n", 1)
}

func TestHideDrafts(t *testing.T) {
	parts := course + "  - id: two\n    title: {en: Two}\n    chapters: [c]\n"
	c, err := content.Load(files("course.yaml", parts, "en/b.md", draft(chapter("2", "a")), "en/c.md", draft(chapter("3", "b"))), "en")
	if err != nil {
		t.Fatal(err)
	}
	err = c.Attach([]*content.Task{
		{ID: "x1", Chapter: "a", Variants: []*content.Task{{ID: "x1-v", Draft: true}, {ID: "x1-w"}}},
		{ID: "x2", Chapter: "a", Draft: true}, {ID: "x3", Chapter: "b", Needs: []string{"x2"}, Variants: []*content.Task{{ID: "x3-v"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.HideDrafts()
	var names []string
	for _, p := range c.Parts {
		names = append(names, p.ID)
	}
	for ch := range c.Chapters() {
		names = append(names, ch.Slug)
	}
	for task := range c.Tasks() {
		names = append(names, task.ID)
		for _, v := range task.Variants {
			names = append(names, v.ID)
		}
	}
	if want := []string{"one", "a", "x1", "x1-w"}; !slices.Equal(names, want) {
		t.Errorf("without drafts the course has %v, want %v", names, want)
	}
	if ch := c.Chapter("c"); ch == nil || !ch.Draft {
		t.Errorf("draft c is not known any more: %+v", ch)
	}
	for _, id := range []string{"x2", "x3", "x3-v", "x1-v"} {
		if task := c.Task(id); task == nil || !task.Draft {
			t.Errorf("draft %s: %+v", id, task)
		}
	}
}

func TestNeedsOfDrafts(t *testing.T) {
	_, err := content.Load(files("en/a.md", draft(chapter("1", ""))), "en")
	if want := `en/b.md:6:9: needs chapter "a", which is a draft: publish that one first`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	c, err := content.Load(files(), "en")
	if err != nil {
		t.Fatal(err)
	}
	err = c.Attach([]*content.Task{{ID: "x1", Chapter: "a", Draft: true}, {ID: "x2", Chapter: "a", Needs: []string{"x1"}}})
	if want := `needs task "x1", which is a draft`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}
