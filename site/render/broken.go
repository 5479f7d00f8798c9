package render

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// What follows reports Markdown that a parser takes for text, or leaves out, though an author meant
// something by it.

// brokenLink is how a link goes on after its text.
var brokenLink = regexp.MustCompile(`^\]\[[^\[\]]*\]|^\]\([^()\s]*:|^\]\(#`)

// checkText reports links and comments that have stayed text.
func (p *page) checkText(n *ast.Text) {
	if n.Parent().Kind() == ast.KindCodeSpan {
		return
	}
	text := n.Segment.Value(p.src.Text)
	for i, c := range text {
		off := n.Segment.Start + i
		if off > 0 && p.src.Text[off-1] == '\\' {
			continue
		}
		switch c {
		case ']':
			p.checkLink(off)
		case '<':
			if bytes.HasPrefix(p.src.Text[off:], []byte("<!--")) {
				p.fail(off, "comment has no end: close it with -->")
			}
		}
	}
}

// checkLink reports what would be a link, were there an address. The bracket at off closes its text.
func (p *page) checkLink(off int) {
	m := brokenLink.Find(p.src.Text[off:])
	switch {
	case m == nil:
	case m[1] == '(':
		p.fail(off, "link %q is text: its address holds a space, or has no closing parenthesis", firstLine(p.src.Text[off+1:]))
	case !bytes.HasPrefix(p.src.Text[off+len(m):], []byte("(")): // else a link follows what stands in brackets
		p.fail(off, "link to %q: no such reference: write [text](address), or put code between backticks", m[1:])
	}
}

// checkTable reports a paragraph that would be a table, did its head have as many cells as the line
// of dashes.
func (p *page) checkTable(n *ast.Paragraph) {
	for i := 1; i < n.Lines().Len(); i++ {
		line := bytes.TrimSpace(p.src.Text[n.Lines().At(i).Start:n.Lines().At(i).Stop])
		if len(line) > 0 && bytes.IndexByte(line, '|') >= 0 && bytes.Contains(line, []byte("--")) && len(bytes.Trim(line, "|-: ")) == 0 {
			p.fail(n.Lines().At(i).Start, "table is text: its head has %d cells and the line of dashes %d", cells(p.src.Text[n.Lines().At(i-1).Start:]), cells(line))
		}
	}
}

// checkRow reports a row with more cells than the table has columns; they would be left out.
func (p *page) checkRow(n *east.TableRow) {
	if has, fits := cells(p.src.Text[n.Pos():]), n.ChildCount(); has > fits {
		p.fail(n.Pos(), `row has %d cells, the table %d columns: write \| for a bar within a cell`, has, fits)
	}
}

// cells counts the cells of the line that text begins with.
func cells(text []byte) int {
	line := bytes.TrimSpace(firstLine(text))
	line = bytes.TrimPrefix(line, []byte("|"))
	if bytes.HasSuffix(line, []byte("|")) {
		line = line[:len(line)-1]
	}
	return bytes.Count(line, []byte("|")) - bytes.Count(line, []byte(`\|`)) + 1
}

func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return line
}
