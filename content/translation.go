package content

import (
	"errors"
	"io/fs"
	"path"

	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// translationFile is the front matter of a translated chapter. All else is taken from the source.
type translationFile struct {
	Title   string `yaml:"title"`
	Outcome string `yaml:"outcome"`
}

// translate gives a chapter its words in the language of the course, if somebody has written them.
func (l *loader) translate(ch *Chapter) {
	if l.course.Language == Source {
		return
	}
	name := path.Join(l.course.Language, path.Base(ch.File))
	src, err := fs.ReadFile(l.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		l.fail(err)
		return
	}
	doc, _, err := frontmatter.Split(name, src)
	if err != nil {
		l.fail(err)
		return
	}
	var file translationFile
	l.fail(doc.Decode(&file))
	ch.Title, ch.Outcome, ch.Text = file.Title, file.Outcome, Text{l.course.Language, name, Digest(src)}
}

// pages returns the chapters' files of the source and of the language.
func (l *loader) pages() ([]string, error) {
	names, err := fs.Glob(l.fsys, Source+"/*.md")
	if err != nil || l.course.Language == Source {
		return names, err
	}
	translated, err := fs.Glob(l.fsys, l.course.Language+"/*.md")
	return append(names, translated...), err
}
