package render

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
)

// heading gives a heading its anchor and puts a link to it beside it.
func (p *page) heading(n *ast.Heading) {
	title := plainText(n, p.src.Text)
	switch {
	case n.Level == 1:
		p.fail(n.Pos(), "heading %q has level 1, which belongs to the page's title: write ## or deeper", title)
	case n.Level > max(p.last, 1)+1:
		p.fail(n.Pos(), "heading %q has level %d under level %d: no level may be skipped", title, n.Level, max(p.last, 1))
	}
	p.last = max(n.Level, 2) // level 1 has been told, and is taken for the 2 that it should be
	p.dropAttributes(n)
	id, err := headingID(n, title)
	if err != nil {
		p.fail(n.Pos(), "heading %q: %w", title, err)
		return
	}
	if p.ids[id] {
		p.fail(n.Pos(), "heading %q: anchor %q is already used on this page: give it another, as ## %s {#another}", title, id, title)
		return
	}
	p.ids[id] = true
	p.out.Headings = append(p.out.Headings, Heading{Level: n.Level, ID: id, Text: title})
	p.text.begin(id, title, n)
	name := strings.ReplaceAll(p.r.words.Link, "{title}", title)
	replace(n, &element{
		before: fmt.Sprintf("<div class=\"heading\"><h%d id=\"%s\">", n.Level, escape(id)),
		after:  fmt.Sprintf("</h%d><a href=\"#%s\" aria-label=\"%s\"></a></div>\n", n.Level, escape(id), escape(name)),
	}, false)
}

// headingID is the anchor that the author gave, or the one that follows from the title.
func headingID(n *ast.Heading, title string) (string, error) {
	var id string
	for _, attr := range n.Attributes() {
		value, ok := attr.Value.([]byte)
		if string(attr.Name) != "id" || !ok {
			return "", fmt.Errorf("unknown attribute %q: only an anchor may be given, as {#anchor}", attr.Name)
		}
		id = string(value)
	}
	switch {
	case id == "" && Slug(title) == "":
		return "", fmt.Errorf("no anchor follows from this text: give one, as {#anchor}")
	case id != "" && id != Slug(id):
		return "", fmt.Errorf("anchor %q may hold small letters, digits, - and _ only", id)
	case id == "":
		return Slug(title), nil
	}
	return id, nil
}

// Slug is the anchor of a heading as GitHub makes it: small letters, digits, - and _ stay, spaces
// become -, all else goes. Letters of every script stay.
func Slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(title)) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '_':
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte('-')
		}
	}
	return b.String()
}
