package site

import (
	"cmp"
	"encoding/xml"
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content"
)

// homeData is what the template of the first page shows.
type homeData struct {
	frame
	First string // id of the first task
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
	if tasks == 0 {
		data.Facts = slices.Delete(data.Facts, 1, 2)
	}
	return data
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
	p.addFixed(data.Name, "not-found", data)
}

// rootPage leads to the course in its language.
func (p *planner) rootPage() {
	data := p.frame("index.html", p.course.Title, p.course.Description, nil)
	p.addFixed(data.Name, "root", data)
}

// addFixed plans a page that shows nothing but its data.
func (p *planner) addFixed(name, shell string, data any) {
	p.add(page{name: name, shell: shell, make: func() (any, built, error) { return data, built{}, nil }}, data, "")
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
