package workspace_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

var one = &task.Task{ID: "x01", Start: &task.Archive{Files: []task.File{
	{Name: "go.mod", Data: []byte("module a.test\n")}, {Name: "sub/a.go", Data: []byte("package a\n")},
}}}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestStartAndReplace(t *testing.T) {
	root := workspace.Root{Dir: filepath.Join(t.TempDir(), "work")}
	if root.Started("x01") {
		t.Error("started before the start")
	}
	if err := root.Start(one); err != nil {
		t.Fatal(err)
	}
	if err := root.Start(one); !errors.Is(err, os.ErrExist) {
		t.Errorf("second start: %v", err)
	}
	mine := filepath.Join(root.Path("x01"), "sub", "a.go")
	if err := os.WriteFile(mine, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range 3 {
		old, err := root.Replace("x01", one.Start.Files)
		if err != nil || seen[old] {
			t.Fatalf("replace %d: %q, %v", i, old, err)
		}
		seen[old] = true
		if i == 0 && read(t, filepath.Join(old, "sub", "a.go")) != "mine" {
			t.Error("what was there is not kept")
		}
	}
	if got := read(t, mine); got != "package a\n" {
		t.Errorf("after the reset: %q", got)
	}
	drafts, err := filepath.Glob(filepath.Join(root.Dir, ".new-*"))
	if err != nil || len(drafts) > 0 {
		t.Errorf("left behind: %v, %v", drafts, err)
	}
}

// A workspace that cannot be written leaves the one that is there.
func TestReplaceFails(t *testing.T) {
	root := workspace.Root{Dir: t.TempDir()}
	if err := root.Start(one); err != nil {
		t.Fatal(err)
	}
	impossible := []task.File{{Name: "a", Data: []byte("x")}, {Name: "a/b", Data: []byte("a is a file")}}
	if _, err := root.Replace("x01", impossible); err == nil {
		t.Fatal("no error")
	}
	if got := read(t, filepath.Join(root.Path("x01"), "go.mod")); got != "module a.test\n" {
		t.Errorf("after the failure: %q", got)
	}
}

// Where a workspace has no go.mod, the go command must not take that of a folder above, such as the
// checkout that the workspaces lie in.
func TestNoModuleAbove(t *testing.T) {
	outer := t.TempDir()
	above := []byte("module above.test\n\ngo 1.26\n")
	if err := os.WriteFile(filepath.Join(outer, "go.mod"), above, 0o666); err != nil {
		t.Fatal(err)
	}
	root := workspace.Root{Dir: filepath.Join(outer, "work")}
	bare := &task.Task{ID: "x01", Start: &task.Archive{Files: []task.File{{Name: "a.go", Data: []byte("package a\n")}}}}
	if err := root.Start(bare); err != nil {
		t.Fatal(err)
	}
	goCmd := func(args ...string) string {
		cmd := exec.Command("go", args...)
		cmd.Dir = root.Path("x01")
		out, _ := cmd.CombinedOutput() // the text tells how it ended
		return string(out)
	}
	for _, args := range [][]string{{"list", "-m"}, {"mod", "tidy"}, {"mod", "edit", "-module=mine.test"}, {"build", "./..."}} {
		if out := goCmd(args...); !strings.Contains(out, "there-is-no-go.mod-in-your-workspace") {
			t.Errorf("go %s prints %q", args, out)
		}
	}
	if out := goCmd("mod", "init", "mine.test"); !strings.Contains(out, "creating new go.mod: module mine.test") {
		t.Errorf("go mod init prints %q", out)
	}
	if out := goCmd("list", "./..."); out != "mine.test\n" {
		t.Errorf("after go mod init, go list ./... prints %q", out)
	}
	if got := read(t, filepath.Join(outer, "go.mod")); got != string(above) {
		t.Errorf("the go.mod above is now %q", got)
	}
}

// A folder that holds other things does not get a go.mod that go commands stumble over.
func TestFolderOfOtherThings(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	root := workspace.Root{Dir: dir}
	if err := root.Start(one); err == nil || !strings.Contains(err.Error(), "holds other things") {
		t.Errorf("Start: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "go.mod")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("go.mod: %v", err)
	}
}

func TestReplaceWithoutWorkspace(t *testing.T) {
	root := workspace.Root{Dir: t.TempDir()}
	if old, err := root.Replace("x01", one.Start.Files); err != nil || old != "" {
		t.Errorf("Replace = %q, %v", old, err)
	}
}

func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	files := []workspace.File{{Name: "a.txt", Data: []byte("a")}, {Name: "run.sh", Data: []byte("#!"), Exec: true}, {Name: "sub/b.txt", Data: []byte("b")}}
	if runtime.GOOS != "windows" {
		files = append(files, workspace.File{Name: "sub/link", Link: "../a.txt"})
	}
	if err := workspace.Materialise(dir, files); err != nil {
		t.Fatal(err)
	}
	if err := workspace.Materialise(dir, []workspace.File{{Name: ".git/config", Data: []byte("x")}}); err != nil {
		t.Fatal(err)
	}
	got, err := workspace.Snapshot(dir)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(files) {
		t.Errorf("Snapshot = %v, %v\nwant %v", got, err, files)
	}
}

// A workspace may be a link to where the learner keeps it.
func TestSnapshotOfLink(t *testing.T) {
	dir, link := t.TempDir(), filepath.Join(t.TempDir(), "x01")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip("symbolic links need a privilege there")
	}
	files := []workspace.File{{Name: "a.txt", Data: []byte("a")}, {Name: "sub/link", Link: "../a.txt"}}
	if err := workspace.Materialise(dir, files); err != nil {
		t.Fatal(err)
	}
	got, err := workspace.Snapshot(link)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(files) {
		t.Errorf("Snapshot = %v, %v\nwant %v", got, err, files)
	}
}

