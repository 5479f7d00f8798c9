package render

import (
	"bytes"

	"github.com/mattn/go-runewidth"
	"github.com/yuin/goldmark/ast"
)

const (
	// maxWidth is how many columns a line of code may have. The text column shows 79 beside its
	// margins; what is wider must be scrolled for.
	maxWidth = 100
	tabSize  = 4 // as the stylesheet has it
)

// columns counts cells whatever the language of the terminal that builds the site.
var columns = &runewidth.Condition{}

// checkWidth reports lines of code that are too wide. Text is mostly what a program printed, which an
// author cannot change.
func (p *page) checkWidth(n *ast.FencedCodeBlock) {
	if string(n.Language(p.src.Text)) == "text" {
		return
	}
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		line := bytes.TrimRight(p.src.Text[seg.Start:seg.Stop], "\n")
		if len(line)+bytes.Count(line, []byte("\t"))*(tabSize-1) <= maxWidth {
			continue // a rune has at least as many bytes as columns
		}
		if width, at := measure(string(line)); width > maxWidth {
			p.fail(seg.Start+at, "line of code has %d columns, which do not fit: break it so that it has at most %d", width, maxWidth)
		}
	}
}

// measure returns the columns of a line, and the offset of the first character that does not fit.
func measure(line string) (width, at int) {
	at = -1
	for i, r := range line {
		if r == '\t' {
			width += tabSize - width%tabSize
		} else {
			width += columns.RuneWidth(r)
		}
		if width > maxWidth && at < 0 {
			at = i
		}
	}
	return width, max(at, 0)
}
