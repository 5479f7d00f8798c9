package exercises_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/world"
	"github.com/slipway-workshop/slipway/exercises/world/proxytest"
)

// TestProxiesOfLearners runs the proxies that solve x31 in front of the course's own, and asks of them what is
// asked of it.
func TestProxiesOfLearners(t *testing.T) {
	cat, err := exercises.Load(exercises.FS)
	if err != nil {
		t.Fatal(err)
	}
	x := cat.Get("x31")
	for _, s := range x.Solutions {
		t.Run(s.Name, func(t *testing.T) {
			w := upstream(t)
			address := serve(t, w, x.Apply(s))
			proxytest.Run(t, func(path string) (int, string) { return get(t, "http://"+address+"/"+path) })
		})
	}
}

func upstream(t *testing.T) *world.World {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, data := range proxytest.Modules {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	lib, err := world.LoadLibrary(fsys)
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.Start(lib, world.Config{}, "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// serve builds and runs a learner's proxy, and returns where it answers.
func serve(t *testing.T, w *world.World, files []task.File) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", "berth", ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	var out bytes.Buffer
	run := exec.Command(filepath.Join(dir, "berth"), "-upstream", w.URL(), "-listen", address, "-dir", filepath.Join(dir, "store"))
	run.Dir, run.Env, run.Stdout, run.Stderr = dir, w.Into(os.Environ()), &out, &out
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = run.Process.Kill()
		_ = run.Wait()
		if t.Failed() {
			t.Logf("the proxy printed:\n%s", out.String())
		}
	})
	for range 200 {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return address
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the proxy does not answer")
	return ""
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}
