package local

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"golang.org/x/tools/txtar"
)

// Every program says what it is and which version of it is built.
func TestPrograms(t *testing.T) {
	entries, err := programs.ReadDir("programs")
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	for _, e := range entries {
		data, err := programs.ReadFile("programs/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		tool, version, err := named(txtar.Parse(data))
		if want := strings.TrimSuffix(e.Name(), ".txtar"); err != nil || filepath.Base(tool) != want || !strings.HasPrefix(version, "v") {
			t.Errorf("%s builds %s %s: %v", e.Name(), tool, version, err)
		}
	}
	if _, _, err := named(txtar.Parse([]byte("-- go.mod --\nmodule m\n"))); err == nil {
		t.Error("a module without a tool is a program")
	}
	if _, err := (Builder{}).Build(t.Context(), "nonesuch"); err == nil {
		t.Error("a program that is not known is built")
	}
}

// A script that ends is started again, until it is stopped; how it ended is told.
func TestServiceIsKeptRunning(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("needs sh")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	v := &service{cancel: cancel, done: make(chan struct{})}
	go v.run(ctx, sandbox.Command{Args: []string{sh, "-c", "echo run >>runs; echo 'no such flag'; exit 3"}, Dir: dir, Env: os.Environ(), Merge: true})
	for v.last() == "" || !strings.Contains(v.last(), "started 2 times") {
		time.Sleep(glance)
	}
	v.end()
	if told := v.last(); !strings.Contains(told, "ended with code 3 and printed:\nno such flag") {
		t.Errorf("told %q", told)
	}
	before, err := os.ReadFile(filepath.Join(dir, "runs"))
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * breath)
	if after, _ := os.ReadFile(filepath.Join(dir, "runs")); string(after) != string(before) {
		t.Error("it runs after its end")
	}
}

func TestAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if !answers(address) {
		t.Error("a server does not answer")
	}
	l.Close()
	if answers(address) {
		t.Error("a server answers that has gone")
	}
	release, err := take(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 3*glance)
	defer cancel()
	if _, err := take(short, address); err == nil {
		t.Error("two checks use one address")
	}
	release()
	if _, err := take(t.Context(), address); err != nil {
		t.Error(err)
	}
}
