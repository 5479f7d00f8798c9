package isolation_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
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
	for _, backend := range []string{"bubblewrap", "landlock"} {
		t.Run(backend, func(t *testing.T) { nothingIsLeft(t, backend) })
	}
}

func nothingIsLeft(t *testing.T, backend string) {
	dir := publicDir(t)
	b, err := isolation.Open(t.Context(), isolation.Options{Limits: testLimits, Backend: backend, Dir: dir, Cache: t.TempDir()})
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
		cell := cell{c, ""}
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
	before := map[string]bool{} // what commands of other tests have left
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, task := range tasks {
		children, _ := os.ReadFile(task)
		for _, child := range strings.Fields(string(children)) {
			before[child] = true
		}
	}
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
	if left := cgroupsOf(os.Getpid()); len(left) > 0 {
		t.Errorf("cgroups are left: %v", left)
	}
	tasks, _ = filepath.Glob("/proc/self/task/*/children")
	for _, task := range tasks {
		children, _ := os.ReadFile(task)
		for _, child := range strings.Fields(string(children)) {
			stat, _ := os.ReadFile("/proc/" + child + "/stat")
			if strings.Contains(string(stat), "(bwrap)") || strings.Contains(string(stat), "(sleep)") && !before[child] {
				t.Errorf("a process is left: %s", stat)
			}
		}
	}
}

// publicDir is a temporary folder that every user may enter.
func publicDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// cgroupsOf are the cgroups of the judge that has or had a number.
func cgroupsOf(pid int) []string {
	var all []string
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), fmt.Sprintf("slipway-%d-", pid)) {
			all = append(all, path)
		}
		return nil
	})
	return all
}

// judgeVariable makes the test binary a judge that runs commands until it is ended: its value is how long they sleep,
// by which they are known.
const judgeVariable = "SLIPWAY_TEST_JUDGE"

// backendVariable names the backend of such a judge.
const backendVariable = "SLIPWAY_TEST_BACKEND"

func judge() int {
	b, err := isolation.Open(context.Background(), isolation.Options{Backend: os.Getenv(backendVariable)})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for range 2 {
		c, err := b.Cell(context.Background())
		if err != nil {
			fmt.Println(err)
			return 1
		}
		go func() {
			sleep := "sleep " + os.Getenv(judgeVariable)
			_, err := c.Run(context.Background(), cell{c, ""}.sh("setsid "+sleep+" & echo; "+sleep))
			fmt.Println(err)
		}()
	}
	time.Sleep(5 * time.Minute)
	return 0
}

// TestKilledJudge ends a judge in the middle, in the way that nobody can prepare for.
func TestKilledJudge(t *testing.T) {
	for _, backend := range []string{"bubblewrap", "landlock"} {
		t.Run(backend, func(t *testing.T) { killJudge(t, backend) })
	}
}

func killJudge(t *testing.T, backend string) {
	if b := open(t, isolation.Options{Limits: testLimits, Backend: backend}); !promised(b, "processes") {
		t.Skipf("processes are not promised to end: %s", b.Achieved())
	}
	mark := strconv.Itoa(1_000_000 + os.Getpid())
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), judgeVariable+"="+mark, backendVariable+"="+backend, "TMPDIR="+publicDir(t))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	await(t, "four commands", func() bool { return sleepers(mark) == 4 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	await(t, "no command", func() bool { return sleepers(mark) == 0 })
	_ = cmd.Wait()
	await(t, "a judge that tidies up", func() bool {
		open(t, isolation.Options{Limits: testLimits, Backend: backend})
		return len(cgroupsOf(cmd.Process.Pid)) == 0
	})
}

// sleepers counts the processes that sleep for so long.
func sleepers(mark string) int {
	n := 0
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, l := range lines {
		if text, _ := os.ReadFile(l); string(text) == "sleep\x00"+mark+"\x00" {
			n++
		}
	}
	return n
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("there is not: %s", what)
}

func count(t *testing.T, pattern string) int {
	t.Helper()
	all, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
