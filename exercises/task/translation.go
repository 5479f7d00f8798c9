package task

import (
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// translationName is task.zh.md and the like.
var translationName = regexp.MustCompile(`^task\.([a-z]+)\.md$`)

// translationFile is the front matter of a translation. All else is that of the task.
type translationFile struct {
	Title      string   `yaml:"title"`
	Objectives []string `yaml:"objectives"`
}

// translations reads the words of the task in other languages, which stand beside task.md.
func (l *loader) translations() {
	names, err := fs.Glob(l.fsys, path.Join(path.Dir(l.task.File), "task.*.md"))
	l.fail(err)
	for _, name := range names {
		if m := translationName.FindStringSubmatch(path.Base(name)); m != nil {
			l.fail(l.translation(m[1], name))
		}
	}
}

func (l *loader) translation(lang, name string) error {
	src, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		return err
	}
	doc, body, err := frontmatter.Split(name, src)
	if err != nil {
		return err
	}
	var file translationFile
	if err := doc.Decode(&file); err != nil {
		return err
	}
	first := 1 + strings.Count(string(src[:len(src)-len(body)]), "\n")
	w := Words{
		Language: lang, Title: file.Title, Objectives: file.Objectives, Line: textLine(string(body), 0, first),
		File: name, Digest: content.Digest(src),
	}
	if w.Text, w.Hints, w.HintLines, err = splitHints(name, string(body), first); err != nil {
		return err
	}
	at := frontmatter.Position{File: name}
	switch {
	case len(w.Objectives) != len(l.task.Objectives):
		return doc.At("$.objectives").Errorf("%d objectives, and %s has %d", len(w.Objectives), l.task.File, len(l.task.Objectives))
	case len(w.Hints) != len(l.task.Hints):
		return at.Errorf("%d hints, and %s has %d", len(w.Hints), l.task.File, len(l.task.Hints))
	}
	if l.task.Translations == nil {
		l.task.Translations = map[string]Words{}
	}
	l.task.Translations[lang] = w
	return nil
}
