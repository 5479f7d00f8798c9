package grade

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func journalOf(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func writeTo(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A line that was cut off anywhere, and what a file system may leave in its place, goes at the next start.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	want := gradeAll(t, dir, fakeConfig(fakeClass(2), fakeJudge{}))
	whole := journalOf(t, dir)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	last := len(lines) - 2 // the accepted line; behind it is nothing
	begin := len(whole) - len(lines[last])
	for _, tail := range [][]byte{lines[last][:1], lines[last][:len(lines[last])/2], lines[last][:len(lines[last])-1], make([]byte, 4096)} {
		writeTo(t, dir, journalName, append(bytes.Clone(whole[:begin]), tail...))
		if v, err := verifyChain(dir); err != nil || !v {
			t.Errorf("with a tail of %d bytes: torn = %v, %v", len(tail), v, err)
		}
		if got := gradeAll(t, dir, fakeConfig(fakeClass(2), fakeJudge{})); !bytes.Equal(got, want) {
			t.Errorf("after a tail of %d bytes the gradebook is another one", len(tail))
		}
		if v, err := Verify(dir); err != nil || v.Torn {
			t.Errorf("after a tail of %d bytes: %+v, %v", len(tail), v, err)
		}
	}
}

func verifyChain(dir string) (torn bool, err error) {
	c, err := readChain(filepath.Join(dir, journalName))
	return c.torn > 0, err
}

// Any other damage is told with its line, and nothing is written.
func TestDamagedJournal(t *testing.T) {
	dir := t.TempDir()
	gradeAll(t, dir, fakeConfig(fakeClass(2), fakeJudge{}))
	whole := journalOf(t, dir)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	rest := func(from int) []byte { return join(lines[from:]...) }
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"a byte changed":      {bytes.Replace(whole, []byte(`"task":"x02"`), []byte(`"task":"x01"`), 1), ":4: the line before is not the one"},
		"a line changed":      {join(lines[0], bytes.Replace(lines[1], []byte(`"seq":2`), []byte(`"seq":3`), 1), rest(2)), ":2: the line has number 3"},
		"a line gone":         {join(lines[0], rest(2)), ":2: the line has number 3"},
		"lines changed place": {join(lines[0], lines[2], lines[1], rest(3)), ":2: the line has number 3"},
		"a line twice":        {join(lines[0], lines[1], rest(1)), ":3: the line has number 2"},
		"no JSON":             {join(lines[0], []byte("hello\n"), rest(2)), ":2: the line is damaged"},
		"an empty line":       {join(lines[0], []byte("\n"), rest(1)), ":2: the line is damaged"},
		"zeros in the middle": {join(lines[0], make([]byte, len(lines[1])-1), []byte("\n"), rest(2)), ":2: the line is damaged"},
		"the end of a line":   {join(lines[0][:len(lines[0])-1], rest(1)), ":1: the line is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			writeTo(t, dir, journalName, tt.data)
			if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open: %v, want %s", err, tt.want)
			}
			if _, err := Verify(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Verify: %v, want %s", err, tt.want)
			}
			if !bytes.Equal(journalOf(t, dir), tt.data) {
				t.Error("the journal was changed")
			}
		})
	}
}

