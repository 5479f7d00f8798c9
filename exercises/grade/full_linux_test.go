package grade

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The disk is full in the middle of a run. What was judged stays, and with room the run goes on.
func TestDiskFull(t *testing.T) {
	mount := t.TempDir()
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(mount, 0); err != nil {
			t.Error(err)
		}
	}()
	ballast, dir := filepath.Join(mount, "ballast"), filepath.Join(mount, "grades")
	if err := os.WriteFile(ballast, make([]byte, 190<<10), 0o644); err != nil {
		t.Fatal(err)
	}
	judged := &counter{}
	c := fakeConfig(fakeClass(12), fakeJudge{judged.count})
	f := mustOpen(t, dir)
	if _, _, err := f.Run(t.Context(), c); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Run: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	v, err := Verify(dir)
	if err != nil || v.Evidence == 0 || v.Evidence >= 24 {
		t.Fatalf("Verify = %+v, %v", v, err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	want := gradeAll(t, t.TempDir(), fakeConfig(fakeClass(12), fakeJudge{}))
	if got := gradeAll(t, dir, c); !bytes.Equal(got, want) {
		t.Error("the gradebook is another one")
	}
	again := 0
	for _, n := range judged.n {
		again += n - 1
	}
	if again > 2 {
		t.Errorf("%d items were judged again", again)
	}
}
