package task_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-workshop/slipway/exercises/task"
)

const (
	text   = "---\ntitle: T\nminutes: 5\npoints: 3\nchapter: c\nobjectives: [o]\n---\n\nDo it.\n\n## Hint 1\n\nFirst.\n\n## Hint 2\n\nSecond.\n"
	start  = "-- go.mod --\nmodule a.test\n-- old/a.go --\npackage a\n-- old/b.go --\npackage a\n"
	checks = `-- 10-a.txt --
# title: A
# points: 1
# why: W.
# next: N.

go list
-- files/probe.go --
package probe
-- 20-b.txt --
# title: B
# points: 2
# needs: [10-a]
# why: W.
# next: N.

go list
`
	solution = "title: S\nremoves: [old]\n-- go.mod --\nmodule b.test\n-- new.go --\npackage b\n"
	wrong    = "title: W\ncaught-by: 10-a\nsays: |\n  expected  A\n-- go.mod --\nmodule c.test\n"
)

// folder returns a good task with some files replaced; an empty text removes a file.
func folder(replace map[string]string) fstest.MapFS {
	files := map[string]string{
		"task.md": text, "start.txtar": start, "checks.txtar": checks,
		"solutions/s.txtar": solution, "wrong/w.txtar": wrong,
	}
	maps.Copy(files, replace)
	fsys := fstest.MapFS{}
	for name, data := range files {
		if data != "" {
			fsys["x01-test/"+name] = &fstest.MapFile{Data: []byte(data)}
		}
	}
	return fsys
}

func TestLoad(t *testing.T) {
	tk, err := task.Load(folder(nil), "x01-test")
	if err != nil {
		t.Fatal(err)
	}
	if tk.ID != "x01" || tk.Text != "Do it.\n" || !slices.Equal(tk.Hints, []string{"First.", "Second."}) {
		t.Errorf("id %q, text %q, hints %q", tk.ID, tk.Text, tk.Hints)
	}
	if c := tk.Checks[1]; c.ID != "20-b" || c.Points != 2 || c.Pos.String() != "x01-test/checks.txtar:11:1" || c.Needs[0] != "10-a" {
		t.Errorf("second check %+v", c)
	}
	if len(tk.Support) != 1 || tk.Support[0].Name != "probe.go" {
		t.Errorf("support %+v", tk.Support)
	}
	if w := tk.Wrong[0]; w.CaughtBy != "10-a" || w.Says != "expected  A\n" || w.Title != "W" {
		t.Errorf("wrong %+v", w)
	}
	var names []string
	for _, f := range tk.Apply(tk.Solutions[0]) {
		names = append(names, f.Name+"="+strings.TrimSpace(string(f.Data)))
	}
	if got := strings.Join(names, " "); got != "go.mod=module b.test new.go=package b" {
		t.Errorf("solution applied: %s", got)
	}
}

func TestDigest(t *testing.T) {
	digest := func(replace map[string]string) string {
		tk, err := task.Load(folder(replace), "x01-test")
		if err != nil {
			t.Fatal(err)
		}
		return tk.Digest
	}
	first, again, changed := digest(nil), digest(nil), digest(map[string]string{"wrong/w.txtar": wrong + "\n"})
	if first != again || first == changed {
		t.Error("the digest does not name the content of the folder")
	}
}

