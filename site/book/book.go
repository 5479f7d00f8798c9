// Package book makes a book of the pages of a course: one HTML page to print, and an EPUB to read
// elsewhere. It takes the pages as the site has written them, leaves out what is there for a screen or a
// mouse only, and leads the links between pages within the book.
//
//	b := &book.Book{Title: "Slipway", Language: "en", Parts: parts, …}
//	text, err := b.Text()     // of one HTML page; Contents lists what is in it
//	data, err := b.EPUB(css)  // the same pages as an EPUB 3
//
// In both, the heading of a page has the page's name as its anchor, and the anchor x of the page versions
// is versions--x. What a link leads to and is not in the book, such as a variant of an exercise, is
// found on the published site.
//
// A book depends on its pages and its fields alone: the same ones give the same bytes.
package book

import (
	"bytes"
	"fmt"
	"time"

	"golang.org/x/net/html"
)

// A Book is a course to be read from the first page to the last.
type Book struct {
	Title       string
	Description string
	Language    string    // as BCP 47 writes it: en, zh-Hans
	ID          string    // names the book for ever, in all its versions
	URL         string    // of the folder that its pages are published in; ends with a slash
	Modified    time.Time // of the last change
	Words       Words
	Parts       []Part

	Image func(src string) ([]byte, error) // reads an image by its address on a page; nil if there are none
}

// Words are the words that a book shows besides those of its pages, in the language of the book.
type Words struct {
	Contents      string // heading of the contents
	Cover         string // name of the cover
	Accessibility string // what the book offers to readers who do not see it, in a sentence
}

// A Part is a run of pages.
type Part struct {
	Title string // empty for what follows the last part
	Pages []Page
}

// A Page is a page of the site, in the place that it has in the book.
type Page struct {
	Name     string // of its file on the site, without .html
	Kind     string // Chapter, Task or Glossary
	Label    string // such as Chapter 3; may be empty
	Title    string
	Language string // of the title where that is not the language of the book
	HTML     []byte // as the site has written it
}

// The kinds of pages.
const (
	Chapter  = "chapter"
	Task     = "task" // belongs to the chapter before it
	Glossary = "glossary"
)

// An Entry is a line of the contents, with the pages that belong to it.
type Entry struct {
	Page
	Tasks []Page
}

// Entries nests the tasks of a part below their chapters.
func (p Part) Entries() []Entry {
	var list []Entry
	for _, page := range p.Pages {
		if page.Kind == Task && len(list) > 0 {
			last := &list[len(list)-1]
			last.Tasks = append(last.Tasks, page)
			continue
		}
		list = append(list, Entry{Page: page})
	}
	return list
}

// Anchor is the anchor of the page in the book.
func (p Page) Anchor() string { return anchor(p.Name, "") }

// anchor is where the place id of a page is found in the book; the page itself if id is empty. An anchor
// of an EPUB may not begin with a digit.
func anchor(page, id string) string {
	if page != "" && page[0] >= '0' && page[0] <= '9' {
		page = "_" + page
	}
	if id == "" {
		return page
	}
	return page + "--" + id
}

// A section is the text of a page, on its way into the book.
type section struct {
	Page
	main *html.Node
	lang string          // of the page
	ids  map[string]bool // anchors that are left
}

// sections reads the text of all pages.
func (b *Book) sections() ([]*section, error) {
	var list []*section
	for _, part := range b.Parts {
		for _, page := range part.Pages {
			s, err := newSection(page)
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
	}
	return list, nil
}

func newSection(p Page) (*section, error) {
	doc, err := html.Parse(bytes.NewReader(p.HTML))
	if err != nil {
		return nil, fmt.Errorf("book: page %s: %w", p.Name, err)
	}
	s := &section{Page: p, ids: map[string]bool{}}
	for _, n := range elements(doc) {
		switch n.Data {
		case "html":
			s.lang, _ = attr(n, "lang")
		case "main":
			s.main = n
		}
	}
	if s.main == nil {
		return nil, fmt.Errorf("book: page %s has no <main>", p.Name)
	}
	s.clean()
	for _, n := range elements(s.main) {
		if id, ok := attr(n, "id"); ok {
			s.ids[id] = true
		}
	}
	return s, nil
}

// A target says how an edition of the book writes the address of a place in it.
type target func(page, anchor string) string

// address rewrites an address that a page of the book holds. It is empty where a link has lost its
// sense, as one to the first page of the site has.
func (b *Book) address(from *section, all map[string]*section, href string, in target) string {
	page, id, ok := splitAddress(href)
	switch {
	case !ok:
		return href
	case page == "":
		page = from.Name
	case page == "index":
		return ""
	}
	if to := all[page]; to != nil && (id == "" || to.ids[id]) {
		return in(page, anchor(page, id))
	}
	href = b.URL + page + ".html"
	if id != "" {
		href += "#" + id
	}
	return href
}
