package content

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// glossary reads the terms of the source, each in the words of the language where it has some.
func (l *loader) glossary() {
	terms := l.terms(Source)
	if lang := l.course.Language; lang != Source {
		for _, t := range l.terms(lang) {
			i := slices.IndexFunc(terms, func(s Term) bool { return s.ID == t.ID })
			if i < 0 {
				l.fail(frontmatter.Position{File: GlossaryFile(lang)}.Errorf("term %q is not in %s", t.ID, GlossaryFile(Source)))
				continue
			}
			terms[i] = t
		}
	}
	slices.SortStableFunc(terms, func(a, b Term) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	l.course.Glossary = terms
}

// GlossaryFile is the file of the terms in a language.
func GlossaryFile(lang string) string { return path.Join(lang, "glossary.yaml") }

// terms reads the glossary of one language, in the order of its file.
func (l *loader) terms(lang string) []Term {
	name := GlossaryFile(lang)
	src, err := fs.ReadFile(l.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	l.fail(err)
	doc := frontmatter.New(name, src, 0, 0)
	var file struct {
		Terms []Term `yaml:"terms"`
	}
	if err := doc.Decode(&file); err != nil {
		l.fail(err)
		return nil
	}
	seen := map[string]bool{}
	for i, t := range file.Terms {
		pos := func() frontmatter.Position { return doc.At(fmt.Sprintf("$.terms[%d].id", i)) }
		if t.ID == "" || t.Name == "" || t.Text == "" {
			l.fail(pos().Errorf("term needs id, name and text"))
		}
		if t.ID != "" && !slugForm.MatchString(t.ID) {
			l.fail(pos().Errorf("term id %q is not of small letters, digits and dashes", t.ID))
		}
		if seen[t.ID] {
			l.fail(pos().Errorf("term %q is defined twice", t.ID))
		}
		seen[t.ID] = true
		file.Terms[i].Language = lang
	}
	return file.Terms
}
