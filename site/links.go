package site

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/site/render"
)

// checkLinks reports the links of all pages that lead nowhere, once for each text: one that has no
// translation is on the pages of several languages.
func checkLinks(s *state, plan []page) error {
	checkers := map[*content.Course]*linkChecker{}
	for _, course := range s.courses {
		c := &linkChecker{course: course, pages: s.pages, terms: map[string]bool{}}
		for _, t := range course.Glossary {
			c.terms[t.ID] = true
		}
		checkers[course] = c
	}
	var errs []error
	seen := map[string]bool{}
	for _, p := range plan {
		from, c := s.pages[p.name], checkers[p.course]
		for _, l := range from.links {
			err := c.draft(p.frame().Draft, l)
			if err == nil {
				err = c.check(from, l)
			}
			if err != nil && !seen[l.Pos.String()] {
				seen[l.Pos.String()] = true
				errs = append(errs, l.Pos.Errorf("%w", err))
			}
		}
	}
	return errors.Join(errs...)
}

type linkChecker struct {
	course *content.Course
	pages  map[string]built
	terms  map[string]bool
}

func (c *linkChecker) check(from built, l render.Link) error {
	switch l.To {
	case render.ToAnchor:
		return c.anchor(from, l, "this page")
	case render.ToGlossary:
		if !c.terms[l.Target] {
			return fmt.Errorf("link to glossary:%s: the glossary has no such term: add it to %s", l.Target, content.GlossaryFile(content.Source))
		}
		return nil
	case render.ToChapter:
		if c.course.Chapter(l.Target) == nil {
			return fmt.Errorf("link to chapter:%s: no such chapter: use one of %s", l.Target, list(c.course.Chapters(), func(ch *content.Chapter) string { return ch.Slug }))
		}
	case render.ToTask:
		if c.course.Task(l.Target) == nil {
			return fmt.Errorf("link to task:%s: no such task: use one of %s", l.Target, list(c.course.Tasks(), func(t *content.Task) string { return t.ID }))
		}
	}
	return c.anchor(c.pages[pageName(c.course.Language, l.Target)], l, l.To+" "+l.Target)
}

// draft reports a link to a draft from a page that is none.
func (c *linkChecker) draft(fromDraft bool, l render.Link) error {
	draft := false
	switch l.To {
	case render.ToChapter:
		ch := c.course.Chapter(l.Target)
		draft = ch != nil && ch.Draft
	case render.ToTask:
		t := c.course.Task(l.Target)
		draft = t != nil && t.Draft
	}
	if !draft || fromDraft {
		return nil
	}
	return fmt.Errorf("link to %[1]s:%[2]s: that %[1]s is a draft: publish it, which is to take draft: true out of its front matter, or take the link out", l.To, l.Target)
}

func (c *linkChecker) anchor(to built, l render.Link, page string) error {
	if l.Anchor == "" || to.failed || slices.Contains(to.ids, l.Anchor) {
		return nil
	}
	return fmt.Errorf("link to #%s: %s has no heading with this anchor: use one of %s",
		l.Anchor, page, list(slices.Values(to.ids), func(id string) string { return id }))
}

// list names what may be written instead, but not more than a person would read.
func list[T any](all func(func(T) bool), name func(T) string) string {
	const most = 12
	var names []string
	for v := range all {
		if len(names) == most {
			names = append(names, "…")
			break
		}
		names = append(names, name(v))
	}
	return strings.Join(names, ", ")
}
