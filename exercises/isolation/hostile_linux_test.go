package isolation_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// buildHostile builds testdata/hostile, once.
var buildHostile = sync.OnceValues(func() ([]byte, error) {
	if built := os.Getenv(asUser); built != "" {
		return os.ReadFile(built)
	}
	dir, err := os.MkdirTemp("", "hostile-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "hostile"), "./testdata/hostile")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, &exec.ExitError{Stderr: out}
	}
	return os.ReadFile(filepath.Join(dir, "hostile"))
})

// hostile puts the hostile program into a cell and returns its path there.
func hostile(t testing.TB, c cell) string {
	t.Helper()
	program, err := buildHostile()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.ws, "hostile")
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := c.Own(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func owner(t testing.TB, path string) uint32 {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Uid
}

const secret = "the-secret-of-the-judge"

// surroundings are what the judge and the machine have around a cell, and what commands are after.
type surroundings struct {
	hidden, other, shown, cache string // files
	tcp, udp, socket            string // addresses
}

func around(t *testing.T, b *isolation.Backend, c cell, cache string) surroundings {
	t.Helper()
	s := surroundings{cache: cache, hidden: filepath.Join(c.Dir(), "hidden"), shown: filepath.Join(c.Dir(), "shown")}
	neighbour := newCell(t, b)
	s.other = filepath.Join(neighbour.ws, "answer")
	for _, f := range []string{s.hidden, s.other, s.shown} {
		if err := os.WriteFile(f, []byte(secret), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Show(s.shown, isolation.Read); err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tcp.Close() })
	s.tcp = tcp.Addr().String()
	_, port, _ := net.SplitHostPort(s.tcp)
	s.tcp = "127.0.0.1:" + port
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = udp.Close() })
	s.udp = udp.LocalAddr().String()
	go func() {
		for b := make([]byte, 10); ; {
			n, from, err := udp.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = udp.WriteTo(b[:n], from)
		}
	}()
	s.socket = "hostile-" + port
	unix, err := net.Listen("unix", "@"+s.socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close() })
	return s
}

// outside is an address of this machine that is not its loopback, or one that nobody has.
func outside(port string) string {
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			return net.JoinHostPort(n.IP.String(), port)
		}
	}
	return net.JoinHostPort("192.0.2.1", port)
}

