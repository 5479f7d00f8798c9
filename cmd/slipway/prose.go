package main

import (
	"regexp"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// prose lays out the Markdown of a task or a hint for a terminal: paragraphs, items and cells of tables are
// wrapped, blocks of code are indented and kept as they are, and marks that only a page needs are left out.
func (a *app) prose(markdown string) string {
	var b strings.Builder
	var para []string
	var rows table
	flush := func() {
		if len(rows) > 0 {
			rows.write(&b, a.style().Cells())
			rows = nil
		}
		if len(para) > 0 {
			writeParagraph(&b, strings.Join(para, " "), a.style())
			para = nil
		}
	}
	code := false
	for line := range strings.Lines(strings.TrimSpace(markdown)) {
		line = strings.TrimRight(line, "\n")
		bare := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(bare, "```"):
			flush()
			code = !code
		case code:
			b.WriteString(strings.TrimRight("    "+line, " ") + "\n")
		case bare == "":
			flush()
			b.WriteString("\n")
		case strings.HasPrefix(bare, "|"):
			if len(para) > 0 {
				flush()
			}
			rows.add(bare)
		case item.MatchString(line):
			flush()
			para = []string{strings.TrimRight(line, " ")}
		case len(para) == 0:
			para = []string{strings.TrimRight(line, " ")}
		default:
			para = append(para, bare)
		}
	}
	flush()
	return strings.TrimRight(b.String(), "\n")
}

var (
	item  = regexp.MustCompile(`^ *([-*]|[0-9]+\.) +`)
	marks = strings.NewReplacer("**", "")
	link  = regexp.MustCompile(`\[([^\]]+)\]\([^)]*\)`)
)

// plain leaves out the marks that only a page needs.
func plain(text string) string { return marks.Replace(link.ReplaceAllString(text, "$1")) }

// writeParagraph wraps a paragraph or an item, whose later lines hang below its text.
func writeParagraph(b *strings.Builder, text string, style verdict.Style) {
	text = plain(text)
	head := item.FindString(text)
	indent := strings.Repeat(" ", len(head))
	if head == "" {
		indent = text[:len(text)-len(strings.TrimLeft(text, " "))]
		head = indent
	}
	for _, line := range verdict.Wrap(strings.TrimPrefix(text, head), style.Cells()-len(indent)) {
		b.WriteString(head + line + "\n")
		head = indent
	}
}
