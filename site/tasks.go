package site

import (
	"errors"
	"html/template"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/task"
)

// taskData is what the template of an exercise or a lab shows.
type taskData struct {
	frame
	Label      string
	Heading    string
	Minutes    string
	Points     string
	Objectives []string
	Needs      []ref
	Checks     []checkLine
	ChecksIn   string // language of their titles where that is another than the page's: checks are not translated
	Variants   []ref
	Stamp      string
	Prev       *ref
	Next       *ref
	Edit       string

	Contents []entry       `json:"-"`
	Body     template.HTML `json:"-"`
	Hints    *hintData     `json:"-"`
}

type checkLine struct{ Title, Points string }

// hintData is a hint with the one that opens inside it.
type hintData struct {
	Title string
	Body  template.HTML
	Next  *hintData
}

func (p *planner) taskPages() {
	tasks := slices.Collect(p.course.Tasks())
	for i, meta := range tasks {
		var prev, next *ref
		if i > 0 {
			prev = new(p.taskRef(tasks[i-1]))
		}
		if i+1 < len(tasks) {
			next = new(p.taskRef(tasks[i+1]))
		}
		p.taskPage(meta, prev, next)
		for _, v := range meta.Variants {
			p.taskPage(v, new(p.taskRef(meta)), nil)
		}
	}
}

func (p *planner) taskRef(t *content.Task) ref {
	form := p.words.Exercise
	if strings.HasPrefix(t.ID, "lab-") {
		form = p.words.Lab
	}
	label, err := form.With("id", strings.TrimPrefix(t.ID, "lab-"))
	p.fail(err)
	return ref{Href: t.ID + ".html", Label: label, Text: t.Title, Lang: p.foreign(t.Language)}
}

func (p *planner) taskLine(t *content.Task) taskLine {
	return taskLine{ref: p.taskRef(t), Minutes: p.words.Minutes.Of(t.Minutes), Points: p.words.Points.Of(t.Points)}
}

func (p *planner) taskPage(meta *content.Task, prev, next *ref) {
	t := p.tasks[meta.ID]
	ch := p.course.Chapter(meta.Chapter)
	line, words := p.taskLine(meta), t.In(p.lang)
	data := &taskData{
		frame: p.frame("task", t.ID, words.Title, strings.Join(words.Objectives, " "), words.Language),
		Label: line.Label, Heading: words.Title, Minutes: line.Minutes, Points: line.Points,
		Objectives: words.Objectives, Stamp: p.stampLine(t.ID, t.Digest), Prev: prev, Next: next,
		Edit: p.editAddress(catalogOf(t.ID), words.File),
	}
	data.Draft, data.Markdown = meta.Draft, t.ID+".md"
	data.Changed = p.opt.Changed[catalogOf(t.ID)+"/"+words.File]
	data.within(p.navs[ch.Part], p.homeRef(), p.partRef(ch.Part), p.chapterRef(ch))
	for _, need := range t.Needs {
		data.Needs = append(data.Needs, p.taskRef(p.course.Task(need)))
	}
	data.ChecksIn = p.foreign(content.Source)
	for _, c := range t.Checks {
		data.Checks = append(data.Checks, checkLine{c.Title, p.words.Points.Of(c.Points)})
	}
	for _, v := range meta.Variants {
		data.Variants = append(data.Variants, p.taskRef(v))
	}
	p.add(page{
		name: data.Name, from: words.File, shell: "task",
		make: func() (any, built, error) { return p.makeTask(words, *data) },
	}, data, words.Digest)
}

// catalogOf is the folder of the repository that holds a task.
func catalogOf(id string) string {
	if strings.HasPrefix(id, "lab-") {
		return "labs/catalog"
	}
	return "exercises/catalog"
}

// makeTask renders the text and the hints of a task.
func (p *planner) makeTask(t task.Words, data taskData) (any, built, error) {
	var made built
	src := p.source(t.File, t.Line, []byte(t.Text))
	text, err := p.render.Render(src)
	errs := []error{err}
	made.add(text)
	made.found = taskFound(data, text.Sections)
	made.markdown = text.Markdown(data.Heading, inMarkdown)
	data.Body = template.HTML(text.HTML)
	data.Contents = contents(text.Headings)
	at := &data.Hints
	for i, hint := range t.Hints {
		src.Text, src.Line, src.Reserved = []byte(hint), t.HintLines[i], append(reserved[:len(reserved):len(reserved)], made.ids...)
		body, err := p.render.Render(src)
		errs = append(errs, err)
		made.add(body)
		title, err := p.words.Hint.With("n", i+1)
		errs = append(errs, err)
		*at = &hintData{Title: title, Body: template.HTML(body.HTML)}
		at = &(*at).Next
	}
	return data, made, errors.Join(errs...)
}
