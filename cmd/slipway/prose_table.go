package main

import (
	"regexp"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

const (
	tableGap    = 2  // cells between columns
	leastColumn = 10 // cells of a column that has to be wrapped
)

var (
	tableRule = regexp.MustCompile(`^\|[ :|-]+\|?$`)
	pipe      = regexp.MustCompile(`\\?\|`)
)

// A table is one of Markdown: rows of cells, the head first.
type table [][]string

// add reads a line of Markdown that begins with a bar.
func (t *table) add(line string) {
	if len(*t) == 1 && tableRule.MatchString(line) {
		return
	}
	const bar = "\x00"
	line = pipe.ReplaceAllStringFunc(line, func(s string) string {
		if s == "|" {
			return bar
		}
		return "|"
	})
	row := strings.Split(strings.Trim(line, bar), bar)
	for i, cell := range row {
		row[i] = plain(strings.TrimSpace(cell))
	}
	*t = append(*t, row)
}

// write lays the table out in columns, and where these get too narrow row by row.
func (t table) write(b *strings.Builder, width int) {
	columns := t.columns(width)
	if columns == nil {
		t.writeRows(b, width)
		return
	}
	for i, row := range t {
		writeColumns(b, row, columns)
		if i == 0 {
			rule := make([]string, len(columns))
			for c, w := range columns {
				rule[c] = strings.Repeat("-", w)
			}
			writeColumns(b, rule, columns)
		}
	}
}

// columns are the widths of the columns, of which the widest give way until all fit, and none below its longest word.
// It is nil where they cannot.
func (t table) columns(width int) []int {
	widths, least := make([]int, len(t[0])), make([]int, len(t[0]))
	total := tableGap * (len(widths) - 1)
	for c := range widths {
		for _, row := range t {
			if c < len(row) {
				widths[c] = max(widths[c], runewidth.StringWidth(row[c]))
				least[c] = max(least[c], longestWord(row[c]))
			}
		}
		least[c] = max(least[c], min(widths[c], leastColumn))
		total += widths[c]
	}
	for ; total > width; total-- {
		widest := -1
		for c, w := range widths {
			if w > least[c] && (widest < 0 || w > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			return nil
		}
		widths[widest]--
	}
	return widths
}

// longestWord is the width of what no line break may divide. Han text may be divided anywhere.
func longestWord(text string) int {
	longest, word := 0, 0
	for _, r := range text {
		switch w := runewidth.RuneWidth(r); {
		case r == ' ':
			word = 0
		case w > 1:
			word = 0
			longest = max(longest, w)
		default:
			word += w
			longest = max(longest, word)
		}
	}
	return longest
}

func writeColumns(b *strings.Builder, row []string, widths []int) {
	cells, height := make([][]string, len(widths)), 0
	for c, w := range widths {
		if c < len(row) {
			cells[c] = verdict.Wrap(row[c], w)
		}
		height = max(height, len(cells[c]))
	}
	for i := range height {
		var line strings.Builder
		for c, w := range widths {
			text := ""
			if i < len(cells[c]) {
				text = cells[c][i]
			}
			line.WriteString(runewidth.FillRight(text, w+tableGap))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// writeRows writes each row as its first cell, and below it the others with what their columns are called.
func (t table) writeRows(b *strings.Builder, width int) {
	for _, row := range t[1:] {
		for c, cell := range row {
			indent := ""
			if cell == "" {
				continue
			}
			if c > 0 && c < len(t[0]) {
				indent, cell = "  ", t[0][c]+": "+cell
			}
			for _, line := range verdict.Wrap(cell, width-len(indent)) {
				b.WriteString(indent + line + "\n")
			}
		}
	}
}
