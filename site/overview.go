package site

import (
	"bytes"
	"fmt"
)

// overview is llms.txt, the list of all texts for programs that read, in the form of
// https://llmstxt.org: title, description, and links to the pages as Markdown.
func (p *planner) overview() []byte {
	var b bytes.Buffer
	c := p.course
	fmt.Fprintf(&b, "# %s\n\n> %s\n", c.Title, c.Description)
	link := func(id, title, about string) {
		fmt.Fprintf(&b, "- [%s](%s%s/%s.md): %s\n", title, p.url(), c.Language, id, about)
	}
	for _, part := range c.Parts {
		fmt.Fprintf(&b, "\n## %s\n\n", part.Title)
		for _, ch := range part.Chapters {
			link(ch.Slug, fmt.Sprintf("%d. %s", ch.Number, ch.Title), ch.Outcome)
			for _, t := range ch.Tasks {
				link(t.ID, t.ID+": "+t.Title, fmt.Sprintf("a task of %d minutes that checks itself", t.Minutes))
			}
		}
	}
	return b.Bytes()
}
