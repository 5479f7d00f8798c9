package ociruntime

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain makes the test binary the runtime where it is called so.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == Name {
		os.Exit(Main(os.Args, os.Stderr))
	}
	os.Exit(m.Run())
}

func TestPrepare(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.json")
	write(t, file, `{"process": {"capabilities": {"bounding": ["CAP_KILL", "CAP_SYS_RESOURCE"]}}}`, 0o640)

	if err := prepare(Document{Path: file}, without("CAP_SYS_RESOURCE")); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, file), `{"process":{"capabilities":{"bounding":["CAP_KILL"]}}}`; got != want {
		t.Errorf("config.json is %s, want %s", got, want)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("config.json has mode %v, error %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestPrepareLeavesToRunc(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "config.json")
	write(t, broken, `{"process":`, 0o644)
	for _, doc := range []Document{{}, {Path: filepath.Join(t.TempDir(), "config.json")}, {Path: broken}} {
		if err := prepare(doc, 0); err != nil {
			t.Errorf("prepare(%+v): %v", doc, err)
		}
	}
	if got := read(t, broken); got != `{"process":` {
		t.Errorf("a broken document became %s", got)
	}
}

// TestMainBecomesRunc sees runc get every argument, its environment and its exit code.
func TestMainBecomesRunc(t *testing.T) {
	cmd := runtime(t, "--root", "/r", "create", "--bundle", t.TempDir(), "a b")
	write(t, filepath.Join(os.Getenv("PATH"), "runc"), "#!/bin/sh\necho \"$# $6 $SAID\"\nexit 7\n", 0o755)
	cmd.Env = append(os.Environ(), "SAID=here")
	out, _ := cmd.CombinedOutput()
	if got := string(out); got != "6 a b here\n" {
		t.Errorf("runc printed %q", got)
	}
	if code := cmd.ProcessState.ExitCode(); code != 7 {
		t.Errorf("exit code %d, want runc's 7", code)
	}
}

// TestMainTellsTheEngine sees a fault where engines look for runc's.
func TestMainTellsTheEngine(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log.json")
	cmd := runtime(t, "--log", log, "create", "--bundle", "/dev/null", "abc")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the runtime succeeds: %s", out)
	}
	if got := read(t, log); !strings.Contains(got, `"level":"error"`) || !strings.Contains(got, "/dev/null/config.json") {
		t.Errorf("the log says %s", got)
	}
}

// runtime is the command of the runtime, with PATH a folder of its own.
func runtime(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	link := filepath.Join(dir, Name)
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return exec.Command(link, args...)
}

func write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
