package world_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/slipway-workshop/slipway/exercises/world"
	"golang.org/x/tools/txtar"
)

// The scripts of the Go distribution that its own module proxy must satisfy, by name. Those that are not
// listed ask for more than a proxy: for faults by special addresses, version control, or what only the tests
// of cmd/go have.
//
//go:embed testdata/goscripts.txt
var goScripts string

// TestGoScripts runs the Go distribution's own module scripts in a world over the modules that come with
// them. They were written for another proxy, and so are the measure of this one.
func TestGoScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(strings.TrimSpace(string(out)), "src", "cmd", "go", "testdata")
	if _, err := os.Stat(filepath.Join(root, "script")); err != nil {
		t.Skipf("this Go distribution comes without its tests: %v", err)
	}
	lib := goLibrary(t, filepath.Join(root, "mod"))
	cache := t.TempDir()
	var files []string
	for _, name := range strings.Fields(goScripts) {
		file := filepath.Join(root, "script", name+".txt")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Logf("this Go release has no %s", name)
			continue
		}
		if bytes.Contains(data, []byte("\n-- $")) || bytes.Contains(data, []byte("\n-- /")) {
			t.Fatalf("%s writes files outside of its folder", name)
		}
		files = append(files, file)
	}
	testscript.Run(t, testscript.Params{
		Files: files,
		Setup: func(env *testscript.Env) error { return inWorld(env, lib, cache) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"go": func(ts *testscript.TestScript, neg bool, args []string) {
				if err := ts.Exec("go", args...); (err == nil) == neg {
					ts.Fatalf("go %s: %v", strings.Join(args, " "), err)
				}
			},
		},
		Condition: func(cond string) (bool, error) {
			return slices.Contains([]string{"GOOS:" + runtime.GOOS, "go1.26", "exec:go"}, cond), nil
		},
		RequireExplicitExec: true,
	})
}

// inWorld gives a script a world of its own.
func inWorld(env *testscript.Env, lib *world.Library, cache string) error {
	home := filepath.Join(env.WorkDir, "home")
	if err := os.Mkdir(home, 0o777); err != nil {
		return err
	}
	w, err := world.Start(lib, world.Config{}, env.WorkDir, home)
	if err != nil {
		return err
	}
	env.Defer(func() { w.Close() })
	gopath := filepath.Join(env.WorkDir, "gopath")
	env.Vars = w.Into(append(env.Vars,
		"HOME="+home, "GOPATH="+gopath, "GOMODCACHE="+filepath.Join(gopath, "pkg", "mod"), "GOCACHE="+cache, "GOENV=off",
		"GOTOOLCHAIN=local", "GOFLAGS=-modcacherw", "CGO_ENABLED=0", "goversion=1.26", "PWD="+env.WorkDir,
		"devnull="+os.DevNull, "GO111MODULE=", "proxy="+w.URL(),
	))
	return nil
}

// goLibrary reads the modules of the Go distribution's tests. The commits that their .info files name lead to
// them.
func goLibrary(t *testing.T, dir string) *world.Library {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".txt")
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if !ok || err != nil || strings.Contains(string(data), "\n-- \u263a.go --") { // one has a file that no zip may hold
			continue
		}
		fsys[name+".txtar"] = &fstest.MapFile{Data: withRefs(data)}
	}
	lib, err := world.LoadLibrary(fsys)
	t.Logf("%d modules; not read: %v", len(fsys), err)
	return lib
}

func withRefs(data []byte) []byte {
	a := txtar.Parse(data)
	for _, f := range a.Files {
		var info struct{ Name, Short string }
		if f.Name == ".info" && json.Unmarshal(f.Data, &info) == nil && info.Name != "" {
			return fmt.Appendf(bytes.TrimRight(data, "\n"), "\n-- .refs --\n%s\n%s\n", info.Name, info.Short)
		}
	}
	return data
}
