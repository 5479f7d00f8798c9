package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/submission"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// benchSubmissions is how many there are; SLIPWAY_BENCH_CLASS is another number.
const benchSubmissions = 60

// benchChecks are a build and ten checks of what it does, as a course in testdata would have them.
func benchChecks() string {
	var b strings.Builder
	for n := range 11 {
		fmt.Fprintf(&b, "-- %02d-check.txt --\n# title: Check %d\n# points: 1\n# why: It matters.\n# next: go run .\n", n+10, n)
		if n == 0 {
			b.WriteString("\nexpect 'a program that builds'\ngo build -trimpath -o app .\n")
			continue
		}
		fmt.Fprintf(&b, "\nexpect 'its answer to %d'\ngo run -trimpath . %d\nprints '^answer %d$'\n", n, n, n*n)
	}
	return b.String()
}

// BenchmarkGrade grades a class on a task of a build and ten checks, each submission another program, with 1, 2 and 4
// workers, and again with nothing new. The gradebooks have to be equal.
func BenchmarkGrade(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "slipway")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	class := benchSubmissions
	if n, err := strconv.Atoi(os.Getenv("SLIPWAY_BENCH_CLASS")); err == nil {
		class = n
	}
	dir := b.TempDir()
	benchClass(b, dir, class)
	grade := func(out string, workers int) time.Duration {
		begin := time.Now()
		cmd := exec.Command(bin, "--course", filepath.Join(dir, "course"), "grade", filepath.Join(dir, "handed"), "--out", filepath.Join(dir, out),
			"--parallel", strconv.Itoa(workers), "--yes", "--i-trust-these-authors")
		if text, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("slipway grade: %v\n%s", err, text)
		}
		return time.Since(begin)
	}
	for b.Loop() {
		var books [][]byte
		for _, workers := range []int{1, 2, 4} {
			out := fmt.Sprintf("out%d", workers)
			took := grade(out, workers)
			b.Logf("%d submissions with %d workers: %.1f s", class, workers, took.Seconds())
			b.ReportMetric(float64(class)/took.Minutes()/float64(min(workers, runtime.NumCPU())), fmt.Sprintf("per-minute-and-core/%d", workers))
			book, err := os.ReadFile(filepath.Join(dir, out, "gradebook.json"))
			if err != nil {
				b.Fatal(err)
			}
			books = append(books, book)
		}
		if !bytes.Equal(books[0], books[1]) || !bytes.Equal(books[1], books[2]) {
			b.Fatal("gradebooks differ")
		}
		b.Logf("the three gradebooks are equal, %d bytes each", len(books[0]))
		if !bytes.Contains(books[0], []byte(`"points": 11`)) {
			b.Fatalf("nobody has all points: %.3000s", books[0])
		}
		b.ReportMetric(float64(class)/grade("out1", 1).Minutes(), "unchanged-per-minute")
	}
	b.ReportMetric(0, "ns/op")
}

// benchClass makes a course with the task, and what a class handed in for it.
func benchClass(b *testing.B, dir string, class int) {
	b.Helper()
	if err := os.CopyFS(filepath.Join(dir, "course"), os.DirFS("testdata/course")); err != nil {
		b.Fatal(err)
	}
	task := filepath.Join(dir, "course", "exercises", "catalog", "x01-hello")
	text, err := os.ReadFile(filepath.Join(task, "task.md"))
	if err != nil {
		b.Fatal(err)
	}
	program := func(n int) string {
		return fmt.Sprintf("package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"strconv\"\n)\n\nvar learner = %d\n\nfunc main() {\n\tn, _ := strconv.Atoi(os.Args[1])\n\tfmt.Println(\"answer\", n*n+learner-learner)\n}\n", n)
	}
	const gomod = "module hello.test\n\ngo 1.26\n"
	solution := "title: Right\n-- main.go --\n" + program(0)
	for _, sub := range []string{"wrong", "solutions"} {
		if err := os.RemoveAll(filepath.Join(task, sub)); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(task, "solutions"), 0o777); err != nil {
		b.Fatal(err)
	}
	for name, data := range map[string]string{
		"task.md":      strings.Replace(string(text), "points: 4", "points: 11", 1),
		"checks.txtar": benchChecks(), "start.txtar": "-- go.mod --\n" + gomod + "-- main.go --\npackage main\n\nfunc main() {}\n",
		"solutions/one.txtar": solution, "solutions/two.txtar": solution,
	} {
		if err := os.WriteFile(filepath.Join(task, filepath.FromSlash(name)), []byte(data), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "handed"), 0o777); err != nil {
		b.Fatal(err)
	}
	for n := range class {
		s := submission.Submission{Tasks: []submission.Task{{ID: "x01", Files: []workspace.File{
			{Name: "go.mod", Data: []byte(gomod)}, {Name: "main.go", Data: []byte(program(n + 1))},
		}}}}
		var archive bytes.Buffer
		if err := s.Write(&archive); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "handed", fmt.Sprintf("l%04d.tar.gz", n)), archive.Bytes(), 0o666); err != nil {
			b.Fatal(err)
		}
	}
}
