package site

import (
	"bytes"
	"fmt"
	"html/template"
	"path"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/site/book"
	"github.com/slipway-workshop/slipway/site/render"
)

// bookWords are the words of the course in one file.
type bookWords struct {
	Whole         text `yaml:"whole"`
	EPUB          text `yaml:"epub"`
	Contents      text `yaml:"contents"`
	Cover         text `yaml:"cover"`
	Practice      text `yaml:"practice"`
	Accessibility text `yaml:"accessibility"`
}

// bookData is what the template of the course on one page shows.
type bookData struct {
	frame
	Style    string // address of the stylesheet of books
	Address  string // of the published course
	Practice string
	Parts    []bookPart
}

type bookPart struct {
	ID, Title string
	Entries   []book.Entry
	Pages     []bookText
}

type bookText struct {
	ID   string
	Kind string
	HTML template.HTML
}

// bookRefs lead to the course in one file, if it is written.
func (p *planner) bookRefs() []ref {
	if !p.opt.Publish {
		return nil
	}
	return []ref{
		{Href: BookName, Text: string(p.words.Book.Whole)},
		{Href: epubName(p.course), Text: string(p.words.Book.EPUB)},
	}
}

// BookName is the name of the course on one page in the folder of a language.
const BookName = "book.html"

// epubName is the name of the EPUB in the folder of the language.
func epubName(course *content.Course) string { return render.Slug(course.Title) + ".epub" }

// book stages the course on one page and as an EPUB. Both are made of the pages of the build, as they
// are written; the links of these have been checked.
func (b *Builder) book(course *content.Course) error {
	e, err := b.edition(course.Language)
	if err != nil {
		return err
	}
	p := &planner{Builder: b, edition: e, course: course}
	bk, err := p.newBook()
	if err != nil {
		return err
	}
	page, err := p.bookPage(bk)
	if err != nil {
		return err
	}
	if err := b.out.stage(path.Join(course.Language, BookName), page); err != nil {
		return err
	}
	css, err := bundle("style/epub.css", nil)
	if err != nil {
		return err
	}
	epub, err := bk.EPUB(css)
	if err != nil {
		return err
	}
	return b.out.stage(path.Join(course.Language, epubName(course)), epub)
}

// newBook puts the pages in the order of the course: each chapter with its tasks, then the glossary.
func (p *planner) newBook() (*book.Book, error) {
	w := p.words.Book
	folder := p.course.URL + p.course.Language + "/"
	bk := &book.Book{
		Title: p.course.Title, Description: p.course.Description, Language: string(p.words.Tag),
		ID: folder, URL: folder, Modified: p.lastProof(),
		Words: book.Words{Contents: string(w.Contents), Cover: string(w.Cover), Accessibility: string(w.Accessibility)},
		Image: func(src string) ([]byte, error) { return p.out.read(path.Join(p.course.Language, src)) },
	}
	for _, part := range p.course.Parts {
		pages := book.Part{Title: part.Title}
		for _, ch := range part.Chapters {
			pages.Pages = append(pages.Pages, p.inBook(ch.Slug, book.Chapter, p.chapterRef(ch)))
			for _, t := range ch.Tasks {
				pages.Pages = append(pages.Pages, p.inBook(t.ID, book.Task, p.taskRef(t)))
			}
		}
		bk.Parts = append(bk.Parts, pages)
	}
	bk.Parts = append(bk.Parts, book.Part{Pages: []book.Page{
		p.inBook("glossary", book.Glossary, ref{Text: string(p.words.Glossary)}),
	}})
	for _, part := range bk.Parts {
		for i, page := range part.Pages {
			var err error
			if part.Pages[i].HTML, err = p.out.read(p.pageName(page.Name)); err != nil {
				return nil, fmt.Errorf("make book: %w", err)
			}
		}
	}
	return bk, nil
}

func (p *planner) inBook(name, kind string, to ref) book.Page {
	return book.Page{Name: name, Kind: kind, Label: to.Label, Title: to.Text}
}

// lastProof is the day on which a page was last proven. It dates the book, so that the same content
// makes the same book on every day and every machine.
func (p *planner) lastProof() time.Time {
	last := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, stamp := range p.course.Verified {
		if day, err := time.Parse(time.DateOnly, stamp.Date); err == nil && day.After(last) {
			last = day
		}
	}
	return last
}

// bookPage writes the course on one page.
func (p *planner) bookPage(bk *book.Book) ([]byte, error) {
	texts, err := bk.Text()
	if err != nil {
		return nil, err
	}
	data := bookData{
		frame:   p.frame("book", "book", p.course.Title, p.course.Description, p.lang),
		Address: bk.URL, Practice: string(p.words.Book.Practice),
	}
	for i, part := range bk.Parts {
		shown := bookPart{Title: part.Title, Entries: part.Entries()}
		if i < len(p.course.Parts) {
			shown.ID = "book-part-" + p.course.Parts[i].ID
		}
		for _, s := range texts[i] {
			shown.Pages = append(shown.Pages, bookText{ID: s.Anchor(), Kind: s.Kind, HTML: template.HTML(s.HTML)})
		}
		data.Parts = append(data.Parts, shown)
	}
	var out bytes.Buffer
	if err := p.shells.ExecuteTemplate(&out, "book", data); err != nil {
		return nil, fmt.Errorf("page %s: %w", data.Name, err)
	}
	return out.Bytes(), nil
}
