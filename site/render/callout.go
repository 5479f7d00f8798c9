package render

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// calloutAttr marks a quotation whose first line was [!KIND] with the rest of that line.
const calloutAttr = "callout"

// calloutMark takes the mark of a callout out of the quotation before its text is parsed.
type calloutMark struct{}

var calloutLine = regexp.MustCompile(`^\[!([^\]]*)\][ \t]*(.*)$`)

// Transform implements parser.ParagraphTransformer.
func (calloutMark) Transform(n *ast.Paragraph, reader text.Reader, _ parser.Context) {
	quote, ok := n.Parent().(*ast.Blockquote)
	if !ok || n.PreviousSibling() != nil {
		return
	}
	first := n.Lines().At(0)
	m := calloutLine.FindSubmatch(bytes.TrimSpace(first.Value(reader.Source())))
	if m == nil {
		return
	}
	quote.SetAttributeString(calloutAttr, [2]string{string(m[1]), string(m[2])})
	if n.Lines().Len() == 1 {
		quote.RemoveChild(quote, n)
		return
	}
	rest := text.NewSegments()
	rest.AppendAll(n.Lines().Sliced(1, n.Lines().Len()))
	n.SetLines(rest)
}

// icons are drawn with strokes in a box of 16 by 16.
var icons = map[string]string{
	"note":    "M8 14.5A6.5 6.5 0 1 0 8 1.5a6.5 6.5 0 0 0 0 13zM8 7.2v4M8 4.8v.2",
	"warning": "M8 1.8 15 14H1zM8 6.3v3.6M8 11.8v.2",
	"erratum": "M3 13.2 2.6 11 10.8 2.8l2.4 2.4L5 13.4zM9.2 4.4l2.4 2.4M8.5 14h5.5",
	"why":     "M8 14.5A6.5 6.5 0 1 0 8 1.5a6.5 6.5 0 0 0 0 13zM6.2 6.3a1.9 1.9 0 1 1 2.6 1.8c-.6.3-.8.6-.8 1.4M8 11.3v.2",
}

func (p *page) callout(n *ast.Blockquote) {
	mark, ok := n.AttributeString(calloutAttr)
	if !ok {
		return
	}
	kind, rest := mark.([2]string)[0], mark.([2]string)[1]
	class, word := p.calloutKind(kind)
	switch {
	case class == "":
		p.fail(n.Pos(), "unknown callout %q: use [!NOTE], [!WARNING], [!ERRATUM], [!WHY] or [!ANSWER]", "[!"+kind+"]")
	case rest != "":
		p.fail(n.Pos(), "callout [!%s] shares its line with %q: begin the text on the next line", kind, rest)
	case !n.HasChildren():
		p.fail(n.Pos(), "callout [!%s] is empty", kind)
	}
	if class == "answer" {
		replace(n, &element{before: `<details class="answer"><summary>` + escape(word) + "</summary>\n", after: "</details>\n"}, false)
		return
	}
	replace(n, &element{
		before: `<div class="callout ` + class + `" role="note"><p class="word"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="` +
			icons[class] + `"/></svg>` + escape(word) + "</p>\n",
		after: "</div>\n",
	}, false)
}

func (p *page) calloutKind(kind string) (class, word string) {
	switch w := p.r.words; kind {
	case "NOTE":
		return "note", w.Note
	case "WARNING":
		return "warning", w.Warning
	case "ERRATUM":
		return "erratum", w.Erratum
	case "WHY":
		return "why", w.Why
	case "ANSWER":
		return "answer", w.Answer
	}
	return "", ""
}
