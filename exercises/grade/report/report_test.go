package report_test

import (
	"bytes"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/report"
)

var update = flag.Bool("update", false, "rewrite testdata/golden")

func written(t *testing.T, g *grade.Gradebook, opt report.Options) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := report.Write(dir, g, opt); err != nil {
		t.Fatal(err)
	}
	return tree(t, dir)
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestGolden compares all files that are written for a class with testdata/golden; -update rewrites it.
func TestGolden(t *testing.T) {
	got := written(t, class(8), report.Options{})
	// these two stand in this folder
	delete(got, "gradebook.schema.json")
	delete(got, "html/report.css")
	var b bytes.Buffer
	for name, width := range map[string]int{"terminal-40.txt": 40, "terminal-80.txt": 80} {
		b.Reset()
		if err := report.Summary(&b, class(8), width); err != nil {
			t.Fatal(err)
		}
		got[name] = b.String()
	}
	b.Reset()
	if err := report.Annotations(&b, class(8)); err != nil {
		t.Fatal(err)
	}
	got["annotations.txt"] = b.String()

	dir := filepath.Join("testdata", "golden")
	if *update {
		os.RemoveAll(dir)
		for name, data := range got {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := tree(t, dir)
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if got[name] != want[name] {
			t.Errorf("%s differs from testdata/golden; go test -update ./exercises/grade/report rewrites it", name)
		}
	}
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("testdata/golden/%s is no longer written", name)
		}
	}
}

func TestWriteTwice(t *testing.T) {
	dir := t.TempDir()
	if err := report.Write(dir, class(30), report.Options{}); err != nil {
		t.Fatal(err)
	}
	first := tree(t, dir)
	if err := report.Write(dir, class(30), report.Options{}); err != nil {
		t.Fatal(err)
	}
	if again := tree(t, dir); !maps.Equal(first, again) {
		t.Error("writing the same gradebook twice gives other files")
	}
	if err := report.Write(dir, class(9), report.Options{}); err != nil {
		t.Fatal(err)
	}
	if fewer := tree(t, dir); !maps.Equal(fewer, written(t, class(9), report.Options{})) {
		t.Error("files of an earlier run stay")
	}
}

func TestWriteRefusesARowWithoutItsCells(t *testing.T) {
	g := class(2)
	g.Learners[1].Cells = g.Learners[1].Cells[:1]
	dir := filepath.Join(t.TempDir(), "out")
	err := report.Write(dir, g, report.Options{})
	if err == nil || !strings.Contains(err.Error(), "has 1 cells for 3 tasks") {
		t.Errorf("error %v", err)
	}
}

func TestEmptyClass(t *testing.T) {
	written(t, &grade.Gradebook{Version: 1, Policy: grade.Policy{Attempts: "last"}}, report.Options{ForLearners: true})
}

// TestForLearners holds that what hidden checks found is in no file that learners may get, and that the pages of
// learners lead nowhere else.
func TestForLearners(t *testing.T) {
	all := written(t, class(30), report.Options{})
	told := written(t, class(30), report.Options{ForLearners: true})
	seen := 0
	for name, data := range told {
		seen += strings.Count(all[name], "SECRET")
		if name != "gradebook.json" && strings.Contains(data, "SECRET") {
			t.Errorf("%s tells learners what a hidden check found", name)
		}
		if (strings.HasPrefix(name, "html/learners/") || strings.HasPrefix(name, "gradescope/")) && strings.Contains(data, "differs: ignored") {
			t.Errorf("%s tells a learner of a flag", name)
		}
		if strings.HasPrefix(name, "html/learners/") && strings.Contains(data, "href=\"../index.html") {
			t.Errorf("%s leads to the class", name)
		}
	}
	if seen == 0 {
		t.Error("the class has no finding of a hidden check")
	}
	if told["gradebook.json"] != all["gradebook.json"] {
		t.Error("gradebook.json is not whole")
	}
}