// TestHostile runs each hostile program in each backend that promises to stop it.
func TestHostile(t *testing.T) {
	t.Setenv("SLIPWAY_TEST_SECRET", secret)
	cache := t.TempDir()
	if err := os.Chmod(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(cache, "00"), 0o755); err != nil {
		t.Fatal(err)
	}
	entry := filepath.Join(cache, "00", "entry")
	if err := os.WriteFile(entry, []byte("built"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, backend := range []string{"bubblewrap", "landlock", "process"} {
		t.Run(backend, func(t *testing.T) {
			b := open(t, isolation.Options{Limits: testLimits, Backend: backend, Cache: cache})
			t.Log(b.Achieved(), b.Achieved().Notes)
			c := newCell(t, b)
			program := hostile(t, c)
			s := around(t, b, c, cache)
			_, port, _ := net.SplitHostPort(s.tcp)
			for _, test := range []struct {
				row   string
				args  string
				limit string // that the result names
			}{
				{"files", "read " + s.hidden, ""},
				{"files", "read " + s.other, ""},
				{"files", "read /etc/shadow", ""},
				{"files", "read /etc/hostname", ""},
				{"files", "search " + secret[:10] + " " + secret[10:], ""},
				{"files", "list /root", ""},
				{"files", "list /home", ""},
				{"files", "list /var", ""},
				{"files", "list /sys", ""},
				{"files", "write " + s.shown, ""},
				{"files", "write /usr/bin", ""},
				{"files", "write /etc/passwd", ""},
				{"files", "write /", ""},
				{"files", "write /dev", ""},
				{"files", "write /dev/shm", ""},
				{"files", "descriptors", ""},
				{"files", "handle", ""},
				{"files", "mount", ""},
				{"files", "namespace", ""},
				{"files", "kernel", ""},
				{"files", "ptrace", ""},
				{"files", "memory-of", ""},
				{"files", "keys", ""},
				{"files", "terminal", ""},
				{"files", "syscalls", ""},
				{"files", "foreign-abi", ""},
				{"network", "dial " + s.tcp, ""},
				{"network", "dial " + outside(port), ""},
				{"network", "dial 192.0.2.1:80", ""},
				{"network", "datagram " + s.udp, ""},
				{"network", "abstract " + s.socket, ""},
				{"network", "family", ""},
				{"files", "kill-all", ""},
				{"memory", "fork-bomb", "processes"},
				{"memory", "burn", "cpu"},
				{"memory", "burn-all", "cpu"},
				{"memory", "hog 400", "memory"},
				{"memory", "hog-many 800", "memory"},
				{"memory", "hog-memfd 400", "memory"},
				{"memory", "hog-shm 400", "memory"},
				{"disk", "fill . 64", "disk"},
				{"disk", "fill /tmp/filled 64", "disk"},
				{"disk", "fill " + cache + "/00 64", "disk"},
				{"disk", "fill-inodes /tmp/filled", "disk"},
				{"disk", "print", "output"},
			} {
				t.Run(test.args, func(t *testing.T) {
					if !promised(b, test.row) {
						t.Skipf("%s is not promised: %s", test.row, b.Achieved())
					}
					c.run(t, c.sh("mkdir -p /tmp/filled"))
					command := c.command(append([]string{program}, strings.Fields(test.args)...)...)
					res := c.run(t, command)
					t.Logf("exit code %d, limit %q, %s: %.300s", res.ExitCode, res.Limit, res.Elapsed, res.Stderr)
					if res.ExitCode == 0 {
						t.Errorf("it has succeeded: %.300s", res.Stdout)
					}
					// Without a cgroup a program meets some limits as failing calls, which nobody counts.
					uncounted := test.row == "memory" && !strong(b, test.row) && res.Limit == ""
					if res.Limit != test.limit && !uncounted {
						t.Errorf("limit %q, want %q", res.Limit, test.limit)
					}
					if most := testLimits.Wall + time.Second; res.Elapsed > most {
						t.Errorf("it took %s, more than %s", res.Elapsed, most)
					}
					c.run(t, c.sh("rm -rf fill* /tmp/filled "+cache+"/00/fill*"))
				})
			}
			if text, err := os.ReadFile(s.shown); err != nil || string(text) != secret {
				t.Errorf("what was shown for reading holds %q, %v", text, err)
			}
		})
	}
}

func promised(b *isolation.Backend, row string) bool {
	return slices.ContainsFunc(b.Achieved().Rows(), func(r isolation.Row) bool {
		return r.Name == row && (r.Strength == isolation.Strong || r.Strength == isolation.Sound)
	})
}

func strong(b *isolation.Backend, row string) bool {
	return slices.Contains(b.Achieved().Rows(), isolation.Row{Name: row, Strength: isolation.Strong})
}

// What a program adds to the build cache, or changes in it, no other cell sees, and the judge does not either.
func TestPoisonedCache(t *testing.T) {
	cache := t.TempDir()
	if err := os.Mkdir(filepath.Join(cache, "ab"), 0o755); err != nil {
		t.Fatal(err)
	}
	entry := filepath.Join(cache, "ab", "entry")
	if err := os.WriteFile(entry, []byte("good"), 0o644); err != nil {
		t.Fatal(err)
	}
	b := open(t, isolation.Options{Limits: testLimits, Backend: "bubblewrap", Cache: cache})
	one, two := newCell(t, b), newCell(t, b)
	res := one.run(t, one.sh("cd "+cache+"/ab; cat entry; echo new >added && cat added; mv entry old && echo bad >entry; rm -f entry; echo bad >entry; cat entry"))
	if !strings.HasPrefix(string(res.Stdout), "goodnew\n") && !noOverlay(b) {
		t.Errorf("a command does not use the cache: %q %s", res.Stdout, res.Stderr)
	}
	res = two.run(t, two.sh("cd "+cache+"/ab; cat entry; ls"))
	if string(res.Stdout) != "goodentry\n" && !noOverlay(b) {
		t.Errorf("another cell has %q", res.Stdout)
	}
	entries, err := os.ReadDir(filepath.Dir(entry))
	if text, readErr := os.ReadFile(entry); err != nil || readErr != nil || string(text) != "good" || len(entries) != 1 {
		t.Errorf("the judge has %q, %v", text, entries)
	}
}

func noOverlay(b *isolation.Backend) bool {
	return slices.ContainsFunc(b.Achieved().Notes, func(n string) bool { return strings.Contains(n, "empty build cache") })
}

// A process with a session of its own ends with its command, whether that ends by itself or by its deadline.
func TestSurvivors(t *testing.T) {
	each(t, func(t *testing.T, b *isolation.Backend) {
		if !promised(b, "processes") {
			t.Skipf("processes are not promised to end: %s", b.Achieved())
		}
		c := newCell(t, b)
		program := hostile(t, c)
		late := filepath.Join(c.ws, "late")
		if res := c.run(t, c.command(program, "survive", late)); res.ExitCode != 0 || res.Elapsed > 2*time.Second {
			t.Errorf("%+v %s", res, res.Stderr)
		}
		ctx, cancel := withTimeout(t, 500*time.Millisecond)
		defer cancel()
		res, err := c.Run(ctx, c.command(program, "survive", late, "stay"))
		if err != nil || res.Limit != "time" || res.Elapsed > 1500*time.Millisecond {
			t.Errorf("%+v %v", res, err)
		}
		time.Sleep(1500 * time.Millisecond)
		if _, err := os.Stat(late); err == nil {
			t.Error("a process outlives its command")
		}
	})
}

// A judge keeps little of what a program prints, however much that is.
func TestOutputTakesLittleMemory(t *testing.T) {
	limits := testLimits
	limits.Output, limits.CPU, limits.Wall = 0, 0, 0
	b := open(t, isolation.Options{Limits: limits, Backend: "bubblewrap"})
	c := newCell(t, b)
	program := hostile(t, c)
	resetPeak(t)
	before := peak(t)
	ctx, cancel := withTimeout(t, 2*time.Second)
	defer cancel()
	res, err := c.Run(ctx, c.command(program, "print"))
	if err != nil || len(res.Stdout) != sandbox.DefaultMaxOutput || !res.Truncated {
		t.Errorf("%d bytes, truncated %v, %v", len(res.Stdout), res.Truncated, err)
	}
	if more := peak(t) - before; more > 64<<20 {
		t.Errorf("the judge took %d MiB more", more>>20)
	}
	if len(bytes.Trim(res.Stdout, "\x00")) > 0 {
		t.Error("the output is not what was printed")
	}
}
