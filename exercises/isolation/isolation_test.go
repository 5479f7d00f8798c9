//go:build linux

package isolation_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

func TestMain(m *testing.M) {
	if err := isolation.Enter(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if text := os.Getenv("SLIPWAY_TEST_CPU"); text != "" {
		cpu, err := time.ParseDuration(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		testLimits.CPU = cpu
	}
	if os.Getenv(judgeVariable) != "" {
		os.Exit(judge())
	}
	os.Exit(m.Run())
}

// testLimits are small, so that programs meet them soon. The processor time is several times what a program needs that is
// to meet another limit; SLIPWAY_TEST_CPU=12s is for a machine that is emulated.
var testLimits = isolation.Limits{
	CPU: 3 * time.Second, Wall: 30 * time.Second, Memory: 192 << 20, Disk: 32 << 20, Output: 1 << 20, Processes: 64,
}

// open opens a backend, and skips the test where this machine does not have it.
func open(t testing.TB, o isolation.Options) *isolation.Backend {
	t.Helper()
	b, err := isolation.Open(t.Context(), o)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// A cell is a cell with a folder that is shown for writing.
type cell struct {
	*isolation.Cell
	ws string
}

func newCell(t testing.TB, b *isolation.Backend) cell {
	t.Helper()
	c, err := b.Cell(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	ws := filepath.Join(c.Dir(), "ws")
	if err := os.Mkdir(ws, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := c.Show(ws, isolation.Write); err != nil {
		t.Fatal(err)
	}
	return cell{c, ws}
}

func (c cell) command(args ...string) sandbox.Command {
	return sandbox.Command{Args: args, Dir: c.ws, Env: []string{"PATH=/usr/bin:/bin", "GOMAXPROCS=2", "GOTRACEBACK=none"}}
}

func (c cell) sh(script string) sandbox.Command { return c.command("/bin/sh", "-c", script) }

func (c cell) run(t testing.TB, command sandbox.Command) sandbox.Result {
	t.Helper()
	res, err := c.Run(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// each runs a test for each backend of this machine.
func each(t *testing.T, test func(t *testing.T, b *isolation.Backend)) {
	for _, name := range []string{"bubblewrap", "landlock", "process"} {
		t.Run(name, func(t *testing.T) { test(t, open(t, isolation.Options{Limits: testLimits, Backend: name})) })
	}
}

func TestRun(t *testing.T) {
	each(t, func(t *testing.T, b *isolation.Backend) {
		c := newCell(t, b)
		command := c.sh("cat; echo err >&2; pwd; echo $A; exit 3")
		command.Stdin = strings.NewReader("in\n")
		command.Env = append(command.Env, "A=1", "A=a b=c")
		res := c.run(t, command)
		if string(res.Stdout) != "in\n"+c.ws+"\na b=c\n" || string(res.Stderr) != "err\n" || res.ExitCode != 3 || res.Limit != "" {
			t.Errorf("stdout %q, stderr %q, %+v", res.Stdout, res.Stderr, res)
		}
		merged := c.sh("echo 1; echo 2 >/dev/stderr; echo 3 >/proc/self/fd/1")
		merged.Merge = true
		if res := c.run(t, merged); string(res.Stdout) != "1\n2\n3\n" || len(res.Stderr) > 0 {
			t.Errorf("merged: stdout %q, stderr %q", res.Stdout, res.Stderr)
		}
		short := c.sh("echo 123456")
		short.MaxOutput = 3
		if res := c.run(t, short); string(res.Stdout) != "123" || !res.Truncated || res.Limit != "" || res.ExitCode != 0 {
			t.Errorf("3 bytes: %+v", res)
		}
	})
}

func TestTheJudgeReadsWhatCommandsWrite(t *testing.T) {
	each(t, func(t *testing.T, b *isolation.Backend) {
		c := newCell(t, b)
		c.run(t, c.sh("umask 077; mkdir d; echo made >d/f; chmod 0 d/f"))
		if text, err := os.ReadFile(filepath.Join(c.ws, "d/f")); err != nil || string(text) != "made\n" {
			t.Errorf("read %q, %v", text, err)
		}
		written := filepath.Join(c.ws, "d/judge")
		if err := os.WriteFile(written, []byte("judge\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := c.Own(filepath.Join(c.ws, "d")); err != nil {
			t.Fatal(err)
		}
		if res := c.run(t, c.sh("cat d/judge && echo more >>d/judge")); string(res.Stdout) != "judge\n" || res.ExitCode != 0 {
			t.Errorf("the command has %+v, %s", res, res.Stderr)
		}
	})
}

func TestListen(t *testing.T) {
	each(t, func(t *testing.T, b *isolation.Backend) {
		c := newCell(t, b)
		l, err := c.Listen()
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Write([]byte("from the judge\n"))
				_ = conn.Close()
			}
		}()
		res := c.run(t, c.command(hostile(t, c), "dial", l.Addr().String()))
		if res.ExitCode != 0 {
			t.Errorf("the command does not reach the judge: %s", res.Stderr)
		}
		again, err := c.ListenAt(l.Addr().String())
		if err == nil {
			_ = again.Close()
			t.Error("two listeners have one address")
		}
	})
}

func TestTimeout(t *testing.T) {
	each(t, func(t *testing.T, b *isolation.Backend) {
		c := newCell(t, b)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		res, err := c.Run(ctx, c.sh("echo begun; sleep 60"))
		if err != nil || !res.TimedOut || res.Limit != "time" || res.ExitCode != -1 || string(res.Stdout) != "begun\n" {
			t.Errorf("%+v, %v", res, err)
		}
		if res.Elapsed > 2*time.Second {
			t.Errorf("reported %s after the timeout", res.Elapsed-time.Second)
		}
	})
}

func TestCancelAndClose(t *testing.T) {
	each(t, func(t *testing.T, b *isolation.Backend) {
		c := newCell(t, b)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		if _, err := c.Run(ctx, c.sh("sleep 60")); err == nil || !strings.Contains(err.Error(), "context canceled") {
			t.Errorf("cancelled: %v", err)
		}
		if _, err := c.Run(ctx, c.sh("true")); err == nil {
			t.Error("a context that is done begins a command")
		}
		ended := make(chan error)
		go func() {
			_, err := c.Run(context.Background(), c.sh("sleep 60"))
			ended <- err
		}()
		time.Sleep(100 * time.Millisecond)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "the cell is closed") {
			t.Errorf("closed meanwhile: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
		if _, err := c.Run(t.Context(), c.sh("true")); err == nil {
			t.Error("a closed cell runs commands")
		}
		if err := c.Show(c.ws, isolation.Read); err == nil {
			t.Error("a closed cell shows files")
		}
	})
}

// What a learner's program does is never a fault of ours. That a program is not there is told by a *fs.PathError, as
// sandbox.Run does.
func TestWhatIsMissingIsAResult(t *testing.T) {
	b := open(t, isolation.Options{Limits: testLimits, Backend: "bubblewrap"})
	c := newCell(t, b)
	_, err := c.Run(t.Context(), c.command("./missing"))
	_, plain := sandbox.Run(t.Context(), sandbox.Command{Args: []string{"./missing"}, Dir: c.ws})
	if !errors.Is(err, fs.ErrNotExist) || plain == nil || err.Error() != plain.Error() {
		t.Errorf("a program that is not there: %v, want %v", err, plain)
	}
	command := c.sh("echo ran")
	command.Dir = filepath.Join(c.ws, "gone")
	for _, command.Merge = range []bool{false, true} {
		if res := c.run(t, command); res.ExitCode != 127 || strings.Contains(string(res.Stdout), "ran") {
			t.Errorf("a folder that is not there: %+v %s", res, res.Stderr)
		}
	}
	if res := c.run(t, c.sh("kill -9 $$")); res.ExitCode != 128+9 || res.Limit != "" {
		t.Errorf("a program that ends itself by a signal: %+v", res)
	}
	top := "/tmp/" + strings.SplitN(c.ws, "/", 4)[2]
	for _, path := range []string{c.ws, c.Dir(), top} {
		if res := c.run(t, c.sh("rm -rf "+path+"/*; mv "+path+" /tmp/elsewhere || rmdir "+path)); res.ExitCode == 0 {
			t.Errorf("a command moves %s", path)
		}
	}
	if res := c.run(t, c.sh("echo ran")); string(res.Stdout) != "ran\n" {
		t.Errorf("afterwards: %+v %s", res, res.Stderr)
	}
}

func TestShow(t *testing.T) {
	b := open(t, isolation.Options{Limits: testLimits, Backend: "bubblewrap"})
	c := newCell(t, b)
	late := filepath.Join(c.Dir(), "late/below")
	if err := os.MkdirAll(late, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(late, "file")
	if err := os.WriteFile(file, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if res := c.run(t, c.command("cat", file)); res.ExitCode == 0 {
		t.Error("a file is seen before it is shown")
	}
	if err := c.Show(file, isolation.Read); err != nil {
		t.Fatal(err)
	}
	if res := c.run(t, c.sh("cat "+file+" && ! rm "+file+" && ! echo x >"+file)); string(res.Stdout) != "text" || res.ExitCode != 0 {
		t.Errorf("a file that is shown: %+v %s", res, res.Stderr)
	}
	if err := os.Symlink("/etc", filepath.Join(c.ws, "link")); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]isolation.Mode{
		t.TempDir():                        isolation.Write, // its size has no bound
		filepath.Join(c.ws, "link"):        isolation.Write,
		filepath.Join(c.ws, "link", "apt"): isolation.Read,
		filepath.Join(c.Dir(), "missing"):  isolation.Read,
		"relative":                         isolation.Read,
		"/missing":                         isolation.Read,
	} {
		if err := c.Show(path, mode); err == nil && path != filepath.Join(c.ws, "link") {
			t.Errorf("%s is shown", path)
		}
	}
	if err := c.Own(late); err == nil {
		t.Error("a folder that is not shown for writing belongs to commands")
	}
}

// A link that a command has made leads the judge nowhere.
func TestOwnFollowsNoLinks(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the judge has one user")
	}
	b := open(t, isolation.Options{Limits: testLimits, Backend: "bubblewrap"})
	c := newCell(t, b)
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.run(t, c.sh("ln -s "+outside+" file; ln -s "+filepath.Dir(outside)+" folder; mkfifo fifo"))
	before := owner(t, outside)
	if err := c.Own(c.ws); err != nil {
		t.Fatal(err)
	}
	if err := c.Own(filepath.Join(c.ws, "folder", "outside")); err == nil {
		t.Error("a path through a link is owned")
	}
	if after := owner(t, outside); after != before {
		t.Errorf("the owner of a file outside was %d and is %d", before, after)
	}
}

func TestTwoCellsAtOnce(t *testing.T) {
	b := open(t, isolation.Options{Limits: testLimits, Backend: "bubblewrap"})
	one, two := newCell(t, b), newCell(t, b)
	l, err := one.ListenAt("127.0.0.1:4567")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	other, err := two.ListenAt("127.0.0.1:4567")
	if err != nil {
		t.Fatalf("two cells have one network: %v", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if res := two.run(t, two.command(hostile(t, two), "dial", "127.0.0.1:4567")); res.ExitCode == 0 {
		t.Error("a cell reaches the judge in another")
	}
	results := make(chan sandbox.Result, 8)
	for i := range 8 {
		c := []cell{one, two}[i%2]
		go func() {
			res, err := c.Run(t.Context(), c.sh("sleep 0.2; echo $$"))
			if err != nil {
				t.Error(err)
			}
			results <- res
		}()
	}
	for range 8 {
		if res := <-results; res.ExitCode != 0 {
			t.Errorf("%+v %s", res, res.Stderr)
		}
	}
	if !slices.ContainsFunc(b.Achieved().Rows(), func(r isolation.Row) bool { return r.Strength == isolation.Strong }) {
		t.Errorf("achieved is %s", b.Achieved())
	}
}

func TestOpen(t *testing.T) {
	if _, err := isolation.Open(t.Context(), isolation.Options{Backend: "chroot"}); err == nil || !strings.Contains(err.Error(), `"chroot"`) {
		t.Errorf("an unknown backend: %v", err)
	}
	weak := open(t, isolation.Options{Limits: testLimits, Backend: "process"})
	if err := weak.Achieved().Credit(); err == nil {
		t.Error("a process is good enough for credit")
	}
	best := open(t, isolation.Options{Limits: testLimits})
	t.Log(best.Achieved(), best.Achieved().Notes)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := isolation.Open(ctx, isolation.Options{}); err == nil {
		t.Error("a context that is done opens a backend")
	}
}
