package gotool_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

func TestFind(t *testing.T) {
	tool, err := gotool.Find(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(tool.Version, "go1.") {
		t.Errorf("version %q", tool.Version)
	}
	if _, err := os.Stat(tool.Path()); err != nil {
		t.Error(err)
	}
}

func TestFindWithoutGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := gotool.Find(context.Background(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "https://go.dev/dl/") {
		t.Errorf("Find = %v, want what to do", err)
	}
}

// A go command that is too old is found out, and said to be; those of distributions, release
// candidates and commits are taken.
func TestFindVersions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for the go command is a shell script")
	}
	for printed, want := range map[string]string{ // what go env prints, and the release; none is too old
		"go1.26.8":                        "go1.26.8",
		"go1.26.8 (Red Hat 1.26.8-1.el9)": "go1.26.8",
		"go1.26.8 X:boringcrypto":         "go1.26.8",
		"go1.26rc1":                       "go1.26rc1",
		"go1.27rc1":                       "go1.27rc1",
		"devel go1.28-abcdef Tue":         "devel",
		"go1.25.9":                        "",
		"go1.9":                           "",
	} {
		dir := t.TempDir()
		script := "#!/bin/sh\necho /root/of/go\necho '" + printed + "'\n"
		if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o777); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", dir+":/usr/bin:/bin")
		tool, err := gotool.Find(context.Background(), t.TempDir())
		switch {
		case want == "" && (err == nil || !strings.Contains(err.Error(), printed+" is too old")):
			t.Errorf("Find with %q = %q, %v, want that it is too old", printed, tool.Version, err)
		case want != "" && (err != nil || tool.Version != want):
			t.Errorf("Find with %q = %q, %v, want %q", printed, tool.Version, err, want)
		}
	}
}

func TestEnvKeepsEverythingBelowHome(t *testing.T) {
	t.Setenv("GOFLAGS", "-mod=mod")
	tool, err := gotool.Find(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := gotool.MakeHome(home); err != nil {
		t.Fatal(err)
	}
	vars := []string{"GOPATH", "GOMODCACHE", "GOTMPDIR", "GOFLAGS", "GOENV", "GOTELEMETRY"}
	res, err := sandbox.Run(context.Background(), sandbox.Command{
		Args: append([]string{tool.Path(), "env"}, vars...), Dir: home, Env: tool.Env(home),
	})
	if err != nil || res.ExitCode != 0 {
		t.Fatalf("go env: %v %s", err, res.Stderr)
	}
	want := []string{filepath.Join(home, "go"), filepath.Join(home, "go", "pkg", "mod"), "", "", "", "off"}
	got := strings.Split(strings.TrimRight(string(res.Stdout), "\n"), "\n")
	if !slices.Equal(got, want) {
		t.Errorf("go env %s = %q, want %q", vars, got, want)
	}
}
