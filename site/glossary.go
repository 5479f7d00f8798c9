package site

import (
	"bytes"
	"errors"
	"html/template"
	"io/fs"
	"regexp"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// glossaryData is what the template of the glossary shows.
type glossaryData struct {
	frame
	Edit  string
	Terms []termData `json:"-"`
}

type termData struct {
	ID, Name string
	Foreign  string // language of the text where that is another than the page's
	Text     template.HTML
}

func (p *planner) glossaryPage() {
	data := glossaryData{
		frame: p.frame("glossary", "glossary", string(p.words.Glossary), string(p.words.GlossaryLead), p.lang),
		Edit:  p.editAddress("content", content.GlossaryFile(p.lang)),
	}
	var all strings.Builder
	for _, t := range p.course.Glossary {
		all.WriteString(t.ID + "\n" + t.Name + "\n" + t.Text + "\n")
	}
	p.add(page{
		name: data.Name, from: content.GlossaryFile(p.lang), shell: "glossary",
		make: func() (any, built, error) { return p.makeGlossary(data) },
	}, data, all.String())
}

// makeGlossary renders the definitions. A mistake in one is reported at its term's id, since its
// lines count within a YAML value.
func (p *planner) makeGlossary(data glossaryData) (any, built, error) {
	var made built
	var errs []error
	places := map[string]map[string]frontmatter.Position{}
	for _, lang := range p.course.Languages {
		places[lang] = p.termPlaces(content.GlossaryFile(lang))
	}
	for _, t := range p.course.Glossary {
		at := places[t.Language][t.ID]
		text, err := p.render.Render(p.source(at.File, at.Line, []byte(t.Text)))
		if err == nil && len(text.Headings) > 0 {
			err = at.Errorf("definition holds a heading")
		}
		for _, e := range flatten(err) {
			errs = append(errs, at.Errorf("term %q: %w", t.ID, errors.Unwrap(e)))
		}
		for i := range text.Links {
			text.Links[i].Pos = at
		}
		made.add(text)
		made.ids = append(made.ids, t.ID)
		made.found = append(made.found, termFound(t.ID, t.Name, string(p.words.Glossary), text.Sections))
		data.Terms = append(data.Terms, termData{ID: t.ID, Name: t.Name, Foreign: p.foreign(t.Language), Text: template.HTML(text.HTML)})
	}
	return data, made, errors.Join(errs...)
}

var termID = regexp.MustCompile(`\bid:[ \t]*["']?([^\s"',}]+)`)

// termPlaces finds where each term stands in a glossary's file.
func (p *planner) termPlaces(file string) map[string]frontmatter.Position {
	places := map[string]frontmatter.Position{}
	src, err := fs.ReadFile(p.opt.Content, file)
	if err != nil {
		return places // there is no glossary, or it has gone since it was loaded
	}
	line := 0
	for text := range bytes.Lines(src) {
		line++
		for _, m := range termID.FindAllSubmatchIndex(text, -1) {
			places[string(text[m[2]:m[3]])] = frontmatter.Position{File: file, Line: line, Col: m[2] + 1}
		}
	}
	return places
}
