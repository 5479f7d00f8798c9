package site

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"html/template"
	"path"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/site/render"
	"github.com/slipway-workshop/slipway/site/search"
)

// A page is a page of the site before it is rendered.
type page struct {
	name   string // of its file, such as en/versions.html
	from   string // file of the content that it shows
	shell  string // template
	key    uint64 // names all that the page is made of, but the definitions of the terms it links to
	define func(term string) string
	make   func() (data any, made built, err error)
}

// built is what stays known of a page after it was written.
type built struct {
	key         uint64
	definitions uint64 // of the terms that it links to
	head        string // digest of a chapter's front matter
	ids         []string
	links       []render.Link // without those that lead out of the course
	commands    int
	notRun      int
	found       []search.Page // until they are in the index
}

// add takes over what a piece of Markdown turned out to hold.
func (m *built) add(p render.Page) {
	for _, h := range p.Headings {
		m.ids = append(m.ids, h.ID)
	}
	for _, l := range p.Links {
		if l.To != render.ToWeb {
			m.links = append(m.links, l)
		}
	}
	m.commands += p.Commands
	m.notRun += p.NotRun
}

// definitions names the definitions of all terms that links lead to.
func (b *Builder) definitions(links []render.Link, define func(string) string) uint64 {
	var all []byte
	for _, l := range links {
		if l.To == render.ToGlossary {
			all = append(append(append(all, l.Target...), ' '), define(l.Target)...)
		}
	}
	return maphash.Bytes(b.seed, all)
}

// A frame is what every page shows around its text.
type frame struct {
	Language    string
	Title       string
	Description string
	Name        string
	Root        string // leads from the page to the root of the site
	Canonical   string
	Course      string
	CourseID    string // names what a browser keeps of the course
	Source      string

	HasNav bool // the page is one of a part
	NavKey string

	W      *words  `json:"-"`
	Assets *assets `json:"-"`
	nav    *nav
}

// Nav is the course navigation. It is put together only for a page that is rendered.
func (f frame) Nav() template.HTML { return f.nav.at(path.Base(f.Name)) }

// reserved are the anchors that the templates and the companion use.
var reserved = []string{"main", "course-nav", "page-exercises", "page-start", "page-checked", "check", "check-heading"}

// A ref is a link to another page.
type ref struct{ Href, Label, Text string }

// planner makes the list of pages of one build.
type planner struct {
	*Builder
	course *content.Course
	tasks  map[string]*task.Task
	terms  map[string]string // plain definitions
	navs   map[*content.Part]*nav
	pages  []page
	errs   []error
}

func (b *Builder) plan(course *content.Course, tasks task.Catalog) ([]page, error) {
	p := &planner{Builder: b, course: course, tasks: map[string]*task.Task{}, navs: map[*content.Part]*nav{}}
	for _, t := range tasks {
		p.tasks[t.ID] = t
		for _, v := range t.Variants {
			p.tasks[v.ID] = v
		}
	}
	p.defineTerms()
	for _, part := range course.Parts {
		p.navs[part] = p.newNav(part)
	}
	p.homePage()
	p.glossaryPage()
	p.notFoundPage()
	p.rootPage()
	p.chapterPages()
	p.taskPages()
	p.checkNames()
	return p.pages, errors.Join(p.errs...)
}

// pageName is the file of a page of the course.
func (b *Builder) pageName(slug string) string { return path.Join(b.opt.Language, slug+".html") }

func (p *planner) frame(name, title, description string, nav *nav) frame {
	f := frame{
		Language: p.opt.Language, Title: title, Description: description, Name: name,
		Root: strings.Repeat("../", strings.Count(name, "/")), Canonical: p.url() + name,
		Course: p.course.Title, CourseID: render.Slug(p.course.Title), Source: p.course.Source, W: p.words, Assets: p.assets,
	}
	if title != p.course.Title {
		f.Title += " · " + p.course.Title
	}
	if nav != nil {
		f.HasNav, f.NavKey, f.nav = true, nav.key, nav
	}
	return f
}

// add plans a page. What it is made of is the data and the source, which names the content that the
// page reads when it is made.
func (p *planner) add(pg page, data any, source string) {
	shown, err := json.Marshal(data)
	p.fail(err)
	pg.key = maphash.Bytes(p.seed, append(shown, source...))
	pg.define = p.define
	p.pages = append(p.pages, pg)
}

// checkNames reports chapters and tasks whose pages would have the name of another page.
func (p *planner) checkNames() {
	seen := map[string]bool{}
	for _, pg := range p.pages {
		if seen[pg.name] {
			p.fail(frontmatter.Position{File: pg.from}.Errorf("page %s exists already: give this one another name", pg.name))
		}
		seen[pg.name] = true
	}
}

func (p *planner) source(file string, line int, text []byte) render.Source {
	return render.Source{File: file, Line: line, Text: text, Reserved: reserved, Define: p.define}
}

func (p *planner) define(term string) string { return p.terms[term] }

func (p *planner) defineTerms() {
	p.terms = make(map[string]string, len(p.course.Glossary))
	for _, t := range p.course.Glossary {
		p.terms[t.ID] = p.render.Plain(t.Text)
	}
}
