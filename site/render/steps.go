package render

import (
	"slices"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// blockKinds are the kinds of nodes that make an item of a list a step.
var blockKinds = []ast.NodeKind{ast.KindFencedCodeBlock, ast.KindBlockquote, east.KindTable}

// steps marks an ordered list one of whose items holds a block.
func steps(list *ast.List) {
	if !list.IsOrdered() {
		return
	}
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		for c := item.FirstChild(); c != nil; c = c.NextSibling() {
			if slices.Contains(blockKinds, c.Kind()) {
				list.SetAttributeString("class", []byte("steps"))
				return
			}
		}
	}
}
