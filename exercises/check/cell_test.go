//go:build unix

package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"golang.org/x/sys/unix"
)

// After a command nothing is left in the workspace that leads the judge elsewhere or holds it up.
func TestSweep(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.WriteFile(outside, []byte("s"), 0o600), os.MkdirAll(at("sub/deep"), 0o755), os.WriteFile(at("sub/a.txt"), []byte("a"), 0o644),
		os.Symlink(outside, at("out")), os.Symlink("../../../..", at("sub/up")), os.Symlink("nowhere", at("dangling")),
		os.Symlink("a.txt", at("sub/in")), os.Symlink("loop", at("loop")), unix.Mkfifo(at("pipe"), 0o600),
		os.Symlink("out", at("through")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := sweepBelow(dir, dir); err != nil {
		t.Fatal(err)
	}
	var left []string
	if err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if !d.IsDir() {
			rel, _ := filepath.Rel(dir, name)
			left = append(left, rel)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"sub/a.txt", "sub/in"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}

// What a check found does not tell when it ran, and leaves other times alone.
func TestTimeless(t *testing.T) {
	s := &Session{begin: time.Now()}
	now := time.Now().UTC().Format(time.RFC3339)
	if got, want := s.timeless("v1.0.0 "+now+", v1.1.0 2026-04-05T09:00:00Z"), "v1.0.0 (time of the check), v1.1.0 2026-04-05T09:00:00Z"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whether a program that only computes runs out of its own time or of that of the check depends on what else the machine
// does: what is told does not.
func TestOutOfTime(t *testing.T) {
	runner := &Runner{Cell: func(context.Context) (Cell, error) { return nil, nil }}
	var told []string
	for _, limit := range []string{"time", "cpu"} {
		s := &Session{runner: runner, command: "go run .", last: sandbox.Result{ExitCode: -1, Limit: limit}}
		out := s.Ran(false)
		told = append(told, fmt.Sprintf("%s, limit %s, ends %t", strings.Join(out.Found, "; "), s.limit, out.Ends))
	}
	if want := "`go run .` took longer than a check may, and was ended, limit time, ends true"; told[0] != want || told[1] != want {
		t.Errorf("told %q, want %q", told, want)
	}
}
