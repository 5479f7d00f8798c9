package render

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/yuin/goldmark/ast"
)

// An edit replaces bytes of the source in the Markdown that readers get.
type edit struct {
	from, to int
	text     string
	link     int // the link whose address comes instead of text, counted from 1; 0: none
}

// Markdown returns the source of the page for those who read Markdown: under a title of level 1, with
// the addresses that href gives to links within the course, and without the anchors of headings and the
// remarks of authors. Addresses of images are those of the page.
func (p Page) Markdown(title string, href func(Link) string) []byte {
	edits := slices.SortedStableFunc(slices.Values(p.edits), func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	out := make([]byte, 0, len(p.source)+len(title)+64*len(edits)+4)
	out = append(append(append(out, "# "...), title...), "\n\n"...)
	at := len(p.source) - len(bytes.TrimLeft(p.source, "\n"))
	for _, e := range edits {
		if e.from < at {
			continue // within what is gone already
		}
		out = append(out, p.source[at:e.from]...)
		if e.link > 0 {
			e.text = href(p.Links[e.link-1])
		}
		out = append(out, e.text...)
		at = e.to
	}
	return append(out, p.source[at:]...)
}

// drop leaves bytes out.
func (p *page) drop(from, to int) {
	p.out.edits = append(p.out.edits, edit{from: from, to: min(to, len(p.src.Text))})
}

// dropAttributes leaves out the braces that end a heading.
func (p *page) dropAttributes(n *ast.Heading) {
	if len(n.Attributes()) == 0 {
		return
	}
	line := firstLine(p.src.Text[n.Pos():])
	if i := bytes.LastIndexByte(line, '{'); i > 0 {
		p.drop(n.Pos()+len(bytes.TrimRight(line[:i], " ")), n.Pos()+len(line))
	}
}

// dropLines leaves out the definition of a reference, whose address stands at each link instead.
func (p *page) dropLines(n *ast.LinkReferenceDefinition) {
	if lines := n.Lines(); lines.Len() > 0 {
		p.drop(lines.At(0).Start, lines.At(lines.Len()-1).Stop)
	}
}

// editLink gives a link, the nth of the page, the address that readers use.
func (p *page) editLink(n *ast.Link, nth int) {
	if n.Reference != nil {
		at := p.afterText(n)
		if to := referenceEnd(p.src.Text, at); to > at {
			p.out.edits = append(p.out.edits, edit{from: at, to: at, text: "]("}, edit{from: at, to: at, link: nth}, edit{from: at, to: to, text: ")"})
		}
		return
	}
	if p.out.Links[nth-1].To == ToWeb {
		return
	}
	if from, to, ok := p.destination(n, string(n.Destination)); ok {
		p.out.edits = append(p.out.edits, edit{from: from, to: to, link: nth})
	}
}

// editDestination gives an image another address.
func (p *page) editDestination(n ast.Node, old, address string) {
	if from, to, ok := p.destination(n, old); ok {
		p.out.edits = append(p.out.edits, edit{from: from, to: to, text: address})
	}
}

// destination finds the address of a link or an image, which stands in parentheses after its text.
func (p *page) destination(n ast.Node, dest string) (from, to int, ok bool) {
	at := p.afterText(n)
	rest, ok := bytes.CutPrefix(p.src.Text[at:], []byte("]("))
	if !ok {
		return 0, 0, false
	}
	from = at + len("](") + len(rest) - len(bytes.TrimLeft(rest, "< \n"))
	return from, from + len(dest), bytes.HasPrefix(p.src.Text[from:], []byte(dest))
}

// afterText is the offset of the bracket that closes the text of a link or an image.
func (p *page) afterText(n ast.Node) int {
	at := n.Pos()
	for c := n.LastChild(); c != nil; c = c.LastChild() {
		if text, ok := c.(*ast.Text); ok {
			at = text.Segment.Stop
		}
	}
	return at + max(bytes.IndexByte(p.src.Text[at:], ']'), 0)
}

// referenceEnd is the offset after a link that has a reference, whose text is closed at the given one.
func referenceEnd(src []byte, at int) int {
	if rest, ok := bytes.CutPrefix(src[at:], []byte("][")); ok {
		if i := bytes.IndexByte(rest, ']'); i >= 0 {
			return at + len("][") + i + 1
		}
	}
	return at + 1
}
