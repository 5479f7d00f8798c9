package site

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"html/template"
	"path"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/site/render"
	"github.com/slipway-workshop/slipway/site/search"
)

// A page is a page of the site before it is rendered.
type page struct {
	course *content.Course // that it is a page of
	name   string          // of its file, such as en/versions.html
	from   string          // file of the content that it shows
	data   framed          // what the page shows, as far as it is known without its text
	shell  string          // template
	key    uint64          // names all that the page is made of, but the definitions of the terms it links to
	define func(term string) string
	make   func() (data any, made built, err error)
}

// frame is what the page shows around its text.
func (p page) frame() frame { return p.data.around() }

// built is what stays known of a page after it was written.
type built struct {
	key         uint64
	definitions uint64 // of the terms that it links to
	head        string // digest of a chapter's front matter
	shown       string // the images, as they were
	ids         []string
	images      []string
	links       []render.Link // without those that lead out of the course
	commands    int
	notRun      int
	failed      bool          // the page has mistakes, so that not all of its ids are known
	found       []search.Page // until they are in the index
	markdown    []byte        // until it is written
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
	m.images = append(m.images, p.Images...)
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

// reserved are the anchors that the templates and the companion use.
var reserved = []string{"main", "course-nav", "page-exercises", "page-start", "page-checked", "check", "page-check", "keys-title"}

// A ref is a link to another page. Lang is the language of its text where that is another than that of
// the page with the link.
type ref struct{ Href, Label, Text, Lang string }

// Named is the text with its language.
func (r ref) Named() template.HTML {
	text := template.HTMLEscapeString(r.Text)
	if r.Lang != "" {
		text = `<span lang="` + r.Lang + `">` + text + "</span>"
	}
	return template.HTML(text)
}

// foreign is a language, or empty where it is the planner's own.
func (p *planner) foreign(lang string) string {
	if lang == p.lang {
		return ""
	}
	return lang
}

// planner makes the list of pages of one build in one language.
type planner struct {
	*Builder
	*edition
	course *content.Course
	tasks  map[string]*task.Task
	terms  map[string]string // plain definitions
	navs   map[*content.Part]*nav
	pages  []page
	errs   []error
}

// plan lists the pages of all languages.
func (b *Builder) plan(courses []*content.Course, tasks task.Catalog) ([]page, error) {
	byID := map[string]*task.Task{}
	for _, t := range tasks {
		byID[t.ID] = t
		for _, v := range t.Variants {
			byID[v.ID] = v
		}
	}
	var all []page
	var errs []error
	for i, course := range courses {
		e, err := b.edition(course.Language)
		if err != nil {
			return nil, err
		}
		p := &planner{Builder: b, edition: e, course: course, tasks: byID, navs: map[*content.Part]*nav{}}
		p.plan()
		if i == 0 {
			p.notFoundPage()
			p.rootPage()
		}
		p.checkNames()
		all, errs = append(all, p.pages...), append(errs, p.errs...)
	}
	return all, errors.Join(errs...)
}

func (p *planner) plan() {
	p.defineTerms()
	for _, part := range p.course.Parts {
		p.navs[part] = p.newNav(part)
	}
	p.homePage()
	p.glossaryPage()
	p.chapterPages()
	p.taskPages()
	p.redirectPages()
}

// pageName is the file of a page of the course in a language.
func pageName(lang, slug string) string { return path.Join(lang, slug+".html") }

func (p *planner) pageName(slug string) string { return pageName(p.lang, slug) }

// add plans a page. What it is made of is the data and the source, which names the content that the
// page reads when it is made.
func (p *planner) add(pg page, data framed, source string) {
	shown, err := json.Marshal(data)
	p.fail(err)
	pg.key = maphash.Bytes(p.seed, append(shown, source...))
	pg.data = data
	pg.define, pg.course = p.define, p.course
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
	return render.Source{File: file, Line: line, Text: text, Reserved: reserved, Define: p.define, Image: p.image}
}

func (p *planner) define(term string) string { return p.terms[term] }

func (p *planner) defineTerms() {
	p.terms = make(map[string]string, len(p.course.Glossary))
	for _, t := range p.course.Glossary {
		p.terms[t.ID] = p.render.Plain(t.Text)
	}
}
