package kind

import (
	"fmt"
	"strings"

	"sigs.k8s.io/kind/pkg/exec"
)

// hints holds what to type about a failure of the engine, by words of what it printed.
var hints = []struct{ words, next string }{
	{"no space left on device", "the disk is full: slipway doctor says in which folder, and how to make room there"},
	{"permission denied while trying to connect", "you may not use the container engine: slipway doctor says what to do"},
	{"Cannot connect to the Docker daemon", "the container engine does not run: slipway doctor --fix"},
	{"too many open files", "this machine's limits are too low: slipway doctor --fix"},
	{"error setting rlimit", "this machine keeps a capability back that the engine needs: slipway doctor"},
	{"error mounting \"cgroup\"", "the engine does not get along with this machine's control groups: slipway doctor"},
	{"unable to apply caps", "this machine keeps a capability back: slipway doctor --fix"},
}

// tail is how many of the last lines of a failed command an error holds.
const tail = 8

// explain adds to an error of kind, if it is one, what the command printed that failed, and what to type.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if run := exec.RunErrorForError(err); run != nil {
		return fmt.Errorf("%w%s", err, said(run.Output))
	}
	return err
}

// said renders what a failed command printed as the end of an error.
func said(output []byte) string {
	text := strings.TrimSpace(strings.ReplaceAll(string(output), "\r", ""))
	if text == "" {
		return ""
	}
	lines := withoutTrace(strings.Split(text, "\n"))
	last := ": " + strings.Join(lines[max(0, len(lines)-tail):], "\n")
	for _, h := range hints {
		if strings.Contains(text, h.words) {
			return last + "\n" + h.next
		}
	}
	return last
}

// withoutTrace drops the frames of stacks, which kubeadm prints after what it has to say.
func withoutTrace(lines []string) []string {
	inFile := func(i int) bool { return i < len(lines) && strings.HasPrefix(lines[i], "\t") }
	var kept []string
	for i, line := range lines {
		function := inFile(i+1) && !strings.Contains(line, " ")
		if !inFile(i) && !function {
			kept = append(kept, line)
		}
	}
	return kept
}
