package search

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Sections takes the text out of a rendered page. A section begins at each heading that has an
// anchor; the text before the first one is a section without heading. Drawings are left out.
func Sections(page []byte) []Section {
	r := reader{list: make([]Section, 1)}
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken: // the end: a reader of bytes has no other error
			r.flush()
			if r.list[0] == (Section{}) {
				return r.list[1:]
			}
			return r.list
		case html.TextToken:
			if r.drawing == 0 {
				r.text.Write(z.Text())
			}
		case html.StartTagToken:
			r.open(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			r.close(name)
		case html.SelfClosingTagToken:
			r.text.WriteByte(' ')
		}
	}
}

// A reader gathers the text of a page.
type reader struct {
	list    []Section
	text    strings.Builder
	drawing int // depth within svg
}

func (r *reader) open(z *html.Tokenizer) {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	switch {
	case tag == atom.Svg:
		r.drawing++
	case tag == atom.Br:
		r.text.WriteByte(' ')
	case isHeading(tag):
		for more {
			var key, value []byte
			if key, value, more = z.TagAttr(); string(key) == "id" {
				r.flush()
				r.list = append(r.list, Section{Anchor: string(value)})
			}
		}
	}
}

func (r *reader) close(name []byte) {
	switch tag := atom.Lookup(name); {
	case tag == atom.Svg:
		r.drawing--
	case isHeading(tag) && r.list[len(r.list)-1].Heading == "":
		r.list[len(r.list)-1].Heading = r.take()
	case !isInline(tag):
		r.text.WriteByte(' ')
	}
}

func (r *reader) flush() { r.list[len(r.list)-1].Text = r.take() }

// take returns the text so far, with single spaces.
func (r *reader) take() string {
	s := strings.Join(strings.Fields(r.text.String()), " ")
	r.text.Reset()
	return s
}

func isHeading(a atom.Atom) bool { return a == atom.H2 || a == atom.H3 || a == atom.H4 }

func isInline(a atom.Atom) bool {
	switch a {
	case atom.A, atom.B, atom.Code, atom.Del, atom.Em, atom.I, atom.Span, atom.Strong:
		return true
	}
	return false
}
