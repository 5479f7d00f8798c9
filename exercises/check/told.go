package check

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// ShellLine renders a command as the learner would type it: -trimpath is there for the build cache
// that checks share.
func ShellLine(args []string) string {
	quoted := slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "-trimpath" })
	for i, a := range quoted {
		if !plainArg.MatchString(a) {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		quoted[i] = a
	}
	return strings.Join(quoted, " ")
}

var plainArg = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

const quotedLines = 12

const quotedCells = 300

// quote renders what a command printed, cut where it gets long, and with control characters shown
// as text, so that no program can paint over a verdict.
func quote(out []byte) string {
	text := strings.TrimSpace(downloading.ReplaceAllString(string(out), ""))
	if text == "" {
		return " and prints nothing"
	}
	lines := strings.Split(text, "\n")
	if more := len(lines) - quotedLines; more > 0 {
		lines = append(lines[:quotedLines], fmt.Sprintf("… and %d more lines", more))
	}
	for i, line := range lines {
		lines[i] = told(line)
	}
	return ":\n" + strings.Join(lines, "\n")
}

// told returns a line as it is told: control characters, other than tabs, as Go writes them in a
// string, and cut where it gets long.
func told(line string) string {
	var b strings.Builder
	for _, r := range strings.TrimRight(line, "\r") {
		if b.Len() > 4*quotedCells {
			break // more than is told, whatever the characters
		}
		if unicode.IsPrint(r) || r == '\t' {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return runewidth.Truncate(b.String(), quotedCells, "…")
}

// cut is the outcome of an assertion about what a command printed where nothing can be said about it,
// least of all that something is not in it: it ended as it should not, which has been told, or it
// printed more than is kept.
func (s *Session) cut() Outcome {
	if s.misled {
		return Outcome{}
	}
	return Found("`%s` prints more than %d MB", s.command, sandbox.DefaultMaxOutput>>20)
}
