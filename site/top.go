package site

import (
	"bytes"
	"fmt"
	"html/template"
	"path"
	"strings"
	"sync"
)

// tops puts the beginnings of pages together, from the doctype to where the text begins. Most of it is
// the same on all pages of a kind, and a template would look up and escape it on each of them anew: the
// template runs once, with marks for what differs, and each page fills in its own.
type tops struct {
	shells *template.Template
	mu     sync.Mutex
	made   map[topKind][]string // pieces of text and of marks in turns
}

// A topKind names the pages whose tops differ in the marked places only.
type topKind struct {
	folder, kind, root string
	editions           int
	nav, id            bool
}

// A topPlace is a value that differs from page to page.
type topPlace struct {
	mark string
	of   func(frame) string
}

// The marks stand where the template puts the values. They are of letters, so that no escaping changes them.
var differs = []topPlace{
	{"XpageX", func(f frame) string { return f.ID }},
	{"XtitleX", func(f frame) string { return f.Title }},
	{"XdescriptionX", func(f frame) string { return f.Description }},
	{"XcanonicalX", func(f frame) string { return f.Canonical }},
	{"XnavX", nil}, // HTML already
}

const pageMark, navMark = 0, 4

// Top is the beginning of the page.
func (f frame) Top() (template.HTML, error) {
	pieces, err := f.tops.pieces(f)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.Grow(12 << 10)
	for i, piece := range pieces {
		switch {
		case i%2 == 0:
			b.WriteString(piece)
		case piece == differs[navMark].mark:
			b.WriteString(string(f.Nav()))
		default:
			template.HTMLEscape(&b, []byte(valueOf(piece, f)))
		}
	}
	return template.HTML(b.String()), nil
}

func valueOf(mark string, f frame) string {
	for _, p := range differs {
		if p.mark == mark {
			return p.of(f)
		}
	}
	return ""
}

func (t *tops) pieces(f frame) ([]string, error) {
	kind := topKind{f.Folder, f.Kind, f.Root, len(f.Editions), f.HasNav, f.ID != ""}
	t.mu.Lock()
	defer t.mu.Unlock()
	if pieces, ok := t.made[kind]; ok {
		return pieces, nil
	}
	var out bytes.Buffer
	if err := t.shells.ExecuteTemplate(&out, "top", f.marked()); err != nil {
		return nil, fmt.Errorf("top of %s: %w", f.Name, err)
	}
	pieces := cut(out.String())
	t.made[kind] = pieces
	return pieces, nil
}

// marked is the frame with marks for what differs.
func (f frame) marked() frame {
	own := "/" + path.Base(f.Name)
	f.Editions = append([]editionRef(nil), f.Editions...)
	for i, e := range f.Editions {
		f.Editions[i].Href = strings.TrimSuffix(e.Href, own) + "/" + differs[pageMark].mark + ".html"
		f.Editions[i].Whole = strings.TrimSuffix(e.Whole, own) + "/" + differs[pageMark].mark + ".html"
	}
	if f.ID != "" {
		f.ID = differs[pageMark].mark
	}
	f.Title, f.Description, f.Canonical = differs[1].mark, differs[2].mark, differs[3].mark
	if f.HasNav {
		f.nav = &nav{before: differs[navMark].mark, places: map[string]navPlace{path.Base(f.Name): {}}}
	}
	return f
}

// cut takes a text apart at the marks, which stand at the odd places of the result.
func cut(text string) []string {
	var pieces []string
	for {
		at, mark := len(text), ""
		for _, p := range differs {
			if i := strings.Index(text, p.mark); i >= 0 && i < at {
				at, mark = i, p.mark
			}
		}
		pieces = append(pieces, text[:at])
		if mark == "" {
			return pieces
		}
		pieces = append(pieces, mark)
		text = text[at+len(mark):]
	}
}
