package world_test

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-workshop/slipway/exercises/world"
	"github.com/slipway-workshop/slipway/exercises/world/proxytest"
)

func library(t testing.TB, files map[string]string) *world.Library {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	lib, err := world.LoadLibrary(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

var greet = proxytest.Modules

func start(t testing.TB, lib *world.Library, c world.Config, workspace string) *world.World {
	t.Helper()
	w, err := world.Start(lib, c, workspace, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// client is a program's HTTP client in the world.
func client(t testing.TB, w *world.World) *http.Client {
	t.Helper()
	address, err := url.Parse(w.Address())
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(address)}}
}

func get(t testing.TB, w *world.World, path string) (int, string) {
	t.Helper()
	return fetch(t, w, w.URL()+"/"+path)
}

func TestProtocol(t *testing.T) {
	w := start(t, library(t, greet), world.Config{}, "")
	proxytest.Run(t, func(path string) (int, string) { return get(t, w, path) })
	log := w.Log.Requests()
	if len(log) != len(proxytest.Answers) || log[0].String() != "GET proxy.slipway.test/example.test/greet/@v/list 200" || log[0].Bytes == 0 {
		t.Errorf("log has %d entries, begins with %+v", len(log), log[0])
	}
	ask(t, w,
		want{url: w.URL() + "/sumdb/sum.slipway.test/supported", status: 200},
		want{url: w.URL() + "/sumdb/sum.slipway.test/latest", status: 200, body: "go.sum database tree\n5\n"},
		want{url: w.URL() + "/sumdb/sum.slipway.test/lookup/example.test/greet@v1.0.0", status: 200, body: "1\nexample.test/greet v1.0.0 h1:"},
		want{url: w.URL() + "/sumdb/sum.slipway.test/lookup/example.test/none@v1.0.0", status: 404},
		want{url: w.URL() + "/sumdb/sum.golang.org/supported", status: 404},
		want{url: w.URL() + "/example.test/greet/@v/3f2.info", status: 404}, // too short for a hash
	)
}

// goCmd runs the go command in dir inside the world, with caches of its own.
func goCmd(t *testing.T, w *world.World, dir string, args ...string) (string, error) {
	t.Helper()
	return goHome(w, t.TempDir(), dir, args...)
}

// goHome runs the go command with the caches below home.
func goHome(w *world.World, home, dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = w.Into([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GOPATH=" + filepath.Join(home, "go"), "GOCACHE=" + filepath.Join(home, "cache"),
		"GOENV=off", "GOTOOLCHAIN=local", "GOFLAGS=-modcacherw", "CGO_ENABLED=0",
	})
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func write(t testing.TB, dir string, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

const app = "module app.test\n\ngo 1.26\n"

func TestGoCommand(t *testing.T) {
	w := start(t, library(t, greet), world.Config{}, "")
	dir := t.TempDir()
	write(t, dir, "go.mod", app)
	if out, err := goCmd(t, w, dir, "get", "example.test/greet@latest", "example.test/Big", "example.test/untagged"); err != nil {
		t.Fatalf("go get: %v\n%s", err, out)
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil || !strings.Contains(string(sum), "example.test/greet v1.1.0 h1:") {
		t.Fatalf("go.sum = %s, %v", sum, err)
	}
	var viaDB bool
	for _, r := range w.Log.Requests() {
		viaDB = viaDB || strings.HasSuffix(r.String(), "/lookup/example.test/greet@v1.1.0 200")
	}
	if !viaDB {
		t.Error("the go command did not ask the checksum database")
	}
	// The same bytes, asked for again without go.sum, must give the same sums.
	if err := os.Remove(filepath.Join(dir, "go.sum")); err != nil {
		t.Fatal(err)
	}
	if out, err := goCmd(t, start(t, library(t, greet), world.Config{}, ""), dir, "mod", "download", "example.test/greet"); err != nil {
		t.Fatalf("go mod download: %v\n%s", err, out)
	}
	again, _ := os.ReadFile(filepath.Join(dir, "go.sum"))
	if !strings.Contains(string(sum), string(again)) || len(again) == 0 {
		t.Errorf("second go.sum %q is not part of the first %q", again, sum)
	}
}

func TestChecksumMismatch(t *testing.T) {
	w := start(t, library(t, greet), world.Config{}, "")
	dir := t.TempDir()
	zeros := "h1:" + strings.Repeat("A", 43) + "=\n"
	write(t, dir, "go.mod", app+"\nrequire example.test/greet v1.0.0\n", "go.sum", "example.test/greet v1.0.0 "+zeros)
	out, err := goCmd(t, w, dir, "mod", "download", "example.test/greet")
	if err == nil || !strings.Contains(out, "SECURITY ERROR") {
		t.Errorf("go mod download: %v\n%s", err, out)
	}
}

func TestReleases(t *testing.T) {
	dir := t.TempDir()
	w := start(t, library(t, greet), world.Config{Releases: []world.Release{{Module: "example.test/mine", From: "released"}}}, dir)
	if status, _ := get(t, w, "example.test/mine/@v/list"); status != 404 {
		t.Errorf("list before the first release: status %d", status)
	}
	write(t, dir, "released/v1.0.0/go.mod", "module example.test/mine\n", "released/v1.0.0/m.go", "package mine\n",
		"released/not-a-version/go.mod", "module x\n", "released/v1/go.mod", "module x\n", "released/v2.0.0/go.mod", "module x\n")
	if _, list := get(t, w, "example.test/mine/@v/list"); list != "v1.0.0\n" {
		t.Errorf("list = %q", list)
	}
	// What a zip leaves out must not count in the sums.
	write(t, dir, "released/v1.0.0/nested/go.mod", "module example.test/mine/nested\n", "released/v1.0.0/vendor/x.test/x.go", "package x\n")
	write(t, dir, "released/v1.9.0/m.go", "package mine\n", "released/README.md", "no release")
	want := "released/not-a-version, since a version is called v and three numbers, such as v1.0.0\n" +
		"released/v1, since a version is called v and three numbers, such as v1.0.0\n" +
		"released/v1.9.0 has no go.mod, which a release of a module holds\n" +
		"released/v2.0.0, since example.test/mine@v2.0.0: invalid version: should be v0 or v1, not v2"
	if got := strings.Join(w.Ignored(), "\n"); got != want {
		t.Errorf("ignored:\n%s\nwant\n%s", got, want)
	}
	appDir := filepath.Join(dir, "app")
	write(t, appDir, "go.mod", app)
	if out, err := goCmd(t, w, appDir, "get", "example.test/mine@v1.0.0"); err != nil {
		t.Fatalf("go get: %v\n%s", err, out)
	}
	// A release that is changed after somebody has seen it is what go.sum protects from.
	write(t, dir, "released/v1.0.0/m.go", "package mine // changed\n")
	if out, err := goCmd(t, w, appDir, "mod", "download"); err == nil || !strings.Contains(out, "SECURITY ERROR") {
		t.Errorf("changed release: %v\n%s", err, out)
	}
}

// Where the library and a release have the same version, all answers are about the library's.
func TestReleaseOfAPublishedVersion(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "released/v1.0.0/go.mod", "module example.test/greet\n// other\n", "released/v1.5.0/go.mod", "module example.test/greet\n")
	w := start(t, library(t, greet), world.Config{Releases: []world.Release{{Module: "example.test/greet", From: "released"}}}, dir)
	if _, list := get(t, w, "example.test/greet/@v/list"); list != "v1.0.0\nv1.1.0\nv1.2.0-rc.1\nv1.5.0\n" {
		t.Errorf("list = %q", list)
	}
	if _, mod := get(t, w, "example.test/greet/@v/v1.0.0.mod"); strings.Contains(mod, "other") {
		t.Errorf("mod = %q", mod)
	}
}

func TestReleasesStayInTheWorkspace(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege there")
	}
	dir, elsewhere := t.TempDir(), t.TempDir()
	write(t, elsewhere, "v1.0.0/go.mod", "module example.test/mine\n")
	if err := os.Symlink(elsewhere, filepath.Join(dir, "released")); err != nil {
		t.Fatal(err)
	}
	w := start(t, library(t, greet), world.Config{Releases: []world.Release{{Module: "example.test/mine", From: "released"}}}, dir)
	if status, body := get(t, w, "example.test/mine/@v/list"); status != 404 {
		t.Errorf("list = %d %q", status, body)
	}
}

func TestLoadLibraryErrors(t *testing.T) {
	fsys := fstest.MapFS{
		"noversion.txtar":                {},
		"example.test_a_v2.0.0.txtar":    {Data: []byte("-- go.mod --\nmodule example.test/a/v2\n")},
		"example.test_b_v1.0.0.txtar":    {Data: []byte("-- ../../etc/passwd --\n")},
		"example.test_c_vlatest.txtar":   {},
		"example.test_fine_v1.0.0.txtar": {Data: []byte("-- f.go --\npackage f\n")},
	}
	_, err := world.LoadLibrary(fsys)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"noversion.txtar: file name is not path_version",
		"example.test_a_v2.0.0.txtar: ", "example.test_b_v1.0.0.txtar:1:1: file name \"../../etc/passwd\" leads out", "example.test_c_vlatest.txtar: ",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "fine") {
		t.Errorf("a good module is reported: %v", err)
	}
}

func TestParseConfig(t *testing.T) {
	tests := []struct{ src, want string }{
		{"", ""},
		{"releases:\n- module: example.test/a\n  from: released/a\n", ""},
		{"releases:\n- module: example.test/a\n  from: ../a\n", "not a folder below the workspace"},
		{"releases:\n- module: '!!'\n  from: a\n", "malformed module path"},
		{"fault: 500\n", `world.yaml:1:1: unknown field "fault"`},
		{"hosts:\n  a.test: {tls: yes}\n", "host a.test serves nothing"},
		{"hosts:\n  a.test: {tls: maybe, proxy: {}}\n", `tls is "maybe"`},
		{"hosts:\n  a.test: {proxy: {}, pages: [{prefix: a.test/x, vcs: git, repo: b}]}\n", "only one of proxy, sumdb and pages"},
		{"hosts:\n  a.test: {proxy: {}, login: {tokens-of: b.test}}\n", "b.test hands out no tokens"},
		{"faults:\n- {host: a.test, path: x, status: 500}\n", `there is no host "a.test"`},
		{"faults:\n- {host: proxy.slipway.test, path: x}\n", "fault does nothing"},
		{"faults:\n- {host: proxy.slipway.test, path: (, status: 500}\n", "missing closing )"},
		{"faults:\n- {host: proxy.slipway.test, path: x, status: 999}\n", "999 is no HTTP status"},
		{"faults:\n- {host: proxy.slipway.test, path: x, bytes: odd}\n", `bytes is "odd"`},
		{"faults:\n- {host: proxy.slipway.test, path: x, delay: soon}\n", "invalid duration"},
	}
	for _, tt := range tests {
		_, err := world.ParseConfig("world.yaml", []byte(tt.src))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("ParseConfig(%q) = %v, want %q", tt.src, err, tt.want)
		}
	}
}

// FuzzProxyPath asks for hostile paths: no answer may be an internal error or leave the library.
func FuzzProxyPath(f *testing.F) {
	for _, seed := range []string{"example.test/greet/@v/list", "../../@v/list", "@latest", "/@v/.info", "example.test/greet/@v/%2e%2e.zip", "sumdb/sum.slipway.test/tile/8/0/x9"} {
		f.Add(seed)
	}
	w := start(f, library(f, greet), world.Config{}, "")
	transport := client(f, w).Transport
	f.Fuzz(func(t *testing.T, path string) {
		req, err := http.NewRequest("GET", w.URL()+"/"+path, nil)
		if err != nil || "http://"+req.URL.Host != w.URL() {
			return
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			return
		}
		defer resp.Body.Close()
		if resp.StatusCode >= 500 && !strings.Contains(path, "tile") {
			t.Errorf("GET %q: %s", path, resp.Status)
		}
	})
}
