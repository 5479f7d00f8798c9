// Package gotool finds the go command and gives it an environment made from nothing: no setting of
// the person who runs it, no configuration file and no cache of theirs reaches a check.
package gotool

import (
	"context"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// MinVersion is the oldest Go release that the course is true for.
const MinVersion = "go1.26"

// A Tool is an installed go command.
type Tool struct {
	Root    string // GOROOT
	Version string // go1.26.8
	Cache   string // build cache that checks share; not the learner's
}

// Find asks the go command on PATH where it lives. Build caches are kept below cacheDir.
func Find(ctx context.Context, cacheDir string) (Tool, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return Tool{}, fmt.Errorf("find the go command: %w: install Go from https://go.dev/dl/ and put it on PATH", err)
	}
	res, err := sandbox.Run(ctx, sandbox.Command{
		Args: []string{path, "env", "GOROOT", "GOVERSION"},
		Dir:  os.TempDir(),
		Env:  append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off"),
	})
	if err != nil {
		return Tool{}, fmt.Errorf("find the go command: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(res.Stdout)), "\n")
	if res.ExitCode != 0 || len(lines) != 2 {
		return Tool{}, fmt.Errorf("find the go command: %s env fails: %s", path, res.Stderr)
	}
	t := Tool{Root: lines[0], Version: release(lines[1])}
	t.Cache = filepath.Join(cacheDir, "build-"+t.Version)
	if version.Compare(t.Version, MinVersion) < 0 && t.Version != "devel" {
		return Tool{}, fmt.Errorf("%s is too old: Slipway needs %s or newer, see https://go.dev/dl/", t.Version, MinVersion)
	}
	return t, nil
}

// release returns the release in what go env GOVERSION prints, which may go on with who built it and
// with experiments. A go command built from a commit has none and counts as the newest.
func release(goversion string) string {
	name, _, _ := strings.Cut(strings.TrimSpace(goversion), " ")
	if !version.IsValid(name) {
		return "devel"
	}
	return name
}

// Path returns the go command itself.
func (t Tool) Path() string {
	name := "go"
	if runtime.GOOS == "windows" {
		name = "go.exe"
	}
	return filepath.Join(t.Root, "bin", name)
}

// Env returns the environment for go commands that keep everything they write below home, but for
// the shared build cache, and that leave module downloads to the module world they are led to.
func (t Tool) Env(home string) []string {
	env := []string{
		"PATH=" + strings.Join(t.searchPath(), string(os.PathListSeparator)),
		"HOME=" + home,
		"USERPROFILE=" + home,
		"TMPDIR=" + filepath.Join(home, "tmp"),
		"TMP=" + filepath.Join(home, "tmp"),
		"GOPATH=" + filepath.Join(home, "go"),
		"GOMODCACHE=" + filepath.Join(home, "go", "pkg", "mod"),
		"GOCACHE=" + t.Cache,
		"GOENV=off",
		"GOTOOLCHAIN=local",
		"GOFLAGS=",
		"GO111MODULE=",
		"CGO_ENABLED=0",
		"LANG=C.UTF-8",
		"TZ=UTC",
	}
	for _, name := range []string{"SYSTEMROOT", "PATHEXT"} { // Windows programs do not start without them
		if v := os.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

func (t Tool) searchPath() []string {
	path := []string{filepath.Join(t.Root, "bin")}
	if runtime.GOOS == "windows" {
		return append(path, filepath.SplitList(os.Getenv("PATH"))...)
	}
	return append(path, "/usr/local/bin", "/usr/bin", "/bin")
}

// MakeHome creates the folders that Env names. The go command's own usage counters are switched
// off in it: they cost time and leave files.
func MakeHome(home string) error {
	for _, config := range []string{".config", "Library/Application Support", "AppData/Roaming"} {
		dir := filepath.Join(home, filepath.FromSlash(config), "go", "telemetry")
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return fmt.Errorf("make home: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, "mode"), []byte("off"), 0o666); err != nil {
			return fmt.Errorf("make home: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Join(home, "tmp"), 0o777); err != nil {
		return fmt.Errorf("make home: %w", err)
	}
	return nil
}

// warming are the go commands whose results every check can use: the packages that exercises are
// made of, as checks build and vet them (-trimpath, since each check has a folder of its own), and as
// a learner builds them in slipway shell.
var warming = [][]string{
	strings.Fields("build -trimpath bufio context errors flag fmt io log maps math os slices sort strconv strings sync testing time"),
	strings.Fields("vet -trimpath fmt"),
	strings.Fields("build fmt"),
}

// Warming returns the commands of Warm, for whoever keeps a cache that it filled.
func Warming() []string {
	var all []string
	for _, args := range warming {
		all = append(all, "go "+strings.Join(args, " "))
	}
	return all
}

// Warm fills the build cache once for each Go release, so that no check has to pay for it. begin is
// called when there is something to do.
func (t Tool) Warm(ctx context.Context, begin func()) error {
	done := filepath.Join(t.Cache, "warm")
	if _, err := os.Stat(done); err == nil {
		return nil
	}
	begin()
	home, err := os.MkdirTemp("", "slipway-warm-")
	if err != nil {
		return fmt.Errorf("fill the build cache: %w", err)
	}
	defer os.RemoveAll(home)
	if err := MakeHome(home); err != nil {
		return err
	}
	for _, args := range warming {
		res, err := sandbox.Run(ctx, sandbox.Command{Args: append([]string{t.Path()}, args...), Dir: home, Env: t.Env(home), Merge: true})
		if err != nil {
			return fmt.Errorf("fill the build cache: %w", err)
		}
		if res.ExitCode != 0 {
			return fmt.Errorf("fill the build cache: go %s: %s", strings.Join(args, " "), res.Stdout)
		}
	}
	stamp := fmt.Sprintf("%s\n", time.Now().UTC().Format(time.RFC3339))
	if err := os.WriteFile(done, []byte(stamp), 0o666); err != nil {
		return fmt.Errorf("fill the build cache: %w", err)
	}
	return nil
}
