package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/classtest"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// classSize is how many have handed in something in TestGradeClass. 200 takes all hostile archives and programs that
// there are.
func classSize(t *testing.T) int {
	size := os.Getenv("SLIPWAY_CLASS")
	if size == "" {
		t.Skip("takes minutes: make class runs it")
	}
	n, err := strconv.Atoi(size)
	if err != nil {
		t.Fatalf("SLIPWAY_CLASS: %v", err)
	}
	return n
}

// buildSlipway compiles the program as it is.
func buildSlipway(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "slipway")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// TestGradeClass grades a class with right, wrong, untouched and hostile work: what comes of each is what must. The
// gradebook is the same with one worker, and after ten times of kill -9.
func TestGradeClass(t *testing.T) {
	size := classSize(t)
	bin := buildSlipway(t)
	dir := t.TempDir()
	class, err := classtest.Write(dir, size, 7)
	if err != nil {
		t.Fatal(err)
	}
	args := func(out string, more ...string) []string {
		return append([]string{"grade", filepath.Join(dir, "submissions"), "--roster", filepath.Join(dir, "roster.csv"),
			"--out", filepath.Join(dir, out)}, more...)
	}
	// Whether cells hold is told before anything is judged, so a class of nobody tells it.
	probe, _ := exec.Command(bin, "grade", t.TempDir(), "--out", filepath.Join(dir, "probe")).CombinedOutput()
	if strings.Contains(string(probe), "--i-trust-these-authors") {
		t.Skipf("hostile programs are not started where they cannot be held: %s", probe)
	}
	gradeOnce(t, bin, args("one")...)
	one := readBook(t, filepath.Join(dir, "one"))
	expect(t, class, one)
	t.Log(corpusTable(class, one))
	unharmed(t, dir)

	gradeOnce(t, bin, args("two", "--parallel", "1")...)
	sameBook(t, dir, "one", "two")

	killed := 0
	for ended := false; killed < 10 && !ended; {
		ended = killAfter(t, time.Duration(killed+1)*700*time.Millisecond, bin, args("three", "--yes")...)
		killed++
	}
	t.Logf("killed %d times", killed)
	gradeOnce(t, bin, "grade", "--resume", "--yes", "--out", filepath.Join(dir, "three"))
	sameBook(t, dir, "one", "three")
}

// killAfter runs slipway and kills it after a while, with what it started. It reports whether slipway had ended before.
func killAfter(t *testing.T, d time.Duration, bin string, args ...string) bool {
	t.Helper()
	cmd := exec.Command(bin, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
		return true
	case <-time.After(d):
		_ = cmd.Process.Kill()
		<-ended
		return false
	}
}

