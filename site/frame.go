package site

import (
	"cmp"
	"html/template"
	"path"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/site/render"
)

// A frame is what every page shows around its text.
type frame struct {
	Language     string // of the page's words, as HTML names it
	Folder       string // of the language
	Kind         string // of the page: home, chapter, task, glossary …
	ID           string // of the chapter or task
	Title        string
	Description  string
	Name         string
	Root         string // leads from the page to the root of the site
	Canonical    string
	Course       string
	CourseID     string // names what a browser keeps of the course
	Source       string
	Markdown     string // name of the page's Markdown beside it; empty when there is none
	Changed      string // day of the last change to the text; empty where that is not known
	Card         string // address of the picture that stands for the page elsewhere
	Manifest     string // of the installable site; empty where it is not one
	Script       string // address of the script, whose words are of the language
	SearchScript string // of the search

	Draft    bool         // what the page shows is not published yet
	Foreign  string       // language of the text where that is another than the page's
	Editions []editionRef // the same page in all languages
	Crumbs   []ref        // the pages that the page is part of
	HasNav   bool         // the page is one of a part
	NavKey   string

	W      *words  `json:"-"`
	Assets *assets `json:"-"`
	nav    *nav
	tops   *tops
}

// framed is the data of any page.
type framed interface{ around() frame }

func (f frame) around() frame { return f }

// An editionRef leads to a page in another language, or to the page itself.
type editionRef struct {
	Tag, Name string
	Href      string // relative
	Whole     string // address of the published page
	Redirect  string // text that leads there from a page that is in no language
	Current   bool
}

// Nav is the course navigation. It is put together only for a page that is rendered.
func (f frame) Nav() template.HTML { return f.nav.at(path.Base(f.Name)) }

// Links is what the head of a page says of the shared files. A template would escape each of these names
// anew for each page; they hold nothing that needs it.
func (f frame) Links() template.HTML {
	return template.HTML(`<link rel="icon" href="` + f.Root + f.Assets.Icon + `" type="image/svg+xml">
<link rel="stylesheet" href="` + f.Root + f.Assets.Style + `">
<script src="` + f.Root + f.Assets.Theme + `"></script>
<script src="` + f.Root + f.Script + `" defer></script>
`)
}

// frame is that of a page. The text that the page shows is in the language lang.
func (p *planner) frame(kind, id, title, description, lang string) frame {
	name := p.pageName(id)
	f := p.bareFrame(kind, name, title, description)
	f.ID = id
	if f.Foreign = p.foreign(lang); f.Foreign != "" {
		f.Canonical = p.url() + pageName(content.Source, id)
	}
	if len(p.course.Languages) > 1 {
		f.Editions = p.editionsOf(id, f.Root)
	}
	return f
}

// editionsOf are a page's in all languages, as a page sees them from which root leads to the site's.
func (p *planner) editionsOf(id, root string) []editionRef {
	var list []editionRef
	for _, other := range p.course.Languages {
		e, err := p.Builder.edition(other)
		if err != nil {
			p.fail(err)
			continue
		}
		name := pageName(other, id)
		list = append(list, editionRef{
			Tag: string(e.words.Tag), Name: string(e.words.Name), Redirect: string(e.words.Redirect),
			Href: root + name, Whole: p.url() + name, Current: other == p.lang,
		})
	}
	return list
}

// bareFrame is that of a page which stands in no language's folder, such as the root.
func (p *planner) bareFrame(kind, name, title, description string) frame {
	f := frame{
		Language: string(p.words.Tag), Folder: p.lang, Kind: kind, Title: title, Description: description, Name: name,
		Root: strings.Repeat("../", strings.Count(name, "/")), Canonical: p.url() + name,
		Course: p.course.Title, CourseID: render.Slug(p.course.Title), Source: p.course.Source,
		Script: p.script, SearchScript: p.search, W: p.words, Assets: p.assets, Card: p.url() + p.assets.Card, tops: p.tops,
	}
	if p.opt.Publish {
		f.Manifest = manifestFile
	}
	if title != p.course.Title {
		f.Title += " · " + p.course.Title
	}
	return f
}

// within puts the frame among the pages of a part.
func (f *frame) within(n *nav, crumbs ...ref) {
	f.HasNav, f.NavKey, f.nav, f.Crumbs = true, n.key, n, crumbs
}

// url is the address that the site is published at; it ends with a slash.
func (p *planner) url() string {
	return strings.TrimSuffix(cmp.Or(p.opt.URL, p.course.URL), "/") + "/"
}
