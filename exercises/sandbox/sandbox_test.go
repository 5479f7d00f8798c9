//go:build unix

package sandbox_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

func sh(script string) sandbox.Command {
	return sandbox.Command{Args: []string{"/bin/sh", "-c", script}, Env: []string{"PATH=/usr/bin:/bin"}}
}

func TestRun(t *testing.T) {
	res, err := sandbox.Run(context.Background(), sh("echo out; echo err >&2; exit 3"))
	if err != nil {
		t.Fatal(err)
	}
	if string(res.Stdout) != "out\n" || string(res.Stderr) != "err\n" || res.ExitCode != 3 || res.TimedOut || res.Truncated {
		t.Errorf("result = %+v", res)
	}
}

func TestEnvironmentIsWhole(t *testing.T) {
	t.Setenv("LEAK", "from the parent")
	res, err := sandbox.Run(context.Background(), sh("echo [$LEAK]"))
	if err != nil || string(res.Stdout) != "[]\n" {
		t.Errorf("Run = %q, %v", res.Stdout, err)
	}
}

func TestOutputIsCapped(t *testing.T) {
	c := sh("yes | head -c 5000000; echo last >&2")
	c.MaxOutput = 1000
	res, err := sandbox.Run(context.Background(), c)
	if err != nil || len(res.Stdout) != 1000 || !res.Truncated || string(res.Stderr) != "last\n" {
		t.Errorf("%d bytes, truncated %v, stderr %q, %v", len(res.Stdout), res.Truncated, res.Stderr, err)
	}
}

func TestMergeKeepsTheOrder(t *testing.T) {
	c := sh("echo 1; echo 2 >&2; echo 3")
	c.Merge = true
	if res, err := sandbox.Run(context.Background(), c); err != nil || string(res.Stdout) != "1\n2\n3\n" {
		t.Errorf("Run = %q, %v", res.Stdout, err)
	}
}

// A deadline ends the whole group: the child would write the file a little later.
func TestDeadlineEndsTheGroup(t *testing.T) {
	late := filepath.Join(t.TempDir(), "late")
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	res, err := sandbox.Run(ctx, sh("(sleep 1; echo x > "+late+") & sleep 30"))
	if err != nil || !res.TimedOut || res.Limit != "time" || res.ExitCode != -1 {
		t.Errorf("Run = %+v, %v", res, err)
	}
	if res.Elapsed > 5*time.Second {
		t.Errorf("took %s", res.Elapsed)
	}
	time.Sleep(1500 * time.Millisecond)
	if _, err := os.Stat(late); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a child outlived the deadline: %v", err)
	}
}

func TestBackgroundProcessesEndWithTheCommand(t *testing.T) {
	late := filepath.Join(t.TempDir(), "late")
	res, err := sandbox.Run(context.Background(), sh("(sleep 1; echo x > "+late+") >/dev/null 2>&1 & echo done"))
	if err != nil || string(res.Stdout) != "done\n" {
		t.Fatalf("Run = %+v, %v", res, err)
	}
	time.Sleep(1500 * time.Millisecond)
	if _, err := os.Stat(late); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a child outlived its command: %v", err)
	}
}

func TestCancelIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := sandbox.Run(ctx, sh("sleep 30")); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want context.Canceled", err)
	}
}

func TestMissingProgram(t *testing.T) {
	_, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{"/no/such/program"}})
	if err == nil || !strings.Contains(err.Error(), "run /no/such/program: ") {
		t.Errorf("Run = %v", err)
	}
}

// What the command left in the background holds its output open; it ends with the command, at once.
func TestBackgroundProcessesDoNotDelay(t *testing.T) {
	res, err := sandbox.Run(context.Background(), sh("sleep 335 & echo hi; exit 4"))
	if err != nil || string(res.Stdout) != "hi\n" || res.ExitCode != 4 || res.TimedOut {
		t.Errorf("Run = %+v, %v", res, err)
	}
	if res.Elapsed > time.Second {
		t.Errorf("took %s", res.Elapsed)
	}
}

// A process with a session of its own escapes, as the package says, but holds up nobody for long.
func TestEscapedProcessDoesNotBlock(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("no setsid command")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	res, err := sandbox.Run(ctx, sh("setsid sleep 8 & sleep 30"))
	if err != nil || !res.TimedOut || res.Elapsed > 5*time.Second {
		t.Errorf("Run = %+v, %v", res, err)
	}
}

func TestDoneContextRunsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	file := filepath.Join(t.TempDir(), "ran")
	if _, err := sandbox.Run(ctx, sh("echo x > "+file)); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want context.Canceled", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the command ran: %v", err)
	}
}
