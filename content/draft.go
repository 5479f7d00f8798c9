package content

import (
	"slices"

	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// A draft is a chapter or a task whose front matter says draft: true. What is published never leads
// to one: Load and Attach report a need of it, and the site a link to it, whether drafts are shown or not.

// HideDrafts takes the drafts out of the book's order, and the parts that are left empty by it.
// Chapter and Task still know them, so that a draft can be proven and a link to it be told.
func (c *Course) HideDrafts() {
	var parts []*Part
	for _, p := range c.Parts {
		had := len(p.Chapters)
		p.Chapters = slices.DeleteFunc(p.Chapters, func(ch *Chapter) bool { return ch.Draft })
		for _, ch := range p.Chapters {
			ch.Tasks = withoutDrafts(ch.Tasks)
		}
		if len(p.Chapters) > 0 || had == 0 {
			parts = append(parts, p)
		}
	}
	c.Parts = parts
}

func withoutDrafts(tasks []*Task) []*Task {
	tasks = slices.DeleteFunc(tasks, func(t *Task) bool { return t.Draft })
	for _, t := range tasks {
		t.Variants = withoutDrafts(t.Variants)
	}
	return tasks
}

// inherit makes a task a draft that belongs to one: to a draft chapter, or as a variant to a draft task.
func (t *Task) inherit(draft bool) {
	t.Draft = t.Draft || draft
	for _, v := range t.Variants {
		v.inherit(t.Draft)
	}
}

// needsDraft is the mistake of what is published and needs a draft.
func needsDraft(at frontmatter.Position, kind, need string) error {
	return at.Errorf("needs %s %q, which is a draft: publish that one first, or take the need out", kind, need)
}
