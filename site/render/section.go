package render

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// A Section is the text between two headings, for a search index: paragraphs, lists, tables, code and
// what commands print, without markup and as one line. The first section is what stands
// before the first heading, and has no anchor.
type Section struct {
	Anchor, Heading, Text string
}

// sectionText gathers the sections of a page while its nodes are walked.
type sectionText struct {
	done []Section
	text []byte // of the section that is open
	head int    // offset where the title of the last heading ends
}

// begin ends the open section and opens one with a heading.
func (s *sectionText) begin(anchor, title string, n *ast.Heading) {
	s.close()
	s.done = append(s.done, Section{Anchor: anchor, Heading: title})
	if lines := n.Lines(); lines.Len() > 0 {
		s.head = lines.At(lines.Len() - 1).Stop
	}
}

func (s *sectionText) close() {
	if len(s.done) == 0 {
		s.done = append(s.done, Section{})
	}
	s.done[len(s.done)-1].Text = strings.Join(strings.Fields(string(s.text)), " ")
	s.text = s.text[:0]
}

// end returns all sections.
func (s *sectionText) end() []Section {
	s.close()
	return s.done
}

// node takes the text of a node, and separates blocks.
func (s *sectionText) node(n ast.Node, src []byte) {
	switch n := n.(type) {
	case *ast.Text:
		if n.Segment.Start < s.head {
			return
		}
		s.text = append(s.text, textOf(n, src)...)
		if n.SoftLineBreak() || n.HardLineBreak() {
			s.text = append(s.text, ' ')
		}
	case *ast.AutoLink:
		s.text = append(s.text, n.Label(src)...)
	case *east.TableCell:
		s.breakWith(' ')
	default:
		if n.Type() == ast.TypeBlock {
			s.breakWith('\n')
		}
	}
}

// add takes a block of text.
func (s *sectionText) add(text string) {
	s.breakWith('\n')
	s.text = append(s.text, strings.Trim(text, "\n")...)
	s.breakWith('\n')
}

func (s *sectionText) breakWith(c byte) {
	if last := len(s.text) - 1; last >= 0 && s.text[last] != '\n' && s.text[last] != ' ' {
		s.text = append(s.text, c)
	}
}
