// Package content is the model of the course: parts, chapters, tasks and the glossary, read from
// course.yaml and the Markdown files of one language.
//
//	course.yaml        title, addresses, languages, parts, and the order of the chapters
//	verified.json      what each page was last proven with; written by slipway prove
//	en/<slug>.md       a chapter: front matter and Markdown
//	en/glossary.yaml   the terms that pages link to as glossary:<id>
//	zh/<slug>.md       the same in another language; what is not there is shown in English
//	zh/glossary.yaml
//
// Load reports every mistake at once, each with its file, line and column.
package content

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// Source is the language that the course is written in. All others are translations.
const Source = "en"

// A Course is the whole book in one language.
type Course struct {
	Title       string
	Description string
	URL         string // where the site is published; ends with a slash
	Source      string // where the course's own files can be read and changed
	Language    string
	Languages   []string // all that the course is offered in; Source is the first
	Redirects   []Redirect
	Parts       []*Part
	Glossary    []Term
	Verified    Stamps

	chapters map[string]*Chapter
	tasks    map[string]*Task
}

// A Redirect leads from a page that has gone to the chapter or task that took its place.
type Redirect struct {
	From, To string // slugs or ids
	Pos      frontmatter.Position
}

// A Part is a run of chapters on one matter.
type Part struct {
	ID       string
	Title    string
	Chapters []*Chapter
}

// A Chapter is one page of the book. Its text stays in the file.
type Chapter struct {
	Slug    string
	Number  int
	Title   string
	Outcome string   // what the reader can do afterwards, in one sentence
	Minutes int      // that reading and trying takes
	Needs   []string // slugs of the chapters that must come before
	Covers  []string // items of the curriculum's inventory
	Cluster string   // shape of the cluster that its commands need; empty for none
	Draft   bool     // not published yet
	Part    *Part
	Tasks   []*Task
	File    string // in the language of the source, which is what is proven
	Digest  string // of the file, as Digest computes it
	Text    Text   // what readers of the course's language are shown

	fsys fs.FS
}

// A Text is the file of a chapter in the language of the course, or in that of the source where there
// is no translation.
type Text struct {
	Language string
	File     string
	Digest   string
}

// A Task is what the course knows of an exercise or a lab: enough to name it and to lead there.
type Task struct {
	Language string // of the title
	ID       string
	Title    string
	Minutes  int
	Points   int
	Chapter  string   // slug of the chapter it belongs to
	Needs    []string // ids of the tasks that should be done before
	Draft    bool     // not published yet
	Pos      frontmatter.Position

	Variants []*Task // the same once more with other values; no part of the book's order
}

// A Term is an entry of the glossary.
type Term struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	Text string `yaml:"text"` // Markdown, one paragraph

	Language string `yaml:"-"` // of name and text
}

// courseFile is course.yaml.
type courseFile struct {
	Title       string            `yaml:"title"`
	Description map[string]string `yaml:"description"` // by language
	URL         string            `yaml:"url"`
	Source      string            `yaml:"source"`
	Languages   []string          `yaml:"languages,omitempty"` // beside Source
	Redirects   map[string]string `yaml:"redirects,omitempty"` // from the old name of a page to the new
	Parts       []partFile        `yaml:"parts"`
}

type partFile struct {
	ID       string            `yaml:"id"`
	Title    map[string]string `yaml:"title"` // by language
	Chapters []string          `yaml:"chapters"`
}

// chapterFile is the front matter of a chapter.
type chapterFile struct {
	Number  int      `yaml:"number"`
	Title   string   `yaml:"title"`
	Outcome string   `yaml:"outcome"`
	Minutes int      `yaml:"minutes"`
	Needs   []string `yaml:"needs,omitempty"`
	Covers  []string `yaml:"covers,omitempty"`
	Cluster string   `yaml:"cluster,omitempty"`
	Draft   bool     `yaml:"draft,omitempty"`
}

const courseName = "course.yaml"

