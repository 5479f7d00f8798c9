package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/engine"
)

// TestLabSkeleton holds what can be told of a new lab without a cluster: it loads, its checks judge,
// and it has as many solutions and wrong ones as a proof asks for.
func TestLabSkeleton(t *testing.T) {
	s := newSkeleton("select-pods")
	s.ID, s.Chapter = "lab-3", "kind"
	files, err := s.fill("lab")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := writeFolder(filepath.Join(root, "catalog", "lab-3-select-pods"), files); err != nil {
		t.Fatal(err)
	}
	cat, err := labs.Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	l := cat.Get("lab-3")
	if !l.Draft || l.Topology != labs.One || len(l.Solutions) < 2 || len(l.Wrong) < 3 {
		t.Errorf("lab is %+v", l)
	}
	for _, c := range l.Checks {
		if err := check.Lint(c, engine.Kit()); err != nil {
			t.Error(err)
		}
	}
}

// TestWriteFolder holds that a folder which is there stays as it is, and that nothing is left beside it.
func TestWriteFolder(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "catalog", "x")
	if err := writeFolder(dir, map[string]string{"a/b": "1", "c": "2"}); err != nil {
		t.Fatal(err)
	}
	if err := writeFolder(dir, map[string]string{"c": "3"}); err == nil {
		t.Error("the folder was written over")
	}
	if data, err := os.ReadFile(filepath.Join(dir, "c")); err != nil || string(data) != "2" {
		t.Errorf("c holds %q, %v", data, err)
	}
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 1 {
		names := slices.Collect(func(yield func(string) bool) {
			for _, e := range entries {
				yield(e.Name())
			}
		})
		t.Errorf("left: %v, %v", names, err)
	}
}
