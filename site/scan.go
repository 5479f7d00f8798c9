package site

import (
	"errors"
	"io/fs"
	"maps"
	"path"
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
	next := state{files: files, tasks: digestOf(tasks), course: b.last.course}
	if next.course != nil && next.tasks == b.last.tasks && b.refresh(files) {
		return next, nil
	}
	next.course, err = content.Load(b.opt.Content, b.opt.Language)
	if err != nil {
		return state{}, err
	}
	err = next.course.Attach(tasks.Meta())
	if !b.opt.Drafts {
		next.course.HideDrafts()
	}
	return next, err
}

// scan stamps all files that the course is made of.
func (b *Builder) scan() (map[string]stamp, error) {
	names, err := fs.Glob(b.opt.Content, "*.*")
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(b.opt.Content, b.opt.Language)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	files := make(map[string]stamp, len(names)+len(entries))
	for _, e := range entries {
		names = append(names, path.Join(b.opt.Language, e.Name()))
	}
	for _, name := range names {
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

// refreshChapter reads a chapter again and reports whether its front matter is still the same.
func (b *Builder) refreshChapter(name string) bool {
	ch := b.last.course.Chapter(strings.TrimSuffix(path.Base(name), ".md"))
	if ch == nil || ch.File != name {
		return false
	}
	src, err := fs.ReadFile(b.opt.Content, name)
	if err != nil {
		return false
	}
	body, _, err := ch.Body(src)
	if err != nil || content.Digest(src[:len(src)-len(body)]) != b.last.pages[b.pageName(ch.Slug)].head {
		return false
	}
	ch.Digest = content.Digest(src)
	return true
}

func digestOf(tasks task.Catalog) string {
	var all strings.Builder
	for _, t := range tasks {
		all.WriteString(t.ID + " " + t.Digest + "\n")
	}
	return all.String()
}
