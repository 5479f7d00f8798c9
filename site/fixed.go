package site

import (
	"net/url"
	"slices"

	"github.com/slipway-workshop/slipway/content"
)

// homeData is what the template of the first page shows.
type homeData struct {
	frame
	Begin ref    // the first chapter
	Task  *ref   // the first task
	First string // its id
	Parts []partData
	Books []ref // the whole course in one file
}

type partData struct {
	ID, Title string
	Facts     []string
	Chapters  []chapterLine
}

type chapterLine struct {
	ref
	Draft   bool
	Number  int
	Outcome string
	Minutes string
	Tasks   []ref
}

func (p *planner) homePage() {
	data := homeData{frame: p.frame("home", "index", p.course.Title, p.course.Description, p.lang)}
	for ch := range p.course.Chapters() {
		data.Begin = p.chapterRef(ch)
		break
	}
	for t := range p.course.Tasks() {
		data.First, data.Task = t.ID, new(p.taskRef(t))
		break
	}
	data.Books = p.bookRefs()
	for _, part := range p.course.Parts {
		data.Parts = append(data.Parts, p.partData(part))
	}
	p.addFixed(data.Name, "home", data)
}

func (p *planner) partData(part *content.Part) partData {
	data := partData{ID: "part-" + part.ID, Title: part.Title}
	minutes, tasks := 0, 0
	for _, ch := range part.Chapters {
		line := chapterLine{ref: p.chapterRef(ch), Draft: ch.Draft, Number: ch.Number, Outcome: ch.Outcome, Minutes: p.words.Minutes.Of(ch.Minutes)}
		for _, t := range ch.Tasks {
			line.Tasks = append(line.Tasks, ref{Href: t.ID + ".html", Label: t.ID, Text: t.Title, Lang: p.foreign(t.Language)})
			minutes += t.Minutes
		}
		minutes += ch.Minutes
		tasks += len(ch.Tasks)
		data.Chapters = append(data.Chapters, line)
	}
	data.Facts = []string{p.words.Chapters.Of(len(part.Chapters)), p.words.Tasks.Of(tasks), p.words.Minutes.Of(minutes)}
	if tasks == 0 {
		data.Facts = slices.Delete(data.Facts, 1, 2)
	}
	return data
}

func (p *planner) homeRef() ref { return ref{Href: "index.html", Text: p.course.Title} }

// notFoundPage is shown for any address, so that its links begin at the root of the host.
func (p *planner) notFoundPage() {
	data := p.bareFrame("not-found", "404.html", string(p.words.NotFound), string(p.words.NotFoundText))
	data.Root = "/"
	if u, err := url.Parse(p.url()); err == nil {
		data.Root = u.Path
	}
	p.addFixed(data.Name, "not-found", data)
}

// rootPage leads to the course in its language.
func (p *planner) rootPage() {
	data := p.bareFrame("root", "index.html", p.course.Title, p.course.Description)
	data.Editions = p.editionsOf("index", "")
	p.addFixed(data.Name, "root", data)
}

// addFixed plans a page that shows nothing but its data.
func (p *planner) addFixed(name, shell string, data framed) {
	p.add(page{name: name, shell: shell, make: func() (any, built, error) { return data, built{}, nil }}, data, "")
}
