// Package task reads what exercises and labs are made of: a start state, the text with its hints,
// checks, solutions and wrong solutions. One folder holds one task:
//
//	x06-build-list/        id x06
//	  task.md              front matter, the task, then "## Hint 1", "## Hint 2" …
//	  task.zh.md           the same in another language: title, objectives, text and hints
//	  start.txtar          the workspace at the beginning
//	  checks.txtar         10-answer.txt … one check each; files/… is at hand for the checks
//	  solutions/*.txtar    changes to the start that are right
//	  wrong/*.txtar        changes to the start that a check must catch
//	  variants/NAME/       the task once more, with other values: id x06-NAME. It has a task.md of its
//	                       own, and of the rest what differs; a folder there takes the place of the whole folder
//
// A check is a testscript. The comment lines at its head are YAML:
//
//	# title: The program builds
//	# points: 2
//	# needs: [10-answer]
//	# why: A build that fails for you fails for everyone.
//	# next: go build ./...
//
// The comment of a solution or a wrong solution is YAML too: its title, what it removes from the
// start, and for a wrong one the check that must catch it and what the learner is then told:
//
//	title: Puts c back by hand
//	removes: [old.go]
//	caught-by: 20-builds
//	says: |
//	  expected  …
package task

import (
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// A Task is an exercise or a lab as it stands on disk.
type Task struct {
	ID         string // x06, lab-12
	Name       string // of its folder: x06-build-list
	Title      string
	Minutes    int
	Points     int
	Chapter    string
	Objectives []string
	Needs      []string
	Draft      bool // not published yet

	Text      string   // Markdown, without the hints
	Line      int      // of the file where Text begins
	Hints     []string // Markdown, without their headings
	HintLines []int    // of the file where each hint begins

	Translations map[string]Words // by language

	Base     *Task   // of which this is a variant, or nil
	Variants []*Task // in the order of their names

	Start     *Archive
	Checks    []Check
	Support   []File // files/… of checks.txtar, without the prefix
	Solutions []Change
	Wrong     []Change

	File   string // task.md in the catalogue's file system
	Digest string // of everything in the folder but translations
}

// Words are what a task says in one language.
type Words struct {
	Language   string
	Title      string
	Objectives []string
	Text       string   // Markdown, without the hints
	Line       int      // of the file where Text begins
	Hints      []string // Markdown, without their headings
	HintLines  []int    // of the file where each hint begins
	File       string   // in the catalogue's file system
	Digest     string   // of what the words are shown with
}

// In returns the words of the task in a language, or those of the source where nobody has translated it.
func (t *Task) In(lang string) Words {
	if w, ok := t.Translations[lang]; ok {
		return w
	}
	return Words{content.Source, t.Title, t.Objectives, t.Text, t.Line, t.Hints, t.HintLines, t.File, t.Digest}
}

// A Check is one script that looks at one outcome.
type Check struct {
	ID     string // name of the script without .txt
	Title  string
	Points int
	Why    string
	Next   string   // a command that the learner can type, or a sentence
	Needs  []string // ids of the checks that must pass before this one makes sense
	Script string
	Pos    frontmatter.Position // of the script's first line
	Hidden bool                 // the instructor's own: see WithHidden
}

// A Change turns the start state into another one.
type Change struct {
	Name     string // of the file without .txtar
	Title    string
	Removes  []string
	CaughtBy string // wrong only: the check that must catch it
	Says     string // wrong only: what that check tells the learner
	Files    []File
	File     string // in the catalogue's file system
}

// A Catalog is the folder of all tasks of one kind.
type Catalog []*Task

// Get returns the task or the variant with an id, or nil.
func (c Catalog) Get(id string) *Task {
	for _, t := range c {
		if t.ID == id {
			return t
		}
		if strings.HasPrefix(id, t.ID+"-") {
			if v := Catalog(t.Variants).Get(id); v != nil {
				return v
			}
		}
	}
	return nil
}

// Meta returns what the course model knows of each task in a language, in catalogue order.
func (c Catalog) Meta(lang string) []*content.Task {
	var metas []*content.Task
	for _, t := range c {
		words := t.In(lang)
		metas = append(metas, &content.Task{
			ID: t.ID, Title: words.Title, Language: words.Language, Minutes: t.Minutes, Points: t.Points,
			Chapter: t.Chapter, Needs: t.Needs, Draft: t.Draft, Pos: frontmatter.Position{File: t.File}, Variants: Catalog(t.Variants).Meta(lang),
		})
	}
	return metas
}

// Apply returns the files of the start after the change, in the order of their names.
func (t *Task) Apply(c Change) []File {
	files := slices.Clone(t.Start.Files)
	files = slices.DeleteFunc(files, func(f File) bool {
		removed := slices.ContainsFunc(c.Removes, func(name string) bool {
			return f.Name == name || strings.HasPrefix(f.Name, name+"/")
		})
		replaced := slices.ContainsFunc(c.Files, func(g File) bool { return g.Name == f.Name })
		return removed || replaced
	})
	files = append(files, c.Files...)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files
}
