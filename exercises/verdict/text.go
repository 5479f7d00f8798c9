package verdict

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Style says how text is laid out.
type Style struct {
	Width  int  // of the terminal in cells; 0 means 80
	Colour bool // use terminal colours
	Author bool // tell the lines of the checks
}

const (
	minWidth   = 32
	maxWidth   = 100 // longer lines are hard to read
	labelWidth = 9
)

var colours = map[Status]string{Pass: "32", Fail: "31", Blocked: "33", Error: "35"}

// Write renders the whole result.
func (r Result) Write(w io.Writer, s Style) {
	WriteTitle(w, s, r.Task, r.Title)
	for _, c := range r.Checks {
		c.Write(w, s)
	}
	fmt.Fprintln(w)
	r.WriteSummary(w, s)
}

// WriteTitle renders the line that a result begins with.
func WriteTitle(w io.Writer, s Style, task, title string) {
	fmt.Fprintf(w, "%s  %s\n\n", s.paint("1", task), title)
}

// WriteSummary renders the sentence that closes a result.
func (r Result) WriteSummary(w io.Writer, s Style) {
	for _, line := range Wrap(r.Summary(), s.Cells()) {
		fmt.Fprintln(w, s.paint(colours[r.Status], line))
	}
}

// Write renders one check: a line for how it ended, and the explanation below it.
func (c Check) Write(w io.Writer, s Style) {
	say := Say(c)
	mark, score := s.paint(colours[c.Status], say.Mark), say.Score
	room := s.Cells() - 4 - len(score) - 2
	for i, line := range Wrap(say.Title, room) {
		if i > 0 {
			fmt.Fprintf(w, "    %s\n", line)
			continue
		}
		pad := strings.Repeat(" ", max(0, room-runewidth.StringWidth(line)))
		fmt.Fprintf(w, "  %s %s%s  %s\n", mark, line, pad, score)
	}
	writeLines(w, s, say.Lines)
	if s.Author {
		for _, f := range c.Findings {
			writeLines(w, s, []Line{{"check at", f.At}})
		}
	}
}

func writeLines(w io.Writer, s Style, lines []Line) {
	const indent = "      "
	for _, l := range lines {
		label := s.paint("2", fmt.Sprintf("%-*s", labelWidth, l.Label))
		for _, text := range Wrap(l.Text, s.Cells()-len(indent)-labelWidth-1) {
			fmt.Fprintln(w, strings.TrimRight(indent+label+" "+text, " "))
			label = strings.Repeat(" ", labelWidth)
		}
	}
}

// Explain renders the findings of a check without colour at a fixed width, as golden files hold it.
func (c Check) Explain() string {
	var b strings.Builder
	for _, l := range Say(c).Lines {
		label := l.Label
		for line := range strings.Lines(l.Text) {
			text := fmt.Sprintf("%-*s %s", labelWidth, label, line)
			b.WriteString(strings.TrimRight(text, " \n") + "\n")
			label = ""
		}
	}
	return b.String()
}

// Cells returns the width that text is laid out for.
func (s Style) Cells() int {
	if s.Width == 0 {
		return 80
	}
	return min(max(s.Width, minWidth), maxWidth)
}

func (s Style) paint(code, text string) string {
	if !s.Colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Count is a number with its noun: 1 check, 2 checks.
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// Wrap breaks text into lines of at most width cells. It keeps the text's own line breaks and
// indentation, and breaks at spaces and beside Han characters; inside a word only where that does not fit a line.
func Wrap(text string, width int) []string {
	width = max(width, 8)
	var lines []string
	for _, para := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, wrapLine(strings.ReplaceAll(para, "\t", "    "), width)...)
	}
	return lines
}

func wrapLine(line string, width int) []string {
	var lines []string
	for runewidth.StringWidth(line) > width {
		at := breakAt(line, width)
		lines = append(lines, strings.TrimRight(line[:at], " "))
		line = strings.TrimLeft(line[at:], " ")
	}
	return append(lines, line)
}

// Punctuation that ends no line, and that begins none.
const (
	opening = "([{“‘（［｛《〈「『【〔"
	closing = ")]},.;:?!%”’…—）］｝》〉」』】〕，。、；：？！％"
)

// breakAt is where the last break is after which the beginning of a line fits width.
func breakAt(line string, width int) int {
	at, cells, blank, before := 0, 0, true, ' '
	for i, r := range line {
		wide := runewidth.RuneWidth(r) > 1 || runewidth.RuneWidth(before) > 1
		if !blank && (r == ' ' || wide && before != ' ' && !strings.ContainsRune(opening, before) && !strings.ContainsRune(closing, r)) {
			at = i
		}
		if cells += runewidth.RuneWidth(r); cells > width {
			break
		}
		blank, before = blank && r == ' ', r
	}
	if at > 0 {
		return at
	}
	return len(runewidth.Truncate(line, width, ""))
}