func TestLoadErrors(t *testing.T) {
	with := func(name, old, new string) map[string]string {
		base := map[string]string{"task.md": text, "start.txtar": start, "checks.txtar": checks, "solutions/s.txtar": solution, "wrong/w.txtar": wrong}
		return map[string]string{name: strings.Replace(base[name], old, new, 1)}
	}
	tests := []struct {
		name    string
		replace map[string]string
		want    []string
	}{
		{"several at once", map[string]string{"task.md": "", "checks.txtar": "", "start.txtar": ""}, []string{
			"x01-test/task.md: file is missing", "x01-test/checks.txtar: file is missing", "x01-test/start.txtar: file is missing",
		}},
		{"unknown key", with("task.md", "minutes", "minuts"), []string{`x01-test/task.md:3:1: unknown field "minuts"`}},
		{"no hint", with("task.md", "## Hint", "## Idea"), []string{"x01-test/task.md:15:1: hint 2 stands where hint 1 is due"}},
		{"no hints at all", map[string]string{"task.md": strings.ReplaceAll(text, "## Hint", "## Idea")}, []string{"task has no hint"}},
		{"points do not add up", with("task.md", "points: 3", "points: 4"), []string{"task has 4 points, and its checks have 3 together"}},
		{"check without title", with("checks.txtar", "# title: A\n", ""), []string{`x01-test/checks.txtar:2:3: missing key "title"`}},
		{"check with a wrong key", with("checks.txtar", "# why: W.", "# wy: W."), []string{`x01-test/checks.txtar:4:3: unknown field "wy"`}},
		{"check needs a later one", with("checks.txtar", "# points: 1\n", "# points: 1\n# needs: [20-b]\n"), []string{`x01-test/checks.txtar:2:1: check needs "20-b"`}},
		{"neither check nor file", with("checks.txtar", "files/probe.go", "probe.go"), []string{`x01-test/checks.txtar:9:1: "probe.go" is neither a check`}},
		{"line ends of another system", with("start.txtar", "-- old/a.go --\n", "-- old/a.go --\r\n"), []string{"x01-test/start.txtar:3: line ends with CRLF"}},
		{"escaping name", with("start.txtar", "go.mod", "../go.mod"), []string{`x01-test/start.txtar:1:1: file name "../go.mod" leads out of the folder`}},
		{"unknown check", with("wrong/w.txtar", "10-a", "30-c"), []string{`x01-test/wrong/w.txtar:2:12: no check has the id "30-c"`}},
		{"no check named", with("wrong/w.txtar", "caught-by: 10-a\n", ""), []string{`no check has the id ""`}},
		{"solution that says something", with("solutions/s.txtar", "title: S", "title: S\nsays: x"), []string{"a solution has no caught-by and no says"}},
		{"removes what is not there", with("solutions/s.txtar", "[old]", "[old, gone.go]"), []string{`x01-test/solutions/s.txtar:2:16: start has no file or folder "gone.go"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := task.Load(folder(tt.replace), "x01-test")
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in\n%v", want, err)
				}
			}
		})
	}
}

func TestLoadCatalog(t *testing.T) {
	fsys := folder(nil)
	for name, f := range folder(nil) {
		fsys[strings.Replace(name, "x01-test", "x01-again", 1)] = f
		fsys[strings.Replace(name, "x01-test", "Exercise One", 1)] = f
	}
	_, err := task.LoadCatalog(fsys)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`x01-test/task.md: task id "x01" is used twice, first in x01-again/task.md`, "Exercise One: folder name is not an id and a slug"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

func TestParseArchiveNames(t *testing.T) {
	for name, want := range map[string]string{
		"a/b.go": "", "a/../b": "shortest form", "/etc/passwd": "leads out", "..": "leads out", "a//b": "shortest form",
		`a\b`: "some systems", "c:x": "some systems", ".git/config": "belongs to git", "./a": "shortest form",
	} {
		_, err := task.ParseArchive("t.txtar", []byte("comment\n-- "+name+" --\n"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "t.txtar:2:1: ")) {
			t.Errorf("ParseArchive with %q: %v, want %q", name, err, want)
		}
	}
	if _, err := task.ParseArchive("t.txtar", []byte("-- a.go --\n-- A.go --\n")); err == nil || !strings.Contains(err.Error(), "t.txtar:2:1: file name \"A.go\" appears twice") {
		t.Errorf("two names that one system takes for the same: %v", err)
	}
}

// FuzzParseArchive looks for archives with a file that would be written outside of its folder.
func FuzzParseArchive(f *testing.F) {
	f.Add([]byte("-- a --\n-- ../b --\n"))
	f.Add([]byte("-- a/./b --\r\n"))
	f.Add([]byte("-- " + strings.Repeat("../", 20) + "x --\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := task.ParseArchive("f.txtar", data)
		if err != nil {
			return
		}
		lines := strings.Count(string(data), "\n") + 2
		for _, file := range a.Files {
			if !validFSName(file.Name) {
				t.Errorf("accepted the name %q", file.Name)
			}
			if file.Line < 2 || file.Line > lines {
				t.Errorf("%q at line %d of %d", file.Name, file.Line, lines)
			}
		}
	})
}

// validFSName is what io/fs demands of a name; it is written out here to be another opinion.
func validFSName(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}
