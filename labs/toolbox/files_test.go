package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestWrite(t *testing.T) {
	tests := []struct {
		name, line, stdin string
		want              string // a regular expression
	}{
		{"text", "FILE one two", "", `^one two\n$`},
		{"input", "FILE", "a\nb\n", `^a\nb\n$`},
		{"appended", "FILE more --append", "", `^old\nmore\n$`},
		{"with the time", "FILE x --timestamp", "", `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ x\n$`},
		{"again and again", "FILE x --every 1ms --count 3", "", `^x\nx\nx\n$`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(file, []byte("old\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			argv := []string{"write"}
			for _, arg := range strings.Fields(tt.line) {
				argv = append(argv, strings.Replace(arg, "FILE", file, 1))
			}
			if code, _, errs := (setting{stdin: tt.stdin}).invoke(t.Context(), argv...); code != 0 {
				t.Fatalf("exit code %d, prints %s", code, errs)
			}
			if got, err := os.ReadFile(file); err != nil || !regexp.MustCompile(tt.want).Match(got) {
				t.Errorf("file holds %q, %v", got, err)
			}
		})
	}
	if code, _, errs := (setting{}).invoke(t.Context(), "write", filepath.Join(t.TempDir(), "no", "f"), "x"); code != 1 || errs == "" {
		t.Errorf("in a folder that is not there: exit code %d, prints %q", code, errs)
	}
}

func TestCat(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, out, _ := (setting{}).invoke(t.Context(), "cat", file, file); out != "a\na\n" {
		t.Errorf("two files: %q", out)
	}
	if _, out, _ := (setting{stdin: "in\n"}).invoke(t.Context(), "cat"); out != "in\n" {
		t.Errorf("standard input: %q", out)
	}
	if code, _, errs := (setting{}).invoke(t.Context(), "cat", file+"x"); code != 1 || !strings.HasPrefix(errs, "cat: ") {
		t.Errorf("no file: exit code %d, %q", code, errs)
	}
}

func TestCatFollows(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, term := terminated(t)
	var out buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"cat", "--follow", file}, &call{stdout: &out, stderr: &out})
	}()
	setting{}.invoke(t.Context(), "write", file, "b", "--append")
	for deadline := time.Now().Add(5 * time.Second); out.String() != "a\nb\n"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("prints %q", out.String())
		}
	}
	term()
	if code := <-ended; code != 128+15 {
		t.Errorf("exit code %d", code)
	}
}

func TestLs(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("abc"), 0o640); err != nil {
		t.Fatal(err)
	}
	want := `^-rw-r----- +\d+ +\d+ +3 f\n$`
	if runtime.GOOS == "windows" {
		want = `^-rw-rw-rw- +- +- +3 f\n$`
	}
	if _, out, errs := (setting{}).invoke(t.Context(), "ls", dir); !regexp.MustCompile(want).MatchString(out) {
		t.Errorf("prints %q %s", out, errs)
	}
	if _, out, _ := (setting{}).invoke(t.Context(), "ls", filepath.Join(dir, "f")); !strings.HasSuffix(out, "f\n") {
		t.Errorf("a file: %q", out)
	}
	if code, _, _ := (setting{}).invoke(t.Context(), "ls", filepath.Join(dir, "none")); code != 1 {
		t.Errorf("no file: exit code %d", code)
	}
}

// What the kernel tells is read from files, so that it can be tested on any system.
func TestKernelFiles(t *testing.T) {
	files := fstest.MapFS{
		"proc/net/route": {Data: []byte("Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n" +
			"eth0\t00000000\t0102F40A\t0003\t0\t0\t0\t00000000\t0\t0\t0\neth0\t0002F40A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n")},
		"proc/self/mountinfo": {Data: []byte("22 1 8:1 / / rw,relatime shared:1 - overlay overlay rw\n" +
			"23 22 0:5 / /my\\040data ro,nosuid - tmpfs tmpfs rw,size=64k\nnonsense\n")},
		"proc/self/status": {Data: []byte("CapEff:\t0000000000000401\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n")},
		"proc/1/status":    {Data: []byte("Name:\tpause\nPPid:\t0\nUid:\t65535\t65535\t65535\t65535\n")},
		"proc/1/cmdline":   {Data: []byte("/pause\x00")},
		"proc/20/status":   {Data: []byte("Name:\tkthread\nPPid:\t2\nUid:\t0\t0\t0\t0\n")},
		"proc/3/status":    {Data: []byte("Name:\tserve\nPPid:\t1\nUid:\t0\t0\t0\t0\n")},
		"proc/3/cmdline":   {Data: []byte("serve\x00--port\x008080\x00")},
	}
	tests := []struct {
		line string
		want string // what the output ends with
	}{
		{"ip", "route default via 10.244.2.1 dev eth0\nroute 10.244.2.0/24 dev eth0\n"},
		{"mounts", "/ overlay rw,relatime overlay\n/my data tmpfs ro,nosuid tmpfs\n"},
		{"mounts /", "/ overlay rw,relatime overlay\n"},
		{"id", "capabilities chown net_bind_service\nbounding none\nno-new-privileges yes\nseccomp filter\n"},
		{"ps", "      1       0  65535 /pause\n      3       1      0 serve --port 8080\n     20       2      0 [kthread]\n"},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			if tt.line == "id" && runtime.GOOS == "windows" {
				t.Skip("Windows has no groups with numbers")
			}
			code, out, errs := setting{files: files}.invoke(t.Context(), strings.Fields(tt.line)...)
			if code != 0 || !strings.HasSuffix(out, tt.want) {
				t.Errorf("exit code %d, prints %s%s", code, out, errs)
			}
		})
	}
	for _, line := range []string{"ip", "mounts", "id", "ps", "netns"} {
		if code, _, errs := (setting{}).invoke(t.Context(), line); code != 1 || errs == "" {
			t.Errorf("%s where the kernel tells nothing: exit code %d, %q", line, code, errs)
		}
	}
}

func TestNetns(t *testing.T) {
	files := fstest.MapFS{"proc/self/ns/net": {Mode: os.ModeSymlink, Data: []byte("net:[4026532]")}}
	if code, out, errs := (setting{files: files}).invoke(t.Context(), "netns"); code != 0 || out != "net:[4026532]\n" {
		t.Errorf("exit code %d, prints %q %s", code, out, errs)
	}
}
