package site

import (
	"path"

	"github.com/slipway-workshop/slipway/site/render"
)

// markdownName is the name of the Markdown beside a page.
func (p page) markdownName() string { return path.Join(path.Dir(p.name), p.frame().Markdown) }

// inMarkdown is the address of a link's target for those who read the Markdown beside the pages.
func inMarkdown(l render.Link) string {
	if l.To != render.ToChapter && l.To != render.ToTask {
		return l.Href()
	}
	address := l.Target + ".md"
	if l.Anchor != "" {
		address += "#" + l.Anchor
	}
	return address
}