// slugForm is what may stand in an address, a file name and an anchor alike.
var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Load reads the course in a language from fsys.
func Load(fsys fs.FS, lang string) (*Course, error) {
	l := loader{fsys: fsys, course: &Course{Language: lang, chapters: map[string]*Chapter{}, tasks: map[string]*Task{}}}
	l.load()
	if err := errors.Join(l.errs...); err != nil {
		return nil, err
	}
	return l.course, nil
}

// A loader gathers mistakes while it reads, so that an author sees all of them.
type loader struct {
	fsys   fs.FS
	course *Course
	errs   []error
}

func (l *loader) fail(err error) {
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

func (l *loader) load() {
	src, err := fs.ReadFile(l.fsys, courseName)
	if err != nil {
		l.fail(fmt.Errorf("read course: %w", err))
		return
	}
	doc := frontmatter.New(courseName, src, 0, 0)
	var file courseFile
	if err := doc.Decode(&file); err != nil {
		l.fail(err)
		return
	}
	c := l.course
	c.Title, c.Description, c.Source = file.Title, file.Description[c.Language], strings.TrimSuffix(file.Source, "/")
	c.Languages = append([]string{Source}, file.Languages...)
	if !slices.Contains(c.Languages, c.Language) {
		l.fail(doc.At("$.languages").Errorf("course is not offered in %q", c.Language))
		return
	}
	if c.Description == "" {
		l.fail(doc.At("$.description").Errorf("course has no description in %q", c.Language))
	}
	c.URL = strings.TrimSuffix(file.URL, "/") + "/"
	for _, from := range slices.Sorted(maps.Keys(file.Redirects)) {
		c.Redirects = append(c.Redirects, Redirect{from, file.Redirects[from], doc.At("$.redirects.'" + from + "'")})
	}
	for i, p := range file.Parts {
		l.part(doc, i, p)
	}
	l.order(doc)
	l.unlisted()
	l.glossary()
	c.Verified, err = ReadStamps(l.fsys)
	l.fail(err)
}

func (l *loader) part(doc *frontmatter.Doc, i int, file partFile) {
	part := &Part{ID: file.ID, Title: file.Title[l.course.Language]}
	l.checkPart(doc, i, part)
	for j, slug := range file.Chapters {
		pos := func() frontmatter.Position { return doc.At(fmt.Sprintf("$.parts[%d].chapters[%d]", i, j)) }
		switch {
		case l.course.chapters[slug] != nil:
			l.fail(pos().Errorf("chapter %q is listed twice", slug))
			continue
		case !slugForm.MatchString(slug):
			l.fail(pos().Errorf("chapter %q is not of small letters, digits and dashes", slug))
			continue
		}
		if ch := l.chapter(pos, slug); ch != nil {
			ch.Part = part
			part.Chapters = append(part.Chapters, ch)
			l.course.chapters[slug] = ch
		}
	}
	l.course.Parts = append(l.course.Parts, part)
}

func (l *loader) checkPart(doc *frontmatter.Doc, i int, part *Part) {
	pos := func() frontmatter.Position { return doc.At(fmt.Sprintf("$.parts[%d]", i)) }
	switch {
	case part.ID == "" || part.Title == "":
		l.fail(pos().Errorf("part needs an id and a title in %q", l.course.Language))
	case !slugForm.MatchString(part.ID):
		l.fail(pos().Errorf("part id %q is not of small letters, digits and dashes", part.ID))
	case slices.ContainsFunc(l.course.Parts, func(p *Part) bool { return p.ID == part.ID }):
		l.fail(pos().Errorf("part id %q is used twice", part.ID))
	}
}

// chapter reads the head of a chapter. Where it is listed is asked for only when that is wrong, since
// the answer takes another reading of the whole list.
func (l *loader) chapter(listed func() frontmatter.Position, slug string) *Chapter {
	name := path.Join(Source, slug+".md")
	src, err := fs.ReadFile(l.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		l.fail(listed().Errorf("chapter %q has no file: write %s", slug, name))
		return nil
	} else if err != nil {
		l.fail(listed().Errorf("read chapter: %w", err))
		return nil
	}
	doc, _, err := frontmatter.Split(name, src)
	if err != nil {
		l.fail(err)
		return nil
	}
	var file chapterFile
	l.fail(doc.Decode(&file))
	digest := Digest(src)
	ch := &Chapter{
		Slug: slug, Number: file.Number, Title: file.Title, Outcome: file.Outcome, Minutes: file.Minutes,
		Needs: file.Needs, Covers: file.Covers, Cluster: file.Cluster, Draft: file.Draft,
		File: name, Digest: digest, Text: Text{Source, name, digest}, fsys: l.fsys,
	}
	l.translate(ch)
	return ch
}

// order checks that chapters are numbered upwards and that what a chapter needs comes before it.
func (l *loader) order(doc *frontmatter.Doc) {
	seen := map[string]bool{}
	last := 0
	for ch := range l.course.Chapters() {
		if ch.Number <= last && ch.Number != 0 {
			l.fail(ch.at("$.number").Errorf("chapter %d comes after chapter %d in %s", ch.Number, last, courseName))
		}
		last = max(last, ch.Number)
		for i, need := range ch.Needs {
			pos := fmt.Sprintf("$.needs[%d]", i)
			switch {
			case l.course.chapters[need] == nil:
				l.fail(ch.at(pos).Errorf("unknown chapter %q", need))
			case l.course.chapters[need].Draft && !ch.Draft:
				l.fail(needsDraft(ch.at(pos), "chapter", need))
			case !seen[need]:
				l.fail(ch.at(pos).Errorf("needs chapter %q, which comes later in %s", need, courseName))
			}
		}
		seen[ch.Slug] = true
	}
	if len(seen) == 0 && len(l.errs) == 0 {
		l.fail(doc.At("$.parts").Errorf("course has no chapters"))
	}
}

// unlisted reports chapters that stand in the folder and not in course.yaml.
func (l *loader) unlisted() {
	names, err := l.pages()
	l.fail(err)
	for _, name := range names {
		slug := strings.TrimSuffix(path.Base(name), ".md")
		if l.course.chapters[slug] == nil && !l.reported(name) {
			l.fail(frontmatter.Position{File: name}.Errorf("chapter is not listed in %s", courseName))
		}
	}
}

func (l *loader) reported(name string) bool {
	return slices.ContainsFunc(l.errs, func(err error) bool { return strings.HasPrefix(err.Error(), name+":") })
}

// Chapters yields all chapters in the order of the book.
func (c *Course) Chapters() iter.Seq[*Chapter] {
	return func(yield func(*Chapter) bool) {
		for _, p := range c.Parts {
			for _, ch := range p.Chapters {
				if !yield(ch) {
					return
				}
			}
		}
	}
}

// Tasks yields all tasks in the order of the book.
func (c *Course) Tasks() iter.Seq[*Task] {
	return func(yield func(*Task) bool) {
		for ch := range c.Chapters() {
			for _, t := range ch.Tasks {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// Chapter returns the chapter with a slug, or nil.
func (c *Course) Chapter(slug string) *Chapter { return c.chapters[slug] }

// Task returns the task or the variant with an id, or nil.
func (c *Course) Task(id string) *Task { return c.tasks[id] }

// Body returns the Markdown in src, the file of the chapter's text, and the number of its first line there.
func (ch *Chapter) Body(src []byte) (body []byte, first int, err error) {
	_, body, err = frontmatter.Split(ch.Text.File, src)
	if err != nil {
		return nil, 0, err
	}
	head := src[:len(src)-len(body)]
	return body, strings.Count(string(head), "\n") + 1, nil
}

// at returns the position of a value in the chapter's front matter.
func (ch *Chapter) at(yamlPath string) frontmatter.Position {
	src, err := fs.ReadFile(ch.fsys, ch.File)
	if err != nil {
		return frontmatter.Position{File: ch.File}
	}
	doc, _, err := frontmatter.Split(ch.File, src)
	if err != nil {
		return frontmatter.Position{File: ch.File}
	}
	return doc.At(yamlPath)
}

// Digest names the content of a file: the first 16 bytes of its SHA-256 in hexadecimal.
func Digest(src []byte) string {
	sum := sha256.Sum256(src)
	return hex.EncodeToString(sum[:16])
}
