package render

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// node deals with one node of the tree.
func (p *page) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		p.heading(n)
	case *ast.Paragraph:
		p.checkTable(n)
	case *ast.Text:
		p.checkText(n)
		p.joinWide(n)
	case *ast.LinkReferenceDefinition:
		p.dropLines(n)
	case *ast.List:
		steps(n)
	case *ast.Link:
		p.link(n)
	case *ast.AutoLink:
		p.autoLink(n)
	case *ast.Blockquote:
		p.callout(n)
	case *ast.FencedCodeBlock:
		p.fence(n)
	case *ast.CodeBlock:
		p.fail(n.Lines().At(0).Start, "block is indented and says no language: put it between two lines of ```")
	case *ast.Image:
		p.image(n)
	case *ast.HTMLBlock:
		lines := text.NewSegments()
		lines.AppendAll(n.Lines().Sliced(0, n.Lines().Len()))
		if n.HasClosure() {
			lines.Append(n.ClosureLine)
		}
		p.rawHTML(n, lines)
	case *ast.RawHTML:
		p.rawHTML(n, n.Segments)
	case *east.Table:
		replace(n, &element{
			before: `<div class="table" role="group" tabindex="0" aria-label="` + escape(p.r.words.Table) + "\">\n",
			after:  "</div>\n",
		}, true)
	case *east.TableRow:
		p.checkRow(n)
	case *east.TableCell:
		if n.Alignment != east.AlignNone {
			n.SetAttributeString("class", []byte(n.Alignment.String()))
		}
	}
}

// joinWide drops the line break between two characters of a script that knows no spaces, where a
// browser would show one.
func (p *page) joinWide(n *ast.Text) {
	if !n.SoftLineBreak() {
		return
	}
	last, _ := utf8.DecodeLastRune(n.Segment.Value(p.src.Text))
	next, _ := utf8.DecodeRune(bytes.TrimLeft(p.src.Text[n.Segment.Stop:], " \t\r\n>"))
	if util.IsEastAsianWideRune(last) && util.IsEastAsianWideRune(next) {
		n.SetSoftLineBreak(false)
	}
}

// rawHTML refuses HTML. A comment is left out of the page.
func (p *page) rawHTML(n ast.Node, segments *text.Segments) {
	raw := strings.TrimSpace(string(segments.Value(p.src.Text)))
	end := strings.Index(raw, "-->")
	switch comment := strings.HasPrefix(raw, "<!--"); {
	case comment && end < 0:
		p.fail(n.Pos(), "comment has no end: close it with -->")
	case comment && end == len(raw)-len("-->"):
		first, last := segments.At(0), segments.At(segments.Len()-1)
		p.drop(first.Start, last.TrimRightSpace(p.src.Text).Stop)
		n.Parent().RemoveChild(n.Parent(), n)
	default:
		p.fail(n.Pos(), "raw HTML is not allowed: write Markdown, or put code between backticks")
	}
}

// An element is HTML that stands before and after its children.
type element struct {
	ast.BaseBlock
	before, after string
}

var kindElement = ast.NewNodeKind("Element")

func (e *element) Kind() ast.NodeKind            { return kindElement }
func (e *element) Dump(source []byte, level int) { ast.DumpHelper(e, source, level, nil, nil) }

// replace puts e where n stands. With keep, n becomes the child of e; else its children do.
func replace(n ast.Node, e *element, keep bool) {
	parent := n.Parent()
	parent.ReplaceChild(parent, n, e)
	if keep {
		e.AppendChild(e, n)
		return
	}
	for c := n.FirstChild(); c != nil; {
		next := c.NextSibling()
		e.AppendChild(e, c)
		c = next
	}
}

type elementRenderer struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (elementRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindElement, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		e := n.(*element)
		if entering {
			_, err := w.WriteString(e.before)
			return ast.WalkContinue, err
		}
		_, err := w.WriteString(e.after)
		return ast.WalkContinue, err
	})
}

// plainText gathers the text below a node.
func plainText(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(textOf(n, src))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(src))
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}

// textOf is what a reader sees of a piece of text.
func textOf(n *ast.Text, src []byte) []byte {
	text := n.Segment.Value(src)
	if n.Parent().Kind() == ast.KindCodeSpan {
		return text
	}
	return unescape(text)
}

// unescape reads entities, and punctuation after backslashes.
func unescape(text []byte) []byte {
	if !bytes.ContainsAny(text, `&\`) {
		return text
	}
	return util.UnescapePunctuations(util.ResolveEntityNames(text))
}

// escape makes a text safe between tags and in quoted attributes.
func escape(s string) string { return string(util.EscapeHTML([]byte(s))) }

var codeEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escapeCode makes a text safe between tags. Code has many quotation marks, which stay as they are.
func escapeCode(s string) string { return codeEscaper.Replace(s) }
