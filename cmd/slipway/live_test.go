package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A terminal collects what the program prints, and waits for a text in it.
type terminal struct {
	mu   sync.Mutex
	text string
	seen int
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text += string(p)
	return len(p), nil
}

func (t *terminal) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text
}

// wait returns the first match of re after the last one that was waited for.
func (t *terminal) wait(tb testing.TB, re string) string {
	tb.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		t.mu.Lock()
		rest := t.text[t.seen:]
		if at := regexp.MustCompile(re).FindStringIndex(rest); at != nil {
			t.seen += at[1]
			t.mu.Unlock()
			return rest[at[0]:at[1]]
		}
		t.mu.Unlock()
		if time.Now().After(deadline) {
			tb.Fatalf("%q does not appear in\n%s", re, rest)
		}
	}
}

// A session is the program running in a copy of the test course.
type session struct {
	dir  string
	out  terminal
	keys *io.PipeWriter
	stop func() int // ends the program as Ctrl-C does, and returns its exit code
}

func begin(t *testing.T, args ...string) *session {
	t.Helper()
	s := &session{dir: t.TempDir()}
	if err := os.CopyFS(filepath.Join(s.dir, "course"), os.DirFS("testdata/course")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", filepath.Join(s.dir, "tmp"))
	if err := os.Mkdir(filepath.Join(s.dir, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	in, keys := io.Pipe()
	s.keys = keys
	code := make(chan int, 1)
	args = append([]string{"--course", filepath.Join(s.dir, "course")}, args...)
	go func() { code <- run(ctx, args, in, &s.out, &s.out) }()
	s.stop = sync.OnceValue(func() int {
		cancel()
		keys.Close()
		select {
		case c := <-code:
			return c
		case <-time.After(30 * time.Second):
			t.Errorf("%v does not end", args)
			return -1
		}
	})
	t.Cleanup(func() { s.stop() })
	return s
}

func (s *session) write(t *testing.T, name, data string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "course", filepath.FromSlash(name)), []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

func (s *session) press(t *testing.T, key string) {
	t.Helper()
	if _, err := io.WriteString(s.keys, key+"\n"); err != nil {
		t.Fatal(err)
	}
}

// left returns what the program has left in the folder for temporary files.
func (s *session) left(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.dir, "tmp"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

const says = "package main\n\nfunc main() { println(%q) }\n"

func TestWatch(t *testing.T) {
	s := begin(t, "watch")
	s.out.wait(t, "x01  Say hello")
	s.out.wait(t, "✗ The program prints the word")
	s.out.wait(t, "Watching .*x01: save a file to check again")
	s.write(t, "work/x01/main.go", strings.Replace(says, "%q", `"hello"`, 1))
	s.out.wait(t, "✓ The program prints the word")
	s.out.wait(t, "✗ The answer is there")
	s.out.wait(t, "Watching")
	s.press(t, "h")
	s.out.wait(t, "Hint 1 of 2")
	s.press(t, "?")
	s.out.wait(t, "Type h for a hint")
	s.press(t, "t")
	s.out.wait(t, "Make the program print")
	s.write(t, "work/x01/answer.txt", "hello\n")
	s.out.wait(t, "Solved: 4 of 4 points")
	s.out.wait(t, "Enter goes on")
	s.press(t, "")
	s.out.wait(t, "x02  Say goodbye")
	s.out.wait(t, "Watching .*x02")
	if code := s.stop(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	if left := s.left(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	// The place is kept.
	var out terminal
	if code := run(context.Background(), []string{"--course", filepath.Join(s.dir, "course"), "watch"}, strings.NewReader("q\n"), &out, &out); code != exitDone {
		t.Errorf("second watch ends with %d", code)
	}
	if !strings.Contains(out.text, "x02  Say goodbye") || strings.Contains(out.text, "x01  Say hello") {
		t.Errorf("second watch begins with\n%s", out.text)
	}
}

// A check that is interrupted leaves nothing running and nothing behind, and no score.
func TestInterruptedCheck(t *testing.T) {
	s := begin(t, "watch", "x01")
	s.out.wait(t, "Watching")
	s.write(t, "work/x01/main.go", "package main\n\nfunc main() {\n\tprintln(\"hello\")\n\tselect {}\n}\n\nfunc init() {\n\tgo func() {\n\t\tfor {\n\t\t}\n\t}()\n}\n")
	s.out.wait(t, "x01  Say hello")
	time.Sleep(time.Second)
	if code := s.stop(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	if left := s.left(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/`)

func TestServe(t *testing.T) {
	s := begin(t, "serve", "--addr", "127.0.0.1:0")
	url := address.FindString(s.out.wait(t, address.String()))
	s.out.wait(t, "watch    work on the next exercise")
	page := func(name string) string {
		resp, err := http.Get(url + name)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if body := page("en/greeting.html"); !strings.Contains(body, "A module is made by") || !strings.Contains(body, "slipway-token") {
		t.Errorf("the chapter's page is\n%s", body)
	}
	// An edit is built and shown.
	src, err := os.ReadFile("testdata/course/content/en/greeting.md")
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "content/en/greeting.md", strings.Replace(string(src), "is made by", "begins with", 1))
	s.out.wait(t, "Built")
	if body := page("en/greeting.html"); !strings.Contains(body, "A module begins with") {
		t.Error("the page is not built anew")
	}
	// A mistake is told, and the last good page stays.
	s.write(t, "content/en/greeting.md", strings.Replace(string(src), "```go", "```golang", 1))
	s.out.wait(t, `en/greeting\.md:17:1: unknown language "golang"`)
	if body := page("en/greeting.html"); !strings.Contains(body, "A module begins with") {
		t.Error("the last good page is gone")
	}
	s.write(t, "content/en/greeting.md", string(src))
	s.out.wait(t, "Built")
	// So are those of an exercise.
	const task = "exercises/catalog/x01-hello/task.md"
	src, err = os.ReadFile(filepath.Join("testdata/course", task))
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, task, strings.Replace(string(src), "title: Say hello", "title: Say aloha", 1))
	s.out.wait(t, "Built")
	if body := page("en/x01.html"); !strings.Contains(body, "Say aloha") {
		t.Errorf("the exercise's page is not built anew:\n%s", body)
	}
	s.write(t, task, strings.Replace(string(src), "title:", "titel:", 1))
	s.out.wait(t, `x01-hello/task\.md:.*titel`)
	s.write(t, task, string(src))
	s.out.wait(t, "Built")
	if code := s.stop(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	if left := s.left(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestServePortInUse(t *testing.T) {
	s := begin(t, "serve", "--addr", "127.0.0.1:0")
	url := address.FindString(s.out.wait(t, address.String()))
	var out terminal
	addr := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")
	if code := run(context.Background(), []string{"--course", filepath.Join(s.dir, "course"), "serve", "--addr", addr}, strings.NewReader(""), &out, &out); code != exitUsage {
		t.Errorf("exit code %d, want %d", code, exitUsage)
	}
	if !strings.Contains(out.text, "--addr") {
		t.Errorf("the message does not say what to type:\n%s", out.text)
	}
}

// A second program changes the course's workspaces while this one runs.
func (s *session) also(t *testing.T, args ...string) string {
	t.Helper()
	var out terminal
	args = append([]string{"--course", filepath.Join(s.dir, "course")}, args...)
	if code := run(context.Background(), args, strings.NewReader(""), &out, &out); code != exitDone {
		t.Fatalf("%v ends with %d:\n%s", args, code, out.text)
	}
	return out.text
}

// A workspace that is replaced is watched in its new place, with its folders.
func TestWatchReplaced(t *testing.T) {
	for _, args := range [][]string{{"reset", "x01"}, {"solution", "x01", "--apply"}} {
		t.Run(args[0], func(t *testing.T) {
			s := begin(t, "watch", "x01")
			s.out.wait(t, "Watching .*x01")
			s.also(t, args...)
			s.out.wait(t, "✓ |Watching|Solved")
			time.Sleep(time.Second) // what the replacing itself set off is over
			s.write(t, "work/x01/main.go", strings.Replace(says, "%q", `"changed"`, 1))
			s.out.wait(t, "changed")
		})
	}
}

// A workspace may be a link to where the learner keeps it.
func TestWatchLink(t *testing.T) {
	s := begin(t, "watch", "x01")
	s.out.wait(t, "Watching .*x01")
	s.stop()
	work, elsewhere := filepath.Join(s.dir, "course", "work", "x01"), filepath.Join(s.dir, "elsewhere")
	if err := os.Rename(work, elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, work); err != nil {
		t.Fatal(err)
	}
	out := &terminal{}
	in, keys := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(ctx, []string{"--course", filepath.Join(s.dir, "course"), "watch", "x01"}, in, out, out)
	}()
	defer func() {
		cancel()
		keys.Close()
		<-ended
	}()
	out.wait(t, "✗ The program prints the word")
	out.wait(t, "Watching")
	s.write(t, "work/x01/main.go", strings.Replace(says, "%q", `"changed"`, 1))
	out.wait(t, "changed")
}

// The last open exercise has none after it, which is not to say that it is solved.
func TestWatchLastOpen(t *testing.T) {
	s := begin(t, "watch", "x01")
	s.out.wait(t, "Watching")
	s.also(t, "start", "x02")
	s.also(t, "solution", "x02", "--apply")
	s.also(t, "check", "x02")
	s.press(t, "n")
	s.out.wait(t, "x01 is the last one that is not solved")
	s.write(t, "work/x01/main.go", strings.Replace(says, "%q", `"changed"`, 1))
	s.out.wait(t, "changed")
	s.also(t, "solution", "x01", "--apply")
	s.out.wait(t, "Enter goes on")
	s.press(t, "")
	s.out.wait(t, "All exercises are solved")
}
