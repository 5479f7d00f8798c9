package check

import (
	"errors"
	"fmt"
	"strings"
)

// cmdAnswers compares what the learner predicts with what a command says. It tells which lines are
// wrong, never which would be right.
func cmdAnswers(s *Session, neg bool, args []string) (Outcome, error) {
	if neg || len(args) != 1 || s.command == "" {
		return Outcome{}, errors.New("usage: answers FILE, after a command")
	}
	data, err := s.read(args[0])
	if err != nil {
		return Found("there is no %s", args[0]), nil
	}
	if s.misled || s.last.Truncated {
		return s.cut(), nil
	}
	given, want := lineSet(string(data)), lineSet(string(s.last.Stdout))
	if len(given.order) == 0 && len(want.order) > 0 {
		return Found("%s holds no answer yet", args[0]), nil
	}
	var wrong []string
	missing := 0
	for _, line := range given.order {
		if !want.has[line] {
			wrong = append(wrong, told(given.shown[line]))
		}
	}
	for _, line := range want.order {
		if !given.has[line] {
			missing++
		}
	}
	if len(wrong) == 0 && missing == 0 {
		return Outcome{}, nil
	}
	return Found("%s", tellAnswers(args[0], wrong, missing)), nil
}

func tellAnswers(file string, wrong []string, missing int) string {
	var parts []string
	if len(wrong) > 0 {
		parts = append(parts, fmt.Sprintf("%s has lines that are not right:\n  %s", file, strings.Join(wrong, "\n  ")))
	}
	if more := missing - len(wrong); more > 0 {
		parts = append(parts, fmt.Sprintf("%s lacks %d more", file, more))
	}
	return strings.Join(parts, "\n")
}

type lines struct {
	order []string
	has   map[string]bool
	shown map[string]string // each line as it is written
}

// lineSet reads lines without comments, empty lines and differences of spacing. A version may stand
// after its path as in a query: path@version.
func lineSet(text string) lines {
	set := lines{has: map[string]bool{}, shown: map[string]string{}}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		written := strings.Join(strings.Fields(line), " ")
		line = strings.Join(strings.Fields(strings.ReplaceAll(line, "@", " ")), " ")
		if line == "" || set.has[line] || strings.HasPrefix(line, "go: ") {
			continue
		}
		set.has[line], set.shown[line] = true, written
		set.order = append(set.order, line)
	}
	return set
}
