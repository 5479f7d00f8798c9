package site

import (
	"fmt"
	"html/template"
	"io/fs"
	"slices"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/site/render"
)

// chapterData is what the template of a chapter shows.
type chapterData struct {
	frame
	Number  int
	Heading string
	Outcome string
	Minutes string
	Needs   []ref
	Stamp   string
	Tasks   []taskLine
	Prev    *ref
	Next    *ref
	Edit    string
	Shell   string // command to follow along; empty when there is nothing to type

	Contents []entry       `json:"-"`
	Body     template.HTML `json:"-"`
}

// A taskLine is a task in a list.
type taskLine struct {
	ref
	Minutes string
	Points  string
}

// An entry is a line of a page's contents.
type entry struct {
	ID, Text string
	Sub      []entry
}

func (p *planner) chapterPages() {
	chapters := slices.Collect(p.course.Chapters())
	for i, ch := range chapters {
		var prev, next *ref
		if i > 0 {
			prev = new(p.chapterRef(chapters[i-1]))
		}
		if i+1 < len(chapters) {
			next = new(p.chapterRef(chapters[i+1]))
		}
		p.chapterPage(ch, prev, next)
	}
}

func (p *planner) chapterRef(ch *content.Chapter) ref {
	label, err := p.words.Chapter.With("number", ch.Number)
	p.fail(err)
	return ref{Href: ch.Slug + ".html", Label: label, Text: ch.Title, Lang: p.foreign(ch.Text.Language)}
}

func (p *planner) fail(err error) {
	if err != nil {
		p.errs = append(p.errs, err)
	}
}

func (p *planner) chapterPage(ch *content.Chapter, prev, next *ref) {
	data := &chapterData{
		frame:  p.frame("chapter", ch.Slug, ch.Title, ch.Outcome, ch.Text.Language),
		Number: ch.Number, Heading: ch.Title, Outcome: ch.Outcome, Minutes: p.words.Minutes.Of(ch.Minutes),
		Stamp: p.stampLine(ch.Slug, ch.Digest), Prev: prev, Next: next,
		Edit: p.editAddress("content", ch.Text.File),
	}
	data.Draft, data.Markdown = ch.Draft, ch.Slug+".md"
	data.Changed = p.opt.Changed["content/"+ch.Text.File]
	data.within(p.navs[ch.Part], p.homeRef(), p.partRef(ch.Part))
	for _, need := range ch.Needs {
		data.Needs = append(data.Needs, p.chapterRef(p.course.Chapter(need)))
	}
	for _, t := range ch.Tasks {
		data.Tasks = append(data.Tasks, p.taskLine(t))
	}
	p.add(page{
		name: data.Name, from: ch.Text.File, shell: "chapter",
		make: func() (any, built, error) { return p.makeChapter(ch, *data) },
	}, data, ch.Text.Digest)
}

// makeChapter reads and renders the text of a chapter.
func (p *planner) makeChapter(ch *content.Chapter, data chapterData) (any, built, error) {
	src, err := fs.ReadFile(p.opt.Content, ch.Text.File)
	if err != nil {
		return nil, built{}, fmt.Errorf("read chapter: %w", err)
	}
	body, first, err := ch.Body(src)
	if err != nil {
		return nil, built{}, err
	}
	text, err := p.render.Render(p.source(ch.Text.File, first, body))
	made := built{head: content.Digest(src[:len(src)-len(body)])}
	made.add(text)
	if err != nil {
		return nil, made, err
	}
	made.found = chapterFound(p.chapterRef(ch).Label, data, text.Sections)
	made.markdown = text.Markdown(data.Heading, inMarkdown)
	data.Body = template.HTML(text.HTML)
	data.Contents = contents(text.Headings)
	if text.Commands+text.NotRun > 0 {
		data.Shell = "slipway shell " + ch.Slug
	}
	return data, made, nil
}

// contents nests headings of level 3 below those of level 2. Deeper ones are left out.
func contents(headings []render.Heading) []entry {
	var list []entry
	for _, h := range headings {
		e := entry{ID: h.ID, Text: h.Text}
		switch {
		case h.Level == 2:
			list = append(list, e)
		case h.Level == 3:
			last := &list[len(list)-1]
			last.Sub = append(last.Sub, e)
		}
	}
	return list
}

// stampLine says what a page was proven with.
func (p *planner) stampLine(slug, digest string) string {
	stamp, ok := p.course.Verified.Of(slug, digest)
	if !ok {
		return string(p.words.NotVerified)
	}
	form := p.words.Verified
	args := []any{"go", stamp.Go, "date", stamp.Date}
	if stamp.Kubernetes != "" {
		form = p.words.VerifiedKubernetes
		args = append(args, "kubernetes", stamp.Kubernetes)
	}
	line, err := form.With(args...)
	p.fail(err)
	return line
}

// editAddress is where a file of the repository can be changed.
func (p *planner) editAddress(folder, file string) string {
	if p.course.Source == "" {
		return ""
	}
	return p.course.Source + "/edit/main/" + folder + "/" + file
}
