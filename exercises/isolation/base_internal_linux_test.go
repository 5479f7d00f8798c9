package isolation

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// What a process left that was killed goes; what another one uses, or is making, stays.
func TestSweepBases(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} { // the users of commands have to get there
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(t.TempDir(), "kept")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour)
	for _, name := range []string{"left", "used", "new", "other"} {
		path := filepath.Join(dir, baseName+name)
		if name == "other" {
			path = filepath.Join(dir, "other")
		}
		if err := os.MkdirAll(filepath.Join(path, "1", "work"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Dir(outside), filepath.Join(path, "1", "link")); err != nil {
			t.Fatal(err)
		}
		if name == "new" {
			continue
		}
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(dir, baseName+"link")); err != nil {
		t.Fatal(err)
	}
	lock, err := lockFolder(filepath.Join(dir, baseName+"used"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()

	b, err := newBase(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(b.dir) {
			names = append(names, e.Name())
		}
	}
	if want := []string{"other", baseName + "link", baseName + "new", baseName + "used"}; !slices.Equal(names, want) {
		t.Errorf("there are %q, want %q", names, want)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
	if again, err := lockFolder(b.dir); err == nil {
		t.Error("the base of a living process can be locked", again.Close())
	}
	if err := b.remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(b.dir); !os.IsNotExist(err) {
		t.Errorf("the base is left: %v", err)
	}
}
