package grade

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A class that is larger than what may be held is read, and its files are there when they are asked for.
func TestClassIsNotHeld(t *testing.T) {
	const learners, size = 12, 16 << 20
	dir := t.TempDir()
	for i := range learners {
		file := filepath.Join(dir, fmt.Sprintf("s%02d", i), "x01", "big.bin")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, bytes.Repeat([]byte{byte(i)}, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := heap()
	class, problems := ReadClass([]string{dir}, nil, nil)
	if len(class.Learners) != learners || problems != nil {
		t.Fatalf("%d learners, problems %v", len(class.Learners), problems)
	}
	if more := heap() - before; more > size {
		t.Errorf("%d MB of %d are held", more>>20, learners*size>>20)
	}
	for i, l := range class.Learners {
		files, err := l.Attempts[0].Work.Pieces[0].Files()
		if err != nil || len(files) != 1 || len(files[0].Data) != size || files[0].Data[0] != byte(i) {
			t.Errorf("%s: %d files, %v", l.ID, len(files), err)
		}
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What has changed since the class was read is not judged in the place of what was handed in.
func TestChangedMeanwhile(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{"ada.zip": "x01/points=3", "bob.zip": "x01/points=4", "eve.zip": "x01/points=5"})
	class, problems := ReadClass([]string{dir}, nil, nil)
	if problems != nil {
		t.Fatal(problems)
	}
	lay(t, dir, map[string]string{"ada.zip": "x01/points=10"})
	if err := os.Remove(filepath.Join(dir, "eve.zip")); err != nil {
		t.Fatal(err)
	}
	f := mustOpen(t, t.TempDir())
	defer f.Close()
	book, _, err := f.Run(t.Context(), fakeConfig(class, fakeJudge{}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range book.Learners {
		got = append(got, fmt.Sprint(r.ID, " ", r.Cells[0].State, " ", r.Cells[0].Points))
	}
	if want := "ada unjudged 0, bob graded 4, eve unjudged 0"; strings.Join(got, ", ") != want {
		t.Errorf("gradebook has %q, want %q", got, want)
	}
}
