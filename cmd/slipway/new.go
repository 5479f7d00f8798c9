package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/site"
	"github.com/spf13/cobra"
)

func (a *app) newCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "new",
		GroupID: groupAuthor,
		Short:   "Write a new chapter, exercise or lab to begin from",
		Long: `New writes a draft that is whole and right as it stands, for you to change piece by piece: a chapter
with the sections that a chapter has, or a task with checks, two solutions and three wrong ones.

A draft has draft: true in its front matter. It is shown by slipway serve, proven by its name, and left
out of slipway build and of every list until you take that line out.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usagef("new: name what to write: chapter, exercise or lab")
		},
	}
	cmd.AddCommand(a.newChapterCommand(), a.newTaskCommand("exercise", "x99-slug"), a.newTaskCommand("lab", "99-slug"))
	return cmd
}

func (a *app) newChapterCommand() *cobra.Command {
	var part string
	cmd := &cobra.Command{
		Use:     "chapter SLUG",
		Short:   "Write a new chapter, and list it in course.yaml",
		Example: "  slipway new chapter vendoring\n  slipway new chapter vendoring --part modules",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.newChapter(cmd.Context(), args[0], part)
		},
	}
	cmd.Flags().StringVar(&part, "part", "", "id of the part whose last chapter it becomes (default: the last part)")
	return cmd
}

func (a *app) newTaskCommand(kind, form string) *cobra.Command {
	var chapter string
	cmd := &cobra.Command{
		Use:     kind + " " + strings.ToUpper(form),
		Short:   "Write a new " + kind + ", with checks, solutions and wrong solutions that prove",
		Example: fmt.Sprintf("  slipway new %[1]s %[2]s\n  slipway new %[1]s %[2]s --chapter versions", kind, form),
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.newTask(cmd.Context(), kind, form, args[0], chapter)
		},
	}
	cmd.Flags().StringVar(&chapter, "chapter", "", "slug of the chapter that it belongs to (default: the last chapter)")
	return cmd
}

// openToWrite loads the course with its drafts, to write into it.
func (a *app) openToWrite() (*course, error) {
	c, err := a.openDrafts()
	if err == nil && c.root == "" {
		err = usagef("new: only a checkout can be written to: run slipway in one, or name it with --course")
	}
	return c, err
}

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// kinds are the words that slipway prove takes for all pages of a kind; no chapter can have one as its name.
var kinds = []string{"exercises", "labs", "chapters"}

func (a *app) newChapter(ctx context.Context, slug, partID string) error {
	c, err := a.openToWrite()
	if err != nil {
		return err
	}
	switch {
	case !slugForm.MatchString(slug) || slices.Contains(kinds, slug):
		return usagef("new chapter: %q cannot be the name of a chapter: use small letters, digits and dashes, as in build-lists", slug)
	case c.Chapter(slug) != nil:
		return usagef("new chapter: there is one already: %s", c.shown("content", c.Chapter(slug).File))
	}
	at, err := c.part(partID)
	if err != nil {
		return err
	}
	s := newSkeleton(slug)
	s.Here = "/home/you/" + slug
	if s.Number, err = freeNumber(c.Parts, at); err != nil {
		return err
	}
	file, list := filepath.Join(c.root, "content", content.Source, slug+".md"), filepath.Join(c.root, "content", "course.yaml")
	undo, err := writeChapter(file, list, at, s)
	if err == nil {
		if err = a.validate(ctx); err == nil {
			err = ctx.Err()
		}
	}
	if err != nil {
		return errors.Join(err, undo())
	}
	a.say("Wrote %s\nListed it in %s as chapter %d, the last one of part %s\n\nNow\n", c.shown("content", content.Source, slug+".md"),
		c.shown("content", "course.yaml"), s.Number, c.Parts[at].ID)
	a.sayNext(slug)
	return nil
}

// part returns the place of a part with an id; without one, that of the last part.
func (c *course) part(id string) (int, error) {
	if id == "" {
		return len(c.Parts) - 1, nil
	}
	var ids []string
	for i, p := range c.Parts {
		if p.ID == id {
			return i, nil
		}
		ids = append(ids, p.ID)
	}
	return 0, usagef("new chapter: there is no part %q: use one of %s", id, strings.Join(ids, ", "))
}

// freeNumber returns the number of a new last chapter of a part.
func freeNumber(parts []*content.Part, at int) (int, error) {
	last := 0
	for i, p := range parts {
		for _, ch := range p.Chapters {
			if i > at && ch.Number == last+1 {
				return 0, usagef("new chapter: no number is free after part %s: chapter %d (%s) follows at once; raise the numbers from there on, the highest first, or choose another --part",
					parts[at].ID, ch.Number, ch.Slug)
			}
			if i > at {
				return last + 1, nil
			}
			last = ch.Number
		}
	}
	return last + 1, nil
}

// writeChapter writes the file of a chapter and lists it. What undo takes back is what was done, also
// where that is only a part.
func writeChapter(file, list string, part int, s skeleton) (undo func() error, err error) {
	undo = func() error { return nil }
	files, err := s.fill("chapter")
	if err != nil {
		return undo, err
	}
	old, err := os.ReadFile(list)
	if err != nil {
		return undo, err
	}
	listed, err := listChapter(old, part, s.Slug)
	if err != nil {
		return undo, err
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return undo, usagef("new chapter: %s is there already", file)
	}
	if err := atomicfile.Write(file, []byte(files["chapter.md"])); err != nil {
		return undo, err
	}
	undo = func() error { return os.Remove(file) }
	if err := atomicfile.Write(list, listed); err != nil {
		return undo, err
	}
	return func() error { return errors.Join(atomicfile.Write(list, old), os.Remove(file)) }, nil
}

// taskForms are what names a new task: its id, and its slug.
var taskForms = map[string]*regexp.Regexp{
	"exercise": regexp.MustCompile(`^(x[0-9]{2})-([a-z0-9]+(?:-[a-z0-9]+)*)$`),
	"lab":      regexp.MustCompile(`^(?:lab-)?([1-9][0-9]*)-([a-z0-9]+(?:-[a-z0-9]+)*)$`),
}

func (a *app) newTask(ctx context.Context, kind, form, name, chapter string) error {
	c, err := a.openToWrite()
	if err != nil {
		return err
	}
	m := taskForms[kind].FindStringSubmatch(name)
	if m == nil {
		return usagef("new %s: %q is not of the form %s, of small letters, digits and dashes", kind, name, form)
	}
	s := newSkeleton(m[2])
	s.ID = m[1]
	if kind == "lab" {
		s.ID = "lab-" + m[1]
	}
	if t := c.catalog.get(s.ID); t != nil {
		return usagef("new %s: %s is taken by %s; free is %s", kind, s.ID, c.shown(kind+"s", "catalog", t.Name), c.freeID(kind))
	}
	if s.Chapter, err = c.chapterFor(kind, chapter); err != nil {
		return err
	}
	files, err := s.fill(kind)
	if err != nil {
		return err
	}
	dir := filepath.Join(c.root, kind+"s", "catalog", s.ID+"-"+s.Slug)
	if err := writeFolder(dir, files); err != nil {
		return err
	}
	if err = errors.Join(a.validate(ctx), ctx.Err()); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		a.say("Wrote %s\n", c.shown(kind+"s", "catalog", s.ID+"-"+s.Slug, name))
	}
	a.say("\nIt is a task of chapter %s. Now\n", s.Chapter)
	a.sayNext(s.ID)
	return nil
}

// chapterFor returns the chapter of a new task: the one that was named, or the last.
func (c *course) chapterFor(kind, slug string) (string, error) {
	if slug != "" && c.Chapter(slug) == nil {
		return "", usagef("new %s: there is no chapter %q: type slipway list to see them", kind, slug)
	}
	if slug == "" {
		for ch := range c.Chapters() {
			slug = ch.Slug
		}
	}
	return slug, nil
}

// freeID returns the first id of a kind that no task has, after all that are taken.
func (c *course) freeID(kind string) string {
	form, tasks := "x%02d", c.catalog.exercises.Tasks()
	if kind == "lab" {
		form, tasks = "lab-%d", c.catalog.labs.Tasks()
	}
	last := 0
	for _, t := range tasks {
		var n int
		if _, err := fmt.Sscanf(t.ID, strings.Replace(form, "%02d", "%d", 1), &n); err == nil {
			last = max(last, n)
		}
	}
	return fmt.Sprintf(form, last+1)
}

// validate holds that what was written makes a course that can be built, so that an author begins from
// something right. Among what only a build finds is the name of a page that is taken.
func (a *app) validate(ctx context.Context) error {
	c, err := a.openDrafts()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "slipway-new-")
	if err != nil {
		return fmt.Errorf("new: %w", err)
	}
	defer os.RemoveAll(dir)
	_, err = site.Build(ctx, site.Options{Content: c.content, Tasks: c.catalog.tasks(), Out: dir, Drafts: true})
	return err
}

// shown is the name of a file of the checkout as it is typed from the current folder.
func (c *course) shown(parts ...string) string {
	name := filepath.Join(append([]string{c.root}, parts...)...)
	here, err := os.Getwd()
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(here, name); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return name
}

func (a *app) sayNext(name string) {
	a.say("  write                    slipway serve shows it as you save, with the mark Draft\n"+
		"  slipway prove %-10s says what does not hold yet; with --update it writes outputs and explanations\n"+
		"  publish                  by taking draft: true out of its front matter\n", name)
}
