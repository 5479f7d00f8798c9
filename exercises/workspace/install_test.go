package workspace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A new workspace that cannot be moved in place leaves the old one there.
func TestInstallFails(t *testing.T) {
	root := Root{Dir: t.TempDir()}
	mine := filepath.Join(root.Path("x01"), "mine.txt")
	if err := Materialise(root.Path("x01"), []File{{Name: "mine.txt", Data: []byte("mine")}}); err != nil {
		t.Fatal(err)
	}
	old, err := root.install("x01", filepath.Join(root.Dir, "absent"))
	if !errors.Is(err, fs.ErrNotExist) || old != "" {
		t.Errorf("install = %q, %v", old, err)
	}
	if data, err := os.ReadFile(mine); string(data) != "mine" {
		t.Errorf("after the failure: %q, %v", data, err)
	}
	if entries, _ := filepath.Glob(filepath.Join(root.Dir, ".old", "*")); len(entries) > 0 {
		t.Errorf("left aside: %v", entries)
	}
}