// gradeOnce runs slipway grade, which finds something for a person's eyes in every class of classtest.
func gradeOnce(t *testing.T, bin string, args ...string) {
	t.Helper()
	begin := time.Now()
	out, err := exec.Command(bin, args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitNotYet {
		t.Fatalf("slipway %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	t.Logf("slipway %s: %.1f s", strings.Join(args[len(args)-2:], " "), time.Since(begin).Seconds())
}

func readBook(t *testing.T, out string) grade.Gradebook {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(out, "gradebook.json"))
	if err != nil {
		t.Fatal(err)
	}
	var book grade.Gradebook
	if err := json.Unmarshal(data, &book); err != nil {
		t.Fatal(err)
	}
	return book
}

func sameBook(t *testing.T, dir, one, other string) {
	t.Helper()
	a, errA := os.ReadFile(filepath.Join(dir, one, "gradebook.json"))
	b, errB := os.ReadFile(filepath.Join(dir, other, "gradebook.json"))
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if bytes.Equal(a, b) {
		return
	}
	linesA, linesB := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(linesA), len(linesB)) {
		if linesA[i] != linesB[i] {
			t.Fatalf("gradebooks %s and %s differ at line %d:\n%s\n%s", one, other, i+1, linesA[i], linesB[i])
		}
	}
	t.Fatalf("gradebooks %s and %s have %d and %d lines", one, other, len(linesA), len(linesB))
}

// expect holds a gradebook against what must come of a class.
func expect(t *testing.T, class *classtest.Class, book grade.Gradebook) {
	t.Helper()
	for _, l := range class.Learners {
		i := slices.IndexFunc(book.Learners, func(r grade.Row) bool { return r.ID == l.ID })
		if i < 0 {
			t.Errorf("%s is not in the gradebook", l.ID)
			continue
		}
		row := book.Learners[i]
		problem := slices.ContainsFunc(book.Problems, func(p grade.Problem) bool { return p.Submission == l.Submission })
		if l.Reading == classtest.Refused && (!problem || row.Points != 0) {
			t.Errorf("%s (%s, %s) has %v points, and a problem is told: %v", l.ID, l.Hostile, l.Tries, row.Points, problem)
		}
		for _, want := range l.Tasks {
			if l.Reading == classtest.Read {
				expectCell(t, l.ID, want, cellOf(book, row, want.ID))
			}
		}
	}
}

// corpusTable is what came of the hostile work in a class.
func corpusTable(class *classtest.Class, book grade.Gradebook) string {
	var b strings.Builder
	b.WriteString("hostile work, and what came of it\n")
	for _, l := range class.Learners {
		if l.Hostile != "" {
			came := "read"
			for _, p := range book.Problems {
				if p.Submission == l.Submission {
					came = p.What
					break
				}
			}
			fmt.Fprintf(&b, "  archive %-18s %-62.62s %.90s\n", l.Hostile, l.Tries, came)
		}
		row := slices.IndexFunc(book.Learners, func(r grade.Row) bool { return r.ID == l.ID })
		for _, want := range l.Tasks {
			if want.Kind != classtest.Hostile || row < 0 {
				continue
			}
			got := cellOf(book, book.Learners[row], want.ID)
			limits := map[string]bool{}
			for _, c := range got.Checks {
				if c.Limit != "" {
					limits["limit of "+c.Limit] = true
				}
			}
			fmt.Fprintf(&b, "  program %-18s %-62.62s %s, %d of %d points %s\n", want.Change, want.Tries, got.State, got.Public.Points, want.Max,
				strings.Join(slices.Sorted(maps.Keys(limits)), ", "))
		}
	}
	return b.String()
}

func cellOf(book grade.Gradebook, row grade.Row, id string) grade.Cell {
	at := slices.IndexFunc(book.Tasks, func(c grade.Column) bool { return c.ID == id })
	if at < 0 {
		return grade.Cell{}
	}
	return row.Cells[at]
}

func expectCell(t *testing.T, learner string, want classtest.Task, got grade.Cell) {
	t.Helper()
	var wrong []string
	if got.State != grade.Graded || string(got.Status) != want.Status {
		wrong = append(wrong, fmt.Sprintf("state %s, status %s, want %s", got.State, got.Status, want.Status))
	}
	if got.Public.Points < want.Least || got.Public.Points > want.Most {
		wrong = append(wrong, fmt.Sprintf("%d points, want %d to %d", got.Public.Points, want.Least, want.Most))
	}
	limit := want.Limit == ""
	for _, c := range got.Checks {
		// which limit ends what only computes depends on the machine
		limit = limit || c.Limit == want.Limit || want.Limit == "time" && c.Limit == "memory"
		if c.Status == verdict.Pass && slices.Contains(want.Fails, c.ID) {
			wrong = append(wrong, "check "+c.ID+" passes")
		}
	}
	if !limit {
		wrong = append(wrong, "no check tells that the limit of "+want.Limit+" was reached")
	}
	if wrong != nil {
		data, _ := json.MarshalIndent(got.Checks, "", "  ")
		t.Errorf("%s %s (%s %s, %s): %s\n%s", learner, want.ID, want.Kind, want.Change, want.Tries, strings.Join(wrong, "; "), data)
	}
}

// unharmed looks for what hostile programs leave where they can.
func unharmed(t *testing.T, dir string) {
	t.Helper()
	for _, place := range []string{os.TempDir(), "/", "/var/tmp", "/dev/shm", "/root", dir, filepath.Join(dir, "one")} {
		if _, err := os.Lstat(filepath.Join(place, classtest.Marker)); err == nil {
			t.Errorf("a program has written %s in %s", classtest.Marker, place)
		}
	}
	evidence, err := filepath.Glob(filepath.Join(dir, "one", "evidence", "*.json"))
	if err != nil || len(evidence) == 0 {
		t.Fatalf("no evidence: %v", err)
	}
	for _, file := range evidence {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(classtest.Leak)) {
			t.Errorf("a program has read what it must not: %s", file)
		}
	}
	running, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(running) == 0 {
		t.Fatalf("processes cannot be looked at: %v", err)
	}
	for _, file := range running {
		line, _ := os.ReadFile(file) // it may have ended since
		if bytes.Contains(line, []byte("slipway-hostile")) {
			t.Errorf("a program lives on: %s: %q", file, line)
		}
	}
}
