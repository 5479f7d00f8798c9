//go:build unix

package grade

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestMain grades, and ends at the n-th point, where the environment says so: TestKilled starts the test binary again.
func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv("SLIPWAY_TEST_KILL_AT")); err == nil {
		if err := gradeUntil(os.Getenv("SLIPWAY_TEST_DIR"), n); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// gradeUntil grades two learners and accepts the gradebook. At the n-th point it kills its own process.
func gradeUntil(dir string, n int) error {
	f, err := open(dir, func(point string) {
		if n--; n == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // nothing after it can run
			select {}
		}
	})
	if err != nil {
		return err
	}
	defer f.Close()
	book, _, err := f.Run(context.Background(), fakeConfig(fakeClass(2), fakeJudge{func(item Item) error {
		log, err := os.OpenFile(filepath.Join(dir, "judged"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer log.Close()
		_, err = fmt.Fprintln(log, item.Key)
		return err
	}}))
	if err != nil {
		return err
	}
	return f.Accept(book)
}

// grader starts gradeUntil in a process of its own, and reports whether it came to its end.
func grader(t *testing.T, dir string, n int) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SLIPWAY_TEST_DIR="+dir, fmt.Sprint("SLIPWAY_TEST_KILL_AT=", n))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return true
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("killed at %d: %v\n%s", n, err, out)
	}
	return false
}

// judgedTimes returns how often each item was judged.
func judgedTimes(t *testing.T, dir string) map[string]int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "judged"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	times := map[string]int{}
	for key := range strings.FieldsSeq(string(data)) {
		times[key]++
	}
	return times
}

// A grader is killed at each point where it writes, and another goes on.
func TestKilled(t *testing.T) {
	want := gradeAll(t, t.TempDir(), fakeConfig(fakeClass(2), fakeJudge{}))
	for n := 1; ; n++ {
		dir := t.TempDir()
		ended := grader(t, dir, n)
		if !ended && !grader(t, dir, 1<<30) {
			t.Fatalf("killed at %d: the second grader does not come to its end", n)
		}
		checkGraded(t, fmt.Sprint("killed at ", n), dir, want, 1)
		if ended {
			if n < 45 {
				t.Errorf("there are %d points only", n)
			}
			t.Logf("killed at each of %d points", n-1)
			return
		}
	}
}

// One run is killed again and again, a little later each time.
func TestKilledManyTimes(t *testing.T) {
	want := gradeAll(t, t.TempDir(), fakeConfig(fakeClass(2), fakeJudge{}))
	dir := t.TempDir()
	kills := 0
	for n := 1; !grader(t, dir, n); n++ {
		kills++
	}
	if kills < 8 {
		t.Errorf("killed %d times only", kills)
	}
	checkGraded(t, fmt.Sprintf("killed %d times", kills), dir, want, kills)
}

// checkGraded holds that nothing is lost, duplicated or changed, and that no more was judged again than a crash explains.
func checkGraded(t *testing.T, what, dir string, want []byte, crashes int) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, gradebookName))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s: the gradebook is another one (%v):\n%s", what, err, got)
	}
	v, err := Verify(dir)
	if err != nil || v.Evidence != 4 || v.Torn {
		t.Fatalf("%s: Verify = %+v, %v", what, v, err)
	}
	again := 0
	for key, n := range judgedTimes(t, dir) {
		again += n - 1
		if crashes == 1 && n > 2 {
			t.Errorf("%s: %s was judged %d times", what, key, n)
		}
	}
	if again > 2*crashes { // the one that is being kept, and the one that the worker has
		t.Errorf("%s: %d items were judged again, want two for each crash at the most", what, again)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*", "*"+newSuffix))
	more, err2 := filepath.Glob(filepath.Join(dir, "*"+newSuffix))
	if len(left)+len(more) > 0 || err != nil || err2 != nil {
		t.Errorf("%s: left behind: %q %q", what, left, more)
	}
	done := map[string]bool{}
	c, err := readChain(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.entries {
		if e.Kind == ItemDone && done[e.Key] {
			t.Errorf("%s: %s is done twice", what, e.Key)
		}
		done[e.Key] = done[e.Key] || e.Kind == ItemDone
	}
}
