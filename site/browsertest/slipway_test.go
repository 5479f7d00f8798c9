package browsertest

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/tools/txtar"
)

// A slipway is the program with a course and a folder for workspaces.
type slipway struct {
	t      *testing.T
	bin    string
	course string
	work   string
}

func (s slipway) command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, s.bin, append([]string{"--course", s.course, "--work", s.work}, args...)...)
}

// run runs a command and returns what it prints; codes are the exit codes that are right.
func (s slipway) run(codes []int, args ...string) string {
	s.t.Helper()
	cmd := s.command(s.t.Context(), args...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	code := cmd.ProcessState.ExitCode()
	for _, right := range codes {
		if code == right {
			return stdout.String()
		}
	}
	s.t.Fatalf("slipway %s: %v\n%s%s", strings.Join(args, " "), err, &stdout, &stderr)
	return ""
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)

// serve starts the companion at an address such as 127.0.0.1:0. It returns the address of the site,
// and a function that stops it and waits.
func (s slipway) serve(addr string) (base string, stop func()) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := s.command(ctx, "serve", "--addr", addr)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	found, done := make(chan string, 1), make(chan error, 1)
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if url := address.FindString(lines.Text()); url != "" && base == "" {
				base = url
				found <- url
			}
		}
		done <- cmd.Wait()
	}()
	stop = func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			s.t.Errorf("slipway serve ended with %v\n%s", err, &stderr)
		}
		done <- nil
	}
	s.t.Cleanup(stop)
	select {
	case url := <-found:
		return url, stop
	case err := <-done:
		done <- nil
		s.t.Fatalf("slipway serve ended with %v before it gave an address\n%s", err, &stderr)
	case <-time.After(time.Minute):
		s.t.Fatalf("slipway serve gave no address within a minute\n%s", &stderr)
	}
	return "", nil
}

// A change is a solution or a wrong solution of the catalogue.
type change struct {
	Title    string   `yaml:"title"`
	Removes  []string `yaml:"removes"`
	CaughtBy string   `yaml:"caught-by"`
	Says     string   `yaml:"says"`

	files []txtar.File
}

// wrongSolutions reads the wrong solutions of a task in the order of their names.
func wrongSolutions(t *testing.T, root, task string) []change {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "exercises", "catalog", task+"-*", "wrong", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no wrong solution of %s below %s: %v", task, root, err)
	}
	var list []change
	for _, name := range names {
		list = append(list, readChange(t, name))
	}
	return list
}

func readChange(t *testing.T, name string) change {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c := change{files: a.Files}
	if err := yaml.Unmarshal(a.Comment, &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

// apply writes a change into the workspace of a task.
func (s slipway) apply(task string, c change) {
	s.t.Helper()
	dir := filepath.Join(s.work, task)
	for _, name := range c.Removes {
		if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, f := range c.files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
}
