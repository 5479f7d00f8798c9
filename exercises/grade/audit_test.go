package grade

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

func gradebookBytes(t testing.TB, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, gradebookName))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// moreLenient is the tasks with other checks of the first.
func moreLenient(tasks []Task) []Task {
	tasks = append([]Task(nil), tasks...)
	tasks[0].Digest = "digest-1b"
	return tasks
}

// lenient gives all points.
type lenient struct{}

func (lenient) Judge(_ context.Context, item Item) (verdict.Result, isolation.Achieved, error) {
	if item.Task == "x01" {
		return fakeResult("x01", 10), sealed, nil
	}
	return fakeResult("x02", 6, 4), sealed, nil
}

// limited is a judge that fails once, and then finds an endless program.
type limited struct{ failed *bool }

func (j limited) Judge(_ context.Context, item Item) (verdict.Result, isolation.Achieved, error) {
	if !*j.failed {
		*j.failed = true
		return verdict.Result{}, sealed, errors.New("the world did not start")
	}
	r := fakeResult("x02", 3, 0)
	r.Checks[0].Limit = "time"
	r.Checks[0].Findings = []verdict.Finding{{Expected: "an end", Actual: "\x1b[31mno end", Why: "it loops", Next: "go test ./..."}}
	return r, sealed, nil
}

func TestAudit(t *testing.T) {
	dir := t.TempDir()
	c := fakeConfig(Class{Learners: []Learner{{Person: Person{"s1", "Ada Lovelace", "ada@x.test"}, OnRoster: true, Attempts: []Attempt{
		handIn("s1.zip", day, map[string]string{"x02": "0 0"}), handIn("s1-2.zip", day.Add(time.Hour), map[string]string{"x02": "3 0"}),
	}}}}, limited{new(bool)})
	c.Policy = policy(t, "2026-10-24 12:30 UTC", "10%/day", "50%")
	c.Policy.Attempts = Last
	gradeAll(t, dir, c)
	x, err := Audit(dir, "ADA@x.test", "x02")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := x.WriteText(&text, verdict.Style{}); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAllString(text.String(), "DIGEST")
	got = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ, local/1: the world`).ReplaceAllString(got, "NOW, local/1: the world")
	got = regexp.MustCompile(`(line \d+), 20\d\d-[^:]*:\d\d:\d\dZ`).ReplaceAllString(got, "$1, NOW")
	want := `x02 Two, of s1 Ada Lovelace <ada@x.test>: 2.7 of 10 points

state       graded
submission  s1-2.zip, received 2026-10-24T13:00:00Z
files       SHA-256 DIGEST
counts      the last of 2 attempts
            1. s1.zip, received 2026-10-24T12:00:00Z: 3 points
            2. s1-2.zip, received 2026-10-24T13:00:00Z: 2.7 points, late by 1
            day  <- counts
lateness    received 2026-10-24T13:00:00Z, due 2026-10-24T12:30:00Z (UTC): 1 day
            begun; 1 x 10% = 10%; 3 points x (100% - 10%) = 2.7, to hundredths,
            half a hundredth up

  ✗ A                                                                        3/6
      expected  an end
      found     �[31mno end
      why       it loops
      next      go test ./...
  ✗ H (hidden from the learner)                                              0/4
      expected  é �
      found     <b>
      why       because
      next      go vet

hidden      0 of 4 points; public 3 of 6
limits      10-a: time; they were: 10s
isolation   fake: files A, network A, processes A, memory B, disk C
judged by   slipway v1 with go1.26
checks      SHA-256 digest-2
evidence    evidence/DIGEST.json
            SHA-256 DIGEST
journal     line 3, NOW: given to the engine, time 1
journal     line 5, NOW: judged by local/1
verified    7 lines of the journal, 2 pieces of evidence, the gradebook
`
	if got != want {
		t.Errorf("the audit says\n%s\nwant\n%s", got, want)
	}
	first, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(evidenceFile(x.Cell.History[0].Key))))
	if err != nil || !strings.Contains(string(first), "the world did not start") {
		t.Errorf("the evidence of the first attempt does not tell of its fault: %v\n%s", err, first)
	}
	data, err := json.Marshal(x)
	var back Explanation
	if err != nil || json.Unmarshal(data, &back) != nil || back.Evidence.Outcome.Result.Checks[0].Limit != "time" {
		t.Errorf("as JSON: %s, %v", data, err)
	}
	for _, wrong := range [][2]string{{"nobody", "x02"}, {"s1", "x99"}} {
		if _, err := Audit(dir, wrong[0], wrong[1]); err == nil {
			t.Errorf("Audit(%s) gives no error", wrong)
		}
	}
	if x, err := Audit(dir, "s1", "x01"); err != nil || x.Cell.State != Absent || x.WriteText(&text, verdict.Style{}) != nil {
		t.Errorf("an absent cell: %+v, %v", x, err)
	}
	if _, err := Audit(t.TempDir(), "s1", "x01"); err == nil || !strings.Contains(err.Error(), "it is no folder of slipway grade") {
		t.Errorf("an empty folder: %v", err)
	}
}

// A gradebook whose points its evidence does not give is found, even if somebody has made the journal fit it.
func TestAuditComputesAgain(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, dir)
	book, _, err := f.Run(t.Context(), fakeConfig(fakeClass(2), fakeJudge{}))
	if err != nil {
		t.Fatal(err)
	}
	book.Learners[1].Cells[0].Points = 10
	if err := errors.Join(f.Accept(book), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Audit(dir, "s0001", "x01"); err == nil || !strings.Contains(err.Error(), "its evidence gives 1") {
		t.Errorf("Audit: %v", err)
	}
	if _, err := Audit(dir, "s0000", "x01"); err != nil {
		t.Errorf("Audit of another: %v", err)
	}
}

// Ten thousand items are in the journal, and a run that has nothing to do comes to its end soon.
func TestManyItems(t *testing.T) {
	dir := t.TempDir()
	if shm, err := os.MkdirTemp("/dev/shm", "slipway"); err == nil { // so that what is measured is not the disk
		dir = shm
		defer os.RemoveAll(shm)
	}
	class := fakeClass(5000)
	want := gradeAll(t, dir, fakeConfig(class, fakeJudge{}))
	begin := time.Now()
	got := gradeAll(t, dir, fakeConfig(class, fakeJudge{func(item Item) error { return fmt.Errorf("%s is judged again", item.Key) }}))
	took := time.Since(begin)
	if string(got) != string(want) || strings.Contains(string(got), string(Unjudged)) {
		t.Error("the gradebook is another one")
	}
	t.Logf("10,000 items resumed in %v", took)
	if took > time.Minute {
		t.Errorf("10,000 items take %v to resume", took)
	}
}

// BenchmarkRegrade reads 200 archives, finds all of them judged, and computes the gradebook.
func BenchmarkRegrade(b *testing.B) {
	in, out := b.TempDir(), b.TempDir()
	for i := range 200 {
		lay(b, in, map[string]string{fmt.Sprintf("s%03d.zip", i): fmt.Sprintf("x01/points=3;x01/a.go=package a // %d;x02/points=1 1;x02/b=%d", i, i)})
	}
	grade := func() {
		class, problems := ReadClass([]string{in}, nil, nil)
		c := fakeConfig(class, fakeJudge{})
		c.Problems = problems
		gradeAll(b, out, c)
	}
	grade()
	for b.Loop() {
		grade()
	}
	b.ReportMetric(float64(200*b.N)/b.Elapsed().Minutes(), "submissions/min")
}
