package site

import (
	"strings"

	"github.com/slipway-workshop/slipway/site/render"
	"github.com/slipway-workshop/slipway/site/search"
)

// beginIndexes begins the search index of each language. Pages in no language's folder are in none.
func (b *Builder) beginIndexes(plan []page) {
	b.indexes = map[string]*search.Index{}
	names := map[string][]string{}
	for _, p := range plan {
		if lang := p.folder(); lang != "" {
			names[lang] = append(names[lang], p.name)
		}
	}
	for lang, list := range names {
		b.indexes[lang] = b.rules.Begin(search.Files{
			Folder: lang, Names: list, Stage: b.out.stage, Keep: b.out.keep, Read: b.out.read,
		}, b.last.indexes[lang])
	}
}

func (b *Builder) addToIndex(p page, found ...search.Page) error {
	if x := b.indexes[p.folder()]; x != nil {
		return x.Add(p.name, found...)
	}
	return nil
}

func (b *Builder) keepInIndex(p page) error {
	if x := b.indexes[p.folder()]; x != nil {
		return x.Keep(p.name)
	}
	return nil
}

// endIndexes returns what the indexes leave to the next build.
func (b *Builder) endIndexes() (map[string]search.State, error) {
	states := map[string]search.State{}
	for lang, x := range b.indexes {
		var err error
		if states[lang], err = x.End(); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// folder is the language in whose folder the page stands, or empty.
func (p page) folder() string {
	folder, _, ok := strings.Cut(p.name, "/")
	if !ok {
		return ""
	}
	return folder
}

// chapterFound is a chapter as the search finds it: its outcome begins the text.
func chapterFound(label string, data chapterData, text []render.Section) []search.Page {
	return []search.Page{{
		Title: data.Heading, Kind: search.Chapter, Label: label,
		Sections: withIntro(data.Outcome, sections(text)),
	}}
}

// taskFound is a task as the search finds it: its objectives begin the text, and what is checked
// ends it. Hints are left out, since an excerpt would tell them.
func taskFound(data taskData, text []render.Section) []search.Page {
	kind := search.Exercise
	if strings.HasPrefix(data.ID, "lab-") {
		kind = search.Lab
	}
	found := withIntro(strings.Join(data.Objectives, " "), sections(text))
	var checks []string
	for _, c := range data.Checks {
		checks = append(checks, c.Title+".")
	}
	found = append(found, search.Section{Anchor: "page-checked", Heading: string(data.W.Checked), Text: strings.Join(checks, " ")})
	return []search.Page{{Title: data.Heading, Kind: kind, Label: data.Label, Sections: found}}
}

// termFound is a term of the glossary as the search finds it.
func termFound(id, name, label string, text []render.Section) search.Page {
	return search.Page{Title: name, Kind: search.Term, Label: label, Anchor: id, Sections: sections(text)}
}

// sections are those of a text.
func sections(text []render.Section) []search.Section {
	list := make([]search.Section, len(text))
	for i, s := range text {
		list[i] = search.Section(s)
	}
	return list
}

func withIntro(intro string, sections []search.Section) []search.Section {
	if len(sections) == 0 || sections[0].Anchor != "" {
		sections = append([]search.Section{{}}, sections...)
	}
	sections[0].Text = strings.TrimSpace(intro + " " + sections[0].Text)
	return sections
}
