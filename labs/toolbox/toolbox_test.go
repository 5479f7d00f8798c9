package main

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "write README.md anew")

// A setting is what surrounds a command in a test.
type setting struct {
	stdin string
	env   map[string]string
	files fs.FS
}

// invoke runs a command line and returns its exit code and both outputs.
func (s setting) invoke(ctx context.Context, argv ...string) (code int, stdout, stderr string) {
	var out, errs buffer
	files := s.files
	if files == nil {
		files = fstest.MapFS{}
	}
	code = run(ctx, append([]string{"toolbox"}, argv...), &call{
		stdin: strings.NewReader(s.stdin), stdout: &out, stderr: &errs,
		getenv: func(name string) string { return s.env[name] }, files: files,
	})
	return code, out.String(), errs.String()
}

// buffer is an output that is read while a command still writes to it.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// terminated is a context that ends as by SIGTERM when the returned function is called.
func terminated(t *testing.T) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(t.Context())
	return ctx, func() { cancel(signalled{syscall.SIGTERM}) }
}

// TestCommands tells what each command that needs no server prints, and how it ends.
func TestCommands(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TOOLBOX_TEST", "set")
	tests := []struct {
		line   string
		code   int
		stdout string
		stderr string // a part of it
	}{
		{"echo --a b", 0, "--a b\n", ""},
		{"true --any thing", 0, "", ""},
		{"false", 1, "", ""},
		{"exit", 0, "", ""},
		{"exit 7", 7, "", ""},
		{"exit 7 --message gone", 7, "", "gone\n"},
		{"exit --after 1ms 3", 3, "", ""},
		{"exit 256", 2, "", `"256" is not an exit code`},
		{"exit -- -1", 2, "", `"-1" is not an exit code`},
		{"sleep 0", 0, "", ""},
		{"sleep 2ms", 0, "", ""},
		{"sleep soon", 2, "", `"soon" is not a time`},
		{"hostname", 0, host + "\n", ""},
		{"env TOOLBOX_TEST", 0, "set\n", ""},
		{"env TOOLBOX_TEST TOOLBOX_NONE", 1, "set\n", "TOOLBOX_NONE is not set"},
		{"alloc 1Ki --hold 1ms", 0, "holds 1024 of 1024 bytes\n", ""},
		{"alloc 3k --step 2k --every 1ms --hold 1ms", 0, "holds 2000 of 3000 bytes\nholds 3000 of 3000 bytes\n", ""},
		{"alloc much", 2, "", `"much" is not a size such as 64Mi`},
		{"burn --duration 1ms --cpus 2", 0, "keeps 2 processors busy\n", ""},
		{"nonsense", 2, "", `unknown command "nonsense": type toolbox --help`},
		{"", 2, "", "no command given"},
		{"alloc", 2, "", "SIZE is missing: type toolbox help alloc"},
		{"burn 2", 2, "", `takes no argument such as "2"`},
		{"burn --hot", 2, "", "flag provided but not defined: -hot: type toolbox help burn"},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			code, stdout, stderr := setting{}.invoke(t.Context(), strings.Fields(tt.line)...)
			if code != tt.code || stdout != tt.stdout || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("exit code %d, prints %q and %q", code, stdout, stderr)
			}
		})
	}
}

func TestCalledByItsLink(t *testing.T) {
	var out buffer
	code := run(t.Context(), []string{"/bin/echo", "hello"}, &call{stdout: &out})
	if code != 0 || out.String() != "hello\n" {
		t.Errorf("exit code %d, prints %q", code, out.String())
	}
}

func TestFlagsAnywhere(t *testing.T) {
	for _, line := range []string{"exit 7 --message m --after 1ms", "exit --message m 7", "exit --message=m -- 7"} {
		if code, _, stderr := (setting{}).invoke(t.Context(), strings.Fields(line)...); code != 7 || stderr != "m\n" {
			t.Errorf("%s: exit code %d, prints %q", line, code, stderr)
		}
	}
}

// A command that would go on for ever ends at once when it is told to, with the code of the signal.
func TestTerminated(t *testing.T) {
	for _, line := range []string{"sleep", "sleep infinity", "alloc 1Ki", "burn", "exit 0 --after 1h", "cat --follow README.md", "wait-for file:///never --timeout 0"} {
		t.Run(line, func(t *testing.T) {
			ctx, end := terminated(t)
			end()
			if code, _, stderr := (setting{}).invoke(ctx, strings.Fields(line)...); code != 128+15 {
				t.Errorf("exit code %d, prints %q", code, stderr)
			}
		})
	}
}

// TestManual holds README.md to the table of commands.
func TestManual(t *testing.T) {
	code, want, _ := setting{}.invoke(t.Context(), "--manual")
	if code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("README.md"); err != nil || string(got) != want {
		t.Errorf("README.md is not the manual of the commands: type go test ./labs/toolbox -update (%v)", err)
	}
}

func TestHelp(t *testing.T) {
	_, names, _ := setting{}.invoke(t.Context(), "--list")
	_, overview, _ := setting{}.invoke(t.Context(), "--help")
	seen := map[string]bool{}
	for name := range strings.Lines(names) {
		name = strings.TrimSpace(name)
		if seen[name] {
			t.Errorf("two commands are called %s", name)
		}
		seen[name] = true
		if !strings.Contains(overview, "  "+name+" ") {
			t.Errorf("the overview does not tell of %s", name)
		}
		cmd, _ := named(name)
		if code, text, _ := (setting{}).invoke(t.Context(), "help", name); code != 0 || !strings.Contains(text, cmd.usage()) {
			t.Errorf("help %s: exit code %d, %q", name, code, text)
		}
	}
	if code, text, _ := (setting{}).invoke(t.Context(), "client", "--help"); code != 0 || !strings.Contains(text, "--server-name NAME") {
		t.Errorf("client --help: exit code %d, %q", code, text)
	}
}

func TestSizes(t *testing.T) {
	tests := []struct {
		text string
		want int64
	}{{"0", 0}, {"5", 5}, {"64Ki", 65536}, {"64Mi", 64 << 20}, {"1Gi", 1 << 30}, {"2k", 2000}, {"2M", 2e6}, {"", -1}, {"-1", -1}, {"1Ti", -1}, {"1.5M", -1}}
	for _, tt := range tests {
		got, err := parseSize(tt.text)
		if err != nil {
			got = -1
		}
		if got != tt.want {
			t.Errorf("parseSize(%q) = %d, %v", tt.text, got, err)
		}
	}
}
