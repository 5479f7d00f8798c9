package site

import (
	"cmp"
	"errors"
	"html/template"
	"net/url"
	"path"
	"strings"

	"encoding/xml"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// homeData is what the template of the first page shows.
type homeData struct {
	frame
	First string // id of the first task
	Parts []partData
}

type partData struct {
	ID, Title string
	Facts     []string
	Chapters  []chapterLine
}

type chapterLine struct {
	ref
	Number  int
	Outcome string
	Minutes string
	Tasks   []ref
}

func (p *planner) homePage() {
	data := homeData{frame: p.frame(p.pageName("index"), p.course.Title, p.course.Description, nil)}
	for t := range p.course.Tasks() {
		data.First = t.ID
		break
	}
	for _, part := range p.course.Parts {
		data.Parts = append(data.Parts, p.partData(part))
	}
	p.add(data.Name, "home", "", data, func() (any, built, error) { return data, built{}, nil })
}

func (p *planner) partData(part *content.Part) partData {
	data := partData{ID: "part-" + part.ID, Title: part.Title}
	minutes, tasks := 0, 0
	for _, ch := range part.Chapters {
		line := chapterLine{ref: p.chapterRef(ch), Number: ch.Number, Outcome: ch.Outcome, Minutes: p.words.Minutes.Of(ch.Minutes)}
		for _, t := range ch.Tasks {
			line.Tasks = append(line.Tasks, ref{Href: t.ID + ".html", Label: t.ID, Text: t.Title})
			minutes += t.Minutes
		}
		minutes += ch.Minutes
		tasks += len(ch.Tasks)
		data.Chapters = append(data.Chapters, line)
	}
	data.Facts = []string{p.words.Chapters.Of(len(part.Chapters)), p.words.Tasks.Of(tasks), p.words.Minutes.Of(minutes)}
	return data
}

// glossaryData is what the template of the glossary shows.
type glossaryData struct {
	frame
	Edit  string
	Terms []termData `json:"-"`
}

type termData struct {
	ID, Name string
	Text     template.HTML
}

func (p *planner) glossaryPage() {
	data := glossaryData{
		frame: p.frame(p.pageName("glossary"), string(p.words.Glossary), string(p.words.GlossaryLead), nil),
		Edit:  p.editAddress("content", p.glossaryFile()),
	}
	var all strings.Builder
	for _, t := range p.course.Glossary {
		all.WriteString(t.ID + "\n" + t.Name + "\n" + t.Text + "\n")
	}
	p.add(data.Name, "glossary", all.String(), data, func() (any, built, error) { return p.makeGlossary(data) })
}

func (p *planner) glossaryFile() string { return path.Join(p.opt.Language, "glossary.yaml") }

func (p *planner) makeGlossary(data glossaryData) (any, built, error) {
	var made built
	var errs []error
	for _, t := range p.course.Glossary {
		text, err := p.render.Render(p.source(p.glossaryFile(), 1, []byte(t.Text)))
		if err == nil && len(text.Headings) > 0 {
			err = errors.New("definition holds a heading")
		}
		for i := range text.Links {
			text.Links[i].Pos = frontmatter.Position{File: p.glossaryFile()}
		}
		if err != nil {
			errs = append(errs, frontmatter.Position{File: p.glossaryFile()}.Errorf("term %q: %w", t.ID, unplaced(err)))
		}
		made.add(text)
		made.ids = append(made.ids, t.ID)
		data.Terms = append(data.Terms, termData{ID: t.ID, Name: t.Name, Text: template.HTML(text.HTML)})
	}
	return data, made, errors.Join(errs...)
}

// unplaced takes the place from an error, whose line would count within a value.
func unplaced(err error) error {
	var at *frontmatter.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// url is the address that the site is published at; it ends with a slash.
func (p *planner) url() string {
	return strings.TrimSuffix(cmp.Or(p.opt.URL, p.course.URL), "/") + "/"
}

// notFoundPage is shown for any address, so that its links begin at the root of the host.
func (p *planner) notFoundPage() {
	data := p.frame("404.html", string(p.words.NotFound), string(p.words.NotFoundText), nil)
	data.Root = "/"
	if u, err := url.Parse(p.url()); err == nil {
		data.Root = u.Path
	}
	p.add(data.Name, "not-found", data.Root, data, func() (any, built, error) { return data, built{}, nil })
}

// rootPage leads to the course in its language.
func (p *planner) rootPage() {
	data := p.frame("index.html", p.course.Title, p.course.Description, nil)
	p.add(data.Name, "root", "", data, func() (any, built, error) { return data, built{}, nil })
}

type urlSet struct {
	XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []urlLoc `xml:"url"`
}

type urlLoc struct {
	Loc string `xml:"loc"`
}

// files stages what is not a page.
func (b *Builder) files(course *content.Course, plan []page) error {
	p := planner{Builder: b, course: course}
	var set urlSet
	for _, pg := range plan {
		if path.Dir(pg.name) != "." {
			set.URLs = append(set.URLs, urlLoc{p.url() + pg.name})
		}
	}
	sitemap, err := xml.MarshalIndent(set, "", " ")
	if err != nil {
		return err
	}
	all := map[string][]byte{
		"sitemap.xml": append([]byte(xml.Header), append(sitemap, '\n')...),
		"robots.txt":  []byte("User-agent: *\nAllow: /\nSitemap: " + p.url() + "sitemap.xml\n"),
	}
	for name, data := range b.assets.files {
		all[name] = data
	}
	var errs []error
	for name, data := range all {
		errs = append(errs, b.out.stage(name, data))
	}
	return errors.Join(errs...)
}
