package render

import (
	"slices"

	"github.com/yuin/goldmark/ast"
)

// A tabGroup is a run of blocks that each have a tab. They stand one below the other, each under its
// title; tabs.js shows one at a time.
type tabGroup struct {
	*element
	off    int // of the first block
	titles []string
}

// tab puts a rendered block where n stands, into the group that ends there or a new one.
func (p *page) tab(n *ast.FencedCodeBlock, title, html string) {
	panel := &element{before: `<div class="tab"><p class="tab-title">` + escape(title) + "</p>\n" + html, after: "</div>\n"}
	var group *tabGroup
	if last := len(p.tabs) - 1; last >= 0 && n.PreviousSibling() == ast.Node(p.tabs[last].element) {
		group = p.tabs[last]
		n.Parent().RemoveChild(n.Parent(), n)
	} else {
		group = &tabGroup{element: &element{before: `<div class="tabs">` + "\n", after: "</div>\n"}, off: n.Pos()}
		p.tabs = append(p.tabs, group)
		replace(n, group.element, false)
	}
	if slices.Contains(group.titles, title) {
		p.fail(n.Pos(), "tab %q is in its group twice: give each block a title of its own", title)
	}
	group.titles = append(group.titles, title)
	group.AppendChild(group.element, panel)
}

// checkTabs reports groups that leave nothing to choose.
func (p *page) checkTabs() {
	for _, group := range p.tabs {
		if len(group.titles) == 1 {
			p.fail(group.off, "tab %q is alone: let a block with another tab follow it, or leave out the attribute", group.titles[0])
		}
	}
}
