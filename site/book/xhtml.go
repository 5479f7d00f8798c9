package book

import (
	"strings"

	"golang.org/x/net/html"
)

// writeXHTML writes the children of a node as XML does: every element is closed, every attribute has a
// value, and no entity is named but those that XML knows. Elements of SVG say that they are.
func writeXHTML(b *strings.Builder, n *html.Node) {
	for c := range n.ChildNodes() {
		switch c.Type {
		case html.TextNode:
			b.WriteString(xmlText.Replace(c.Data))
		case html.ElementNode:
			writeElement(b, c)
		}
	}
}

func writeElement(b *strings.Builder, n *html.Node) {
	b.WriteString("<" + n.Data)
	if n.Data == "svg" {
		b.WriteString(` xmlns="http://www.w3.org/2000/svg"`)
	}
	for _, a := range n.Attr {
		writeAttr(b, a.Key, a.Val)
		if a.Key == "lang" {
			writeAttr(b, "xml:lang", a.Val)
		}
	}
	if n.FirstChild == nil && (isVoid[n.Data] || n.Namespace == "svg") {
		b.WriteString("/>")
		return
	}
	b.WriteString(">")
	writeXHTML(b, n)
	b.WriteString("</" + n.Data + ">")
}

func writeAttr(b *strings.Builder, key, value string) {
	b.WriteString(" " + key + `="` + xmlText.Replace(value) + `"`)
}

var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// isVoid tells the elements of HTML that never have children.
var isVoid = map[string]bool{
	"br": true, "col": true, "hr": true, "img": true, "source": true, "wbr": true,
}
