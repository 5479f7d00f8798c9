//go:build unix

package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program starts slipway as a process of its own in a copy of the test course, and returns it with the
// first line that its command prints.
func program(t *testing.T, args ...string) (cmd *exec.Cmd, line string) {
	t.Helper()
	course := filepath.Join(t.TempDir(), "course")
	if err := os.CopyFS(course, os.DirFS("testdata/course")); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self, args...)
	cmd.Args[0], cmd.Dir, cmd.Stderr = "slipway", course, t.Output() // main_test.go: the name is the program
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line)
}

// endsWith waits for a program and compares its exit code.
func endsWith(t *testing.T, cmd *exec.Cmd, want int) {
	t.Helper()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Errorf("exit code %d, want %d", got, want)
	}
}

// gone waits until a process has ended.
func gone(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !errors.Is(syscall.Kill(n, 0), syscall.ESRCH); time.Sleep(20 * time.Millisecond) {
		if zombie(pid) {
			return
		}
		if time.Now().After(deadline) {
			_ = syscall.Kill(n, syscall.SIGKILL)
			t.Fatalf("process %d is still there", n)
		}
	}
}

// zombie reports whether a process has ended and nobody has asked for it, as in a container without init.
func zombie(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// A shell that is asked to end hands that on, and leaves nothing behind.
func TestShellTerminated(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			cmd, pid := program(t, "shell", "greeting", "--", "sh", "-c", `sleep 300 & echo $!; wait`)
			_ = cmd.Process.Signal(sig)
			endsWith(t, cmd, exitInterrupted)
			gone(t, pid)
		})
	}
}

// A command that does not listen is killed after a grace, with what it started.
func TestShellKilled(t *testing.T) {
	cmd, pid := program(t, "shell", "greeting", "--", "sh", "-c", `trap "" TERM; sleep 300 & echo $!; wait`)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	endsWith(t, cmd, exitInterrupted)
	gone(t, pid)
}

// A command that a signal ends counts as it does in a shell.
func TestShellSignalled(t *testing.T) {
	cmd, _ := program(t, "shell", "greeting", "--", "sh", "-c", "echo; kill -INT $$")
	endsWith(t, cmd, exitInterrupted)
}

// A command may put its things in order before it ends.
func TestShellCleansUp(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "cleaned")
	cmd, name := program(t, "shell", "greeting", "--", "sh", "-c",
		`trap "touch `+kept+`; exit 4" TERM; echo `+kept+`; while :; do sleep 0.1; done`)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	endsWith(t, cmd, exitInterrupted)
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
}

func TestOnPathIsThatOfTheLab(t *testing.T) {
	outer, lab := t.TempDir(), t.TempDir()
	for _, dir := range []string{outer, lab} {
		if err := os.WriteFile(filepath.Join(dir, "node"), []byte("#!/bin/sh\n"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", outer)
	env := []string{"PATH=" + outer, "PATH=" + lab + string(os.PathListSeparator) + outer}
	for name, want := range map[string]string{
		"node":          filepath.Join(lab, "node"),
		"./node":        "./node",
		"not-installed": "not-installed",
	} {
		if got := onPath(name, env); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
