package prove

import (
	"strings"

	"github.com/slipway-workshop/slipway/exercises/task"
)

// A text leaks when it holds a whole line of a solution, or this many characters of one in a row,
// that neither the start nor the task's own text shows.
const (
	leakLine = 12
	leakRun  = 40
)

// leak returns the part of a solution that text gives away, or nothing. What stands in own, the
// learner's files, is theirs already.
func leak(t *task.Task, text string, own []task.File) string {
	known := squeeze(t.Text)
	for _, f := range append(append([]task.File{}, t.Start.Files...), own...) {
		known += " " + squeeze(string(f.Data))
	}
	text = squeeze(text)
	for _, s := range t.Solutions {
		for _, f := range s.Files {
			if found := leakOf(string(f.Data), text, known); found != "" {
				return found
			}
		}
	}
	return ""
}

func leakOf(solution, text, known string) string {
	for line := range strings.Lines(solution) {
		line = squeeze(line)
		if len(line) >= leakLine && strings.Contains(text, line) && !strings.Contains(known, line) {
			return line
		}
	}
	solution = squeeze(solution)
	for i := 0; i+leakRun <= len(text); i++ {
		run := text[i : i+leakRun]
		if strings.Contains(solution, run) && !strings.Contains(known, run) {
			return run
		}
	}
	return ""
}

// squeeze makes texts comparable whatever their line breaks and indentation.
func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }
