package grade

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/submission"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// fakeTasks are two tasks, of which the second has a hidden check.
var fakeTasks = []Task{
	{ID: "x01", Title: "One", Digest: "digest-1", Packed: "packed-1", Start: []string{"go.mod"}, Checks: []Check{{ID: "10-a", Title: "A", Max: 10}}},
	{ID: "x02", Title: "Two", Digest: "digest-2", Packed: "packed-2", Checks: []Check{{ID: "10-a", Title: "A", Max: 6}, {ID: "90-h", Title: "H", Max: 4, Hidden: true}}},
}

var sealed = isolation.Achieved{Backend: "fake", Files: "A", Network: "A", Processes: "A", Memory: "B", Disk: "C"}

// fakeJudge gives the points that the file points names, one number for each check.
type fakeJudge struct {
	before func(item Item) error
}

func (j fakeJudge) Judge(_ context.Context, item Item) (verdict.Result, isolation.Achieved, error) {
	if j.before != nil {
		if err := j.before(item); err != nil {
			return verdict.Result{}, sealed, err
		}
	}
	var points []int
	files, err := item.Files()
	if err != nil {
		return verdict.Result{}, sealed, err
	}
	for _, f := range files {
		if f.Name == "points" {
			for _, s := range strings.Fields(string(f.Data)) {
				var n int
				if _, err := fmt.Sscan(s, &n); err != nil {
					return verdict.Result{}, sealed, err
				}
				points = append(points, n)
			}
		}
	}
	return fakeResult(item.Task, points...), sealed, nil
}

// firstFile is what stands in the first file of an item.
func firstFile(item Item) string {
	files, err := item.Files()
	if err != nil {
		panic(err) // it is held
	}
	return string(files[0].Data)
}

func fakeResult(id string, points ...int) verdict.Result {
	var checks []verdict.Check
	for _, t := range fakeTasks {
		for i, c := range t.Checks {
			if t.ID != id {
				continue
			}
			v := verdict.Check{ID: c.ID, Title: c.Title, Status: verdict.Fail, Max: c.Max, Hidden: c.Hidden, Seconds: time.Since(time.Time{}).Seconds()}
			if i < len(points) {
				v.Points = points[i]
			}
			if v.Points == v.Max {
				v.Status = verdict.Pass
			} else {
				v.Findings = []verdict.Finding{{Expected: "é \xff", Actual: "<b>", Why: "because", Next: "go vet"}}
			}
			checks = append(checks, v)
		}
	}
	return verdict.New(id, "", checks)
}

var day = time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC)

// handIn is an attempt with the points that the fake judge gives.
func handIn(path string, received time.Time, points map[string]string) Attempt {
	s := &submission.Submission{}
	for _, t := range fakeTasks {
		if p, ok := points[t.ID]; ok {
			s.Tasks = append(s.Tasks, submission.Task{ID: t.ID, Digest: t.Packed, Files: []workspace.File{{Name: "points", Data: []byte(p)}}})
		}
	}
	w, err := readWork(func() (*submission.Submission, error) { return s, nil })
	if err != nil {
		panic(err) // there is nothing to read
	}
	return Attempt{Path: path, Received: received, Work: w}
}

// fakeClass is learners who each hand in other work for both tasks.
func fakeClass(n int) Class {
	var c Class
	for i := range n {
		id := fmt.Sprintf("s%04d", i)
		own := strings.Repeat(" ", i) // so that no two hand in the same
		work := map[string]string{"x01": fmt.Sprint(i%11, own), "x02": fmt.Sprint(i%7, i%5, own)}
		c.Learners = append(c.Learners, Learner{Person: Person{ID: id, Name: "名 " + id}, OnRoster: true, Attempts: []Attempt{handIn(id+".zip", day.Add(time.Duration(i)*time.Minute), work)}})
	}
	return c
}

func fakeConfig(class Class, judge Judge) Config {
	return Config{
		Course: "course", Build: Build{"v1", "go1.26", "10s"}, Tasks: fakeTasks, Class: class, Policy: Policy{Attempts: Best},
		Engine: Local{Judge: judge, Workers: 1}, Settings: map[string]string{"roster": "class.csv"},
	}
}

