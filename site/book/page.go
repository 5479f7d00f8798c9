package book

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// A Section is the text of a page as one HTML page of the whole book holds it.
type Section struct {
	Page
	HTML string
}

// Text returns the text of all pages, part by part, for one HTML page whose own heading is an h1: parts
// begin with an h2, chapters with an h3, tasks with an h4, and what belongs to no part with an h2.
func (b *Book) Text() ([][]Section, error) {
	sections, err := b.sections()
	if err != nil {
		return nil, err
	}
	b.set(sections, setting{
		href:  func(_, anchor string) string { return "#" + anchor },
		level: b.level(),
		image: func(src string) string { return src },
	})
	var parts [][]Section
	for _, part := range b.Parts {
		var texts []Section
		for range part.Pages {
			text, err := sections[0].render()
			if err != nil {
				return nil, err
			}
			texts = append(texts, Section{sections[0].Page, text})
			sections = sections[1:]
		}
		parts = append(parts, texts)
	}
	return parts, nil
}

// level tells the level of the heading of a page, which depends on the part that it is in.
func (b *Book) level() func(*section) int {
	levels := map[string]int{}
	for _, part := range b.Parts {
		level := 3
		if part.Title == "" {
			level = 2
		}
		for _, p := range part.Pages {
			levels[p.Name] = level
			if p.Kind == Task {
				levels[p.Name]++
			}
		}
	}
	return func(s *section) int { return levels[s.Name] }
}

// render returns what the section holds as HTML.
func (s *section) render() (string, error) {
	var out bytes.Buffer
	for c := range s.main.ChildNodes() {
		if err := html.Render(&out, c); err != nil {
			return "", fmt.Errorf("book: page %s: %w", s.Name, err)
		}
	}
	// Render writes a value for every attribute; this one has none
	return strings.ReplaceAll(out.String(), ` open="">`, " open>"), nil
}
