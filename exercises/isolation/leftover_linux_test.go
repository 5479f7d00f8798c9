package isolation_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/isolation"
)

func withTimeout(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

// resetPeak begins anew what peak tells.
func resetPeak(t *testing.T) {
	t.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Skip(err)
	}
}

// peak is the most memory that this process has had, in bytes.
func peak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

// What closed cells leave: no processes, mounts, cgroups, folders, threads or open files.
func TestNothingIsLeft(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	b, err := isolation.Open(t.Context(), isolation.Options{Limits: testLimits, Backend: "bubblewrap", Dir: dir, Cache: t.TempDir()})
	if err != nil {
		t.Skip(err)
	}
	once := func() {
		c, err := b.Cell(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}()
		cell := cell{c, "/tmp"}
		if _, err := c.Listen(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := c.Run(ctx, cell.sh("setsid sleep 60 & sleep 60")); err != nil {
			t.Fatal(err)
		}
	}
	once()
	files, threads := count(t, "/proc/self/fd/*"), count(t, "/proc/self/task/*")
	for range 20 {
		once()
	}
	if n := count(t, "/proc/self/fd/*"); n > files+2 {
		t.Errorf("%d open files, %d before", n, files)
	}
	if n := count(t, "/proc/self/task/*"); n > threads+5 {
		t.Errorf("%d threads, %d before", n, threads)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), dir) {
		t.Errorf("mounts are left:\n%s", mounts)
	}
	if left, _ := filepath.Glob(dir + "/*"); len(left) > 0 {
		t.Errorf("folders are left: %v", left)
	}
	groups, _ := filepath.Glob("/sys/fs/cgroup/*/slipway-" + strconv.Itoa(os.Getpid()))
	more, _ := filepath.Glob("/sys/fs/cgroup/*/*/*/slipway-" + strconv.Itoa(os.Getpid()))
	if len(groups)+len(more) > 0 {
		t.Errorf("cgroups are left: %v %v", groups, more)
	}
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, task := range tasks {
		children, _ := os.ReadFile(task)
		for _, child := range strings.Fields(string(children)) {
			stat, _ := os.ReadFile("/proc/" + child + "/stat")
			if strings.Contains(string(stat), "(bwrap)") {
				t.Errorf("a process is left: %s", stat)
			}
		}
	}
}

func count(t *testing.T, pattern string) int {
	t.Helper()
	all, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