func TestSnapshotRefuses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege there")
	}
	tests := []struct {
		name string
		make func(dir string) error
		want string
	}{
		{"link out", func(dir string) error {
			return os.Symlink("../../../../../../../../etc/hosts", filepath.Join(dir, "l"))
		}, "leads out"},
		{"link to nowhere", func(dir string) error { return os.Symlink("nothing", filepath.Join(dir, "l")) }, "leads nowhere"},
		{"link out through a link", func(dir string) error {
			return errors.Join(
				os.MkdirAll(filepath.Join(dir, "a", "b"), 0o777),
				os.Symlink("../..", filepath.Join(dir, "a", "b", "up")),
				os.Symlink(strings.Repeat("a/b/up/../", 20)+"etc/hosts", filepath.Join(dir, "l")))
		}, "leads"},
		{"absolute link", func(dir string) error { return os.Symlink(dir, filepath.Join(dir, "l")) }, "leads out"},
		{"huge file", func(dir string) error {
			f, err := os.Create(filepath.Join(dir, "huge"))
			return errors.Join(err, f.Truncate(1<<40), f.Close())
		}, "64 MB"},
		{"many files", func(dir string) error {
			for i := range 5001 {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o666); err != nil {
					return err
				}
			}
			return nil
		}, "5000 files"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := tt.make(dir); err != nil {
				t.Fatal(err)
			}
			_, err := workspace.Snapshot(dir)
			var refusal *workspace.Refusal
			if !errors.As(err, &refusal) || !strings.Contains(refusal.Reason, tt.want) || refusal.Next == "" {
				t.Errorf("Snapshot: %v", err)
			}
		})
	}
}

// Several programs record at once, and none of their records is lost.
func TestRecordAtOnce(t *testing.T) {
	root := workspace.Root{Dir: t.TempDir()}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := root.Record(func(p *workspace.Progress) { p.Score(fmt.Sprintf("x%02d", i), i, 20, i == 19) }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p, err := root.Progress()
	if err != nil || len(p.Tasks) != 20 || !p.Solved("x19") || p.Solved("x18") {
		t.Errorf("Progress = %+v, %v", p, err)
	}
}

func TestScoreKeepsTheBest(t *testing.T) {
	p := workspace.Progress{Tasks: map[string]workspace.Done{}}
	p.Score("x01", 10, 10, true)
	first := p.Tasks["x01"].Solved
	p.Score("x01", 3, 10, false)
	if d := p.Tasks["x01"]; d.Points != 10 || d.Solved != first {
		t.Errorf("after a worse check: %+v", d)
	}
}