func TestDamagedEvidence(t *testing.T) {
	dir, judged := t.TempDir(), &counter{}
	c := fakeConfig(fakeClass(2), fakeJudge{judged.count})
	want := gradeAll(t, dir, c)
	key := c.plan().items[0].Key
	name := filepath.Join(dir, filepath.FromSlash(evidenceFile(key)))
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	writeTo(t, dir, evidenceFile(key), bytes.Replace(good, []byte(`"points": 0`), []byte(`"points": 9`), 1))
	f := mustOpen(t, dir)
	if _, _, err := f.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "is not as the journal tells") {
		t.Errorf("Run: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(dir); err == nil || !strings.Contains(err.Error(), key) {
		t.Errorf("Verify: %v", err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if got := gradeAll(t, dir, c); !bytes.Equal(got, want) || judged.n[key] != 2 {
		t.Errorf("without the evidence the item was judged %d times in all, want 2", judged.n[key])
	}
	if _, err := Verify(dir); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

// The grader ends after evidence was replaced, and before the journal tells of it.
func TestCrashWhileJudgingAnew(t *testing.T) {
	dir := t.TempDir()
	c := fakeConfig(fakeClass(1), fakeJudge{})
	want := gradeAll(t, dir, c)
	item := c.plan().items[0]
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(evidenceFile(item.Key)))); err != nil {
		t.Fatal(err)
	}
	f := mustOpen(t, dir)
	f.at = func(point string) {
		if point == "file: in place" {
			panic("crash")
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("there was no crash")
			}
		}()
		_, _, err := f.Run(t.Context(), c)
		t.Error(err)
	}()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(dir); err != nil {
		t.Error(err)
	}
	if got := gradeAll(t, dir, c); !bytes.Equal(got, want) {
		t.Error("the gradebook is another one")
	}
}

func TestDamagedGradebook(t *testing.T) {
	dir := t.TempDir()
	c := fakeConfig(fakeClass(2), fakeJudge{})
	want := gradeAll(t, dir, c)
	writeTo(t, dir, gradebookName, bytes.Replace(want, []byte(`"points": 1,`), []byte(`"points": 9,`), 1))
	if _, err := Audit(dir, "s0001", "x01"); err == nil || !strings.Contains(err.Error(), "is not the one that was accepted last") {
		t.Errorf("Audit: %v", err)
	}
	if got := gradeAll(t, dir, c); !bytes.Equal(got, want) {
		t.Error("the gradebook did not come back")
	}
}

// The clock of the machine goes back by a year between two runs: the order of lines counts, not their times.
func TestClockGoesBack(t *testing.T) {
	dir, judged := t.TempDir(), &counter{}
	c := fakeConfig(fakeClass(3), fakeJudge{judged.count})
	f := mustOpen(t, dir)
	now := time.Now()
	f.journal.now = func() time.Time { now = now.Add(-24 * time.Hour); return now }
	book, _, err := f.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Accept(book); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want, err := book.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got := gradeAll(t, dir, c); !bytes.Equal(got, want) {
		t.Error("the gradebook is another one")
	}
	for key, n := range judged.n {
		if n != 1 {
			t.Errorf("%s was judged %d times", key, n)
		}
	}
	if _, err := Audit(dir, "s0001", "x01"); err != nil {
		t.Error(err)
	}
}

func TestTwoGraders(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, dir)
	_, err := Open(dir)
	if err == nil || !strings.Contains(err.Error(), "grades there") || !strings.Contains(err.Error(), "process ") {
		t.Errorf("the second grader: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, dir).Close(); err != nil {
		t.Error(err)
	}
}

func TestUnwritable(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("root may write everywhere, and Windows has other permissions")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("Open: %v", err)
	}
}

// An evidence folder that is gone, or a file in its place, ends the run with what was kept before.
func TestEvidenceCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	f := mustOpen(t, dir)
	n := 0
	c := fakeConfig(fakeClass(4), fakeJudge{func(Item) error {
		if n++; n == 4 {
			return os.Rename(filepath.Join(dir, evidenceName), filepath.Join(dir, "gone"))
		}
		return nil
	}})
	_, _, err := f.Run(context.Background(), c)
	if err == nil || !strings.Contains(err.Error(), "items are judged and kept") {
		t.Errorf("Run: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "gone"), filepath.Join(dir, evidenceName)); err != nil {
		t.Fatal(err)
	}
	want := gradeAll(t, t.TempDir(), fakeConfig(fakeClass(4), fakeJudge{}))
	if got := gradeAll(t, dir, fakeConfig(fakeClass(4), fakeJudge{})); !bytes.Equal(got, want) {
		t.Error("the gradebook is another one")
	}
}