func mustOpen(t testing.TB, dir string) *Folder {
	t.Helper()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// gradeAll opens a folder, grades, accepts, closes, and returns the gradebook's bytes.
func gradeAll(t testing.TB, dir string, c Config) []byte {
	t.Helper()
	f := mustOpen(t, dir)
	defer f.Close()
	book, _, err := f.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Accept(book); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, gradebookName))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// counter counts how often items are judged.
type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) count(item Item) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[item.Key]++
	return nil
}

func TestParallelismChangesNothing(t *testing.T) {
	class := fakeClass(40)
	var want []byte
	for _, workers := range []int{1, 2, 4, 16} {
		judge := fakeJudge{func(item Item) error {
			time.Sleep(time.Duration(time.Now().UnixNano() % int64(3*time.Millisecond)))
			return nil
		}}
		c := fakeConfig(class, judge)
		c.Engine = Local{Judge: judge, Workers: workers}
		got := gradeAll(t, t.TempDir(), c)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("with %d workers the gradebook is another one", workers)
		}
	}
	if !bytes.Contains(want, []byte(`"points": 10`)) {
		t.Errorf("nobody has full points:\n%.2000s", want)
	}
}

func TestSameWorkIsJudgedOnce(t *testing.T) {
	dir, judged := t.TempDir(), &counter{}
	class := Class{Learners: []Learner{
		{Person: Person{ID: "a"}, Attempts: []Attempt{handIn("a.zip", day, map[string]string{"x01": "3"})}},
		{Person: Person{ID: "b"}, Attempts: []Attempt{handIn("b.zip", day, map[string]string{"x01": "3"})}},
	}}
	for range 3 {
		gradeAll(t, dir, fakeConfig(class, fakeJudge{judged.count}))
	}
	c := fakeConfig(class, fakeJudge{judged.count})
	c.Build.Go = "go1.27"
	gradeAll(t, dir, c)
	total := 0
	for _, n := range judged.n {
		total += n
	}
	if len(judged.n) != 2 || total != 2 {
		t.Errorf("judged %v, want one item once for each version of Go", judged.n)
	}
}

// twice is an engine that tells every outcome twice, with a fault and another result in between.
type twice struct{ Engine }

func (e twice) Grade(ctx context.Context, items []Item, done func(Outcome) error) error {
	return e.Engine.Grade(ctx, items, func(o Outcome) error {
		fault, other := o, o
		fault.Fault, other.Result = "node lost", fakeResult(o.Task)
		return errors.Join(done(fault), done(fault), done(o), done(o), done(other), done(fault))
	})
}

func TestToldTwice(t *testing.T) {
	class, dir := fakeClass(5), t.TempDir()
	want := gradeAll(t, t.TempDir(), fakeConfig(class, fakeJudge{}))
	c := fakeConfig(class, fakeJudge{})
	told := 0
	c.Engine = twice{c.Engine}
	c.Told = func(_ Outcome, n, total int) {
		if told++; n != told || total != 10 {
			t.Errorf("told %d of %d, want %d of 10", n, total, told)
		}
	}
	if got := gradeAll(t, dir, c); !bytes.Equal(got, want) {
		t.Errorf("the gradebook is another one:\n%s", got)
	}
	if told != 10 {
		t.Errorf("told %d times, want 10", told)
	}
	if v, err := Verify(dir); err != nil || v.Evidence != 10 {
		t.Errorf("Verify = %+v, %v", v, err)
	}
}

// silent is an engine that forgets its items.
type silent struct{}

func (silent) Grade(context.Context, []Item, func(Outcome) error) error { return nil }

func TestEngineForgets(t *testing.T) {
	f := mustOpen(t, t.TempDir())
	defer f.Close()
	c := fakeConfig(fakeClass(1), nil)
	c.Engine = silent{}
	if _, _, err := f.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "without an outcome") {
		t.Errorf("Run: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	c := fakeConfig(fakeClass(10), fakeJudge{func(Item) error {
		if n++; n == 5 {
			cancel()
		}
		return nil
	}})
	if _, _, err := f.Run(ctx, c); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "--resume") {
		t.Errorf("Run: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	judged := &counter{}
	gradeAll(t, dir, fakeConfig(fakeClass(10), fakeJudge{judged.count}))
	if len(judged.n) != 15 {
		t.Errorf("after five were judged, %d were judged again, want 15", len(judged.n))
	}
}
