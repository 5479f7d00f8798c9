package render

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/site/cache"
)

// keptPage is where a page's blocks keep the page itself, beside them in the same entry of the cache.
const keptPage = "page"

// program names the running program, so that a page is never one that another version has rendered.
// Where it has no file, it is empty, and pages are not kept.
var program = sync.OnceValue(func() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(name)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano())
})

// inputs names what a page is made of, but for the terms and images that it asks for.
func (r *Renderer) inputs(src Source) string {
	if program() == "" {
		return ""
	}
	parts := append([]string{program(), fmt.Sprint(r.words), src.File, strconv.Itoa(src.Line), string(src.Text)}, src.Reserved...)
	return cache.Key(parts...)
}

// An asked is what a page asked for, and what it was told.
type asked struct {
	terms  map[string]string // definitions
	images map[string]Image
}

// listen notes what the page asks for.
func (a *asked) listen(src Source) Source {
	a.terms, a.images = map[string]string{}, map[string]Image{}
	if define := src.Define; define != nil {
		src.Define = func(term string) string {
			a.terms[term] = define(term)
			return a.terms[term]
		}
	}
	if image := src.Image; image != nil {
		src.Image = func(name string) (Image, error) {
			img, err := image(name)
			if err == nil {
				a.images[name] = img
			}
			return img, err
		}
	}
	return src
}

// stillTrue reports whether the page would be told the same today.
func (a *asked) stillTrue(src Source) bool {
	for term, text := range a.terms {
		if src.Define == nil || src.Define(term) != text {
			return false
		}
	}
	for name, img := range a.images {
		if src.Image == nil {
			return false
		}
		if now, err := src.Image(name); err != nil || now != img {
			return false
		}
	}
	return true
}

// page returns what Render made of the same inputs before.
func (b *blocks) page(inputs string, src Source) (Page, bool) {
	data, ok := b.load()[keptPage]
	if !ok || inputs == "" {
		return Page{}, false
	}
	in := reader{rest: data}
	if in.text() != inputs {
		return Page{}, false
	}
	was := asked{terms: map[string]string{}, images: map[string]Image{}}
	in.list(func() { was.terms[in.text()] = in.text() })
	in.list(func() { was.images[in.text()] = Image{in.text(), in.number(), in.number()} })
	page := Page{HTML: []byte(in.text()), source: src.Text, Commands: in.number(), NotRun: in.number()}
	in.list(func() { page.Headings = append(page.Headings, Heading{in.number(), in.own(), in.own()}) })
	in.list(func() { page.Sections = append(page.Sections, Section{in.text(), in.text(), in.text()}) })
	in.list(func() {
		page.Links = append(page.Links, Link{in.own(), in.own(), in.own(), frontmatter.Position{File: src.File, Line: in.number(), Col: in.number()}})
	})
	in.list(func() { page.Images = append(page.Images, in.own()) })
	in.list(func() { page.edits = append(page.edits, edit{in.number(), in.number(), in.text(), in.number()}) })
	return page, !in.broken && was.stillTrue(src)
}

// keepPage keeps a page for the same inputs.
func (b *blocks) keepPage(inputs string, was asked, p Page) {
	if inputs == "" {
		return
	}
	var out writer
	out.text(inputs)
	out.number(len(was.terms))
	for term, text := range was.terms {
		out.text(term, text)
	}
	out.number(len(was.images))
	for name, img := range was.images {
		out.text(name, img.Address)
		out.number(img.Width, img.Height)
	}
	out.text(string(p.HTML))
	out.number(p.Commands, p.NotRun, len(p.Headings))
	for _, h := range p.Headings {
		out.number(h.Level)
		out.text(h.ID, h.Text)
	}
	out.number(len(p.Sections))
	for _, s := range p.Sections {
		out.text(s.Anchor, s.Heading, s.Text)
	}
	out.number(len(p.Links))
	for _, l := range p.Links {
		out.text(l.To, l.Target, l.Anchor)
		out.number(l.Pos.Line, l.Pos.Col)
	}
	out.number(len(p.Images))
	out.text(p.Images...)
	out.number(len(p.edits))
	for _, e := range p.edits {
		out.number(e.from, e.to)
		out.text(e.text)
		out.number(e.link)
	}
	b.used[keptPage], b.new = string(out), true
}

// A writer puts texts, each behind its length, and numbers one after the other.
type writer []byte

func (w *writer) text(all ...string) {
	for _, s := range all {
		w.number(len(s))
		*w = append(*w, s...)
	}
}

func (w *writer) number(all ...int) {
	for _, n := range all {
		*w = binary.AppendUvarint(*w, uint64(n))
	}
}

// A reader takes what a writer put. What is cut off makes it broken, and gives empty texts.
type reader struct {
	rest   string
	broken bool
}

func (r *reader) number() int {
	n, size := binary.Uvarint([]byte(r.rest[:min(len(r.rest), binary.MaxVarintLen64)]))
	if size <= 0 {
		r.broken, r.rest = true, ""
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

func (r *reader) text() string {
	n := r.number()
	if n < 0 || n > len(r.rest) {
		r.broken, r.rest = true, ""
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

// own is a text that does not hold on to the whole entry.
func (r *reader) own() string { return strings.Clone(r.text()) }

// list takes each entry of a list whose length stands before it.
func (r *reader) list(entry func()) {
	for n := r.number(); n > 0 && !r.broken; n-- {
		entry()
	}
}
