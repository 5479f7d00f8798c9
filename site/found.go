package site

import (
	"os"
	"strings"

	"github.com/slipway-workshop/slipway/site/search"
)

// searchFiles say to the search index which files there are, and where its shards go.
func (b *Builder) searchFiles(plan []page) search.Files {
	files := search.Files{
		Folder: b.opt.Language, Stage: b.out.stage, Keep: b.out.keep,
		Read: func(name string) ([]byte, error) { return os.ReadFile(b.out.file(name)) },
	}
	for _, p := range plan {
		files.Names = append(files.Names, p.name)
	}
	return files
}

// chapterFound is a chapter as the search finds it: its outcome begins the text.
func chapterFound(label string, data chapterData, html []byte) []search.Page {
	return []search.Page{{
		Title: data.Heading, Kind: search.Chapter, Label: label,
		Sections: withIntro(data.Outcome, search.Sections(html)),
	}}
}

// taskFound is a task as the search finds it: its objectives begin the text, and what is checked
// ends it. Hints are left out, since an excerpt would tell them.
func taskFound(data taskData, html []byte) []search.Page {
	kind := search.Exercise
	if strings.HasPrefix(data.ID, "lab-") {
		kind = search.Lab
	}
	sections := withIntro(strings.Join(data.Objectives, " "), search.Sections(html))
	var checks []string
	for _, c := range data.Checks {
		checks = append(checks, c.Title+".")
	}
	sections = append(sections, search.Section{Anchor: "page-checked", Heading: string(data.W.Checked), Text: strings.Join(checks, " ")})
	return []search.Page{{Title: data.Heading, Kind: kind, Label: data.Label, Sections: sections}}
}

// termFound is a term of the glossary as the search finds it.
func termFound(id, name, label string, html []byte) search.Page {
	return search.Page{Title: name, Kind: search.Term, Label: label, Anchor: id, Sections: search.Sections(html)}
}

func withIntro(intro string, sections []search.Section) []search.Section {
	if len(sections) == 0 || sections[0].Anchor != "" {
		sections = append([]search.Section{{}}, sections...)
	}
	sections[0].Text = strings.TrimSpace(intro + " " + sections[0].Text)
	return sections
}
