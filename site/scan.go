package site

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/task"
)

// A stamp tells whether a file has changed: by size and time, or by its digest in a file system
// that keeps no times.
type stamp struct {
	size   int64
	time   time.Time
	digest string
}

// load returns the course as it stands now. It reads again only what changed: the whole course when
// its order, a head of a page or a task did, else the chapters whose text did.
func (b *Builder) load(tasks task.Catalog) (state, error) {
	files, err := b.scan()
	if err != nil {
		return state{}, err
	}
	next := state{files: files, tasks: digestOf(tasks), courses: b.last.courses}
	if len(next.courses) > 0 && next.tasks == b.last.tasks && b.refresh(files) {
		return next, nil
	}
	next.courses, err = b.loadCourses(tasks)
	return next, err
}

// loadCourses reads the course in each of its languages.
func (b *Builder) loadCourses(tasks task.Catalog) ([]*content.Course, error) {
	source, err := content.Load(b.opt.Content, content.Source)
	if err != nil {
		return nil, err
	}
	courses := []*content.Course{source}
	for _, lang := range source.Languages[1:] {
		c, err := content.Load(b.opt.Content, lang)
		if err != nil {
			return nil, err
		}
		courses = append(courses, c)
	}
	var errs []error
	for _, c := range courses {
		if err := c.Attach(tasks.Meta(c.Language)); err != nil && c == source { // the others say the same
			errs = append(errs, err)
		}
		if !b.opt.Drafts {
			c.HideDrafts()
		}
	}
	return courses, errors.Join(errs...)
}

// scan stamps all files that the course is made of, which are those at its top and in its folders.
func (b *Builder) scan() (map[string]stamp, error) {
	var names []string
	for _, pattern := range []string{"*.*", "*/*.*"} {
		found, err := fs.Glob(b.opt.Content, pattern)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	files := make(map[string]stamp, len(names))
	for _, name := range names {
		var err error
		if files[name], err = b.stamp(name); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (b *Builder) stamp(name string) (stamp, error) {
	info, err := fs.Stat(b.opt.Content, name)
	switch {
	case errors.Is(err, fs.ErrNotExist): // gone since its folder was read
		return stamp{}, nil
	case err != nil:
		return stamp{}, err
	case info.IsDir() || !info.ModTime().IsZero():
		return stamp{size: info.Size(), time: info.ModTime()}, nil
	}
	data, err := fs.ReadFile(b.opt.Content, name)
	return stamp{size: info.Size(), digest: content.Digest(data)}, err
}

// refresh brings the last course up to date if only texts of chapters changed since, and reports
// whether that was so.
func (b *Builder) refresh(files map[string]stamp) bool {
	if len(files) != len(b.last.files) {
		return false
	}
	for name := range maps.Keys(files) {
		old, ok := b.last.files[name]
		if !ok || old != files[name] && !b.refreshChapter(name) {
			return false
		}
	}
	return true
}

// refreshChapter reads the text of a chapter again and reports whether its front matter is still the
// same. Courses that show the text as it is, for want of a translation, take part.
func (b *Builder) refreshChapter(name string) bool {
	src, err := fs.ReadFile(b.opt.Content, name)
	if err != nil {
		return false
	}
	digest, shown := content.Digest(src), false
	for _, course := range b.last.courses {
		ch := course.Chapter(strings.TrimSuffix(path.Base(name), ".md"))
		if ch == nil {
			return false
		}
		if ch.File == name {
			ch.Digest = digest
		}
		if ch.Text.File != name {
			continue
		}
		body, _, err := ch.Body(src)
		if err != nil || content.Digest(src[:len(src)-len(body)]) != b.last.pages[pageName(course.Language, ch.Slug)].head {
			return false
		}
		ch.Text.Digest, shown = digest, true
	}
	return shown
}

// digestOf names the tasks as they are, in all languages.
func digestOf(tasks task.Catalog) string {
	var all strings.Builder
	for _, t := range tasks {
		all.WriteString(t.ID + " " + t.Digest + "\n")
		for _, lang := range slices.Sorted(maps.Keys(t.Translations)) {
			all.WriteString(lang + " " + t.Translations[lang].Digest + "\n")
		}
		all.WriteString(digestOf(t.Variants))
	}
	return all.String()
}
