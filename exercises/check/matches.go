package check

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// cmdMatches compares what a program that holds the learner's code printed with what only the judge knows. Such a
// program may claim whatever it likes, so that the file must never have been within its reach. A finding tells the lines
// that are wrong, and how many others are missing, never which would be right.
func cmdMatches(s *Session, neg bool, args []string) (Outcome, error) {
	if neg || len(args) != 1 || s.command == "" {
		return Outcome{}, errors.New("usage: matches FILE, after a command")
	}
	want, err := s.secret(args[0])
	if err != nil {
		return Outcome{}, err
	}
	if s.misled || s.last.Truncated {
		return s.cut(), nil
	}
	missing := map[string]int{}
	count := 0
	for _, line := range printedLines(string(want)) {
		missing[line]++
		count++
	}
	if count == 0 {
		return Outcome{}, fmt.Errorf("matches %s: the file holds no line", args[0])
	}
	var wrong []string
	for _, line := range printedLines(s.plain(string(s.last.Stdout))) {
		if missing[line] > 0 {
			missing[line]--
			count--
		} else {
			wrong = append(wrong, line)
		}
	}
	if len(wrong) == 0 && count == 0 {
		return Outcome{}, nil
	}
	return Found("%s", tellMatches(s.command, wrong, count)), nil
}

// secret reads a file of the check that no command of it has been given, nor anything beside it in its folder.
func (s *Session) secret(name string) ([]byte, error) {
	file := s.Abs(name)
	inside, err := filepath.Rel(s.Files(), file)
	if err != nil || !filepath.IsLocal(inside) {
		return nil, fmt.Errorf("%s is not a file of $FILES, where learners' programs cannot write", name)
	}
	entry, _, _ := strings.Cut(filepath.ToSlash(inside), "/")
	if _, ok := s.shown[filepath.Join(s.Files(), entry)]; ok {
		return nil, fmt.Errorf("$FILES/%s was given to a command, so that learners' programs can read it: keep %s elsewhere", entry, name)
	}
	return os.ReadFile(file)
}

// printedLines returns the lines of a text, without empty ones, the progress messages of the go command, and space at
// the ends of lines.
func printedLines(text string) []string {
	var lines []string
	for line := range strings.Lines(downloading.ReplaceAllString(text, "")) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

const wrongLines = 4 // that are told: mistakes of one kind make many

func tellMatches(command string, wrong []string, missing int) string {
	if len(wrong) == 0 {
		return fmt.Sprintf("`%s` prints nothing that is wrong, but %s", command, missingLines(missing))
	}
	text := fmt.Sprintf("`%s` prints what is not right:", command)
	for i, line := range wrong {
		if i == wrongLines {
			text += fmt.Sprintf("\n… and %d more", len(wrong)-i)
			break
		}
		text += "\n" + told(line)
	}
	if more := missing - len(wrong); more > 0 {
		text += "\nBesides, " + missingLines(more)
	}
	return text
}

func missingLines(n int) string {
	if n == 1 {
		return "1 line is missing"
	}
	return fmt.Sprintf("%d lines are missing", n)
}
