package world_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/world"
)

func config(t testing.TB, yaml string) world.Config {
	t.Helper()
	c, err := world.ParseConfig("world.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func variable(w *world.World, name string) string {
	for _, v := range w.Variables() {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// trusting is a client in the world that trusts its authority.
func trusting(t testing.TB, w *world.World) *http.Client {
	t.Helper()
	c := client(t, w)
	pem, err := os.ReadFile(variable(w, "SSL_CERT_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("SSL_CERT_FILE holds no certificate")
	}
	c.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool}
	return c
}

// A want is a request and what must come of it: a status and the beginning of the body, or an error.
type want struct {
	url    string
	auth   string // user:password, or a bearer token
	status int
	body   string
	err    string
}

func ask(t *testing.T, w *world.World, wants ...want) {
	t.Helper()
	c := trusting(t, w)
	for _, want := range wants {
		req, err := http.NewRequest(http.MethodGet, want.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if user, password, ok := strings.Cut(want.auth, ":"); ok {
			req.SetBasicAuth(user, password)
		} else if want.auth != "" {
			req.Header.Set("Authorization", "Bearer "+want.auth)
		}
		resp, err := c.Do(req)
		if err != nil || want.err != "" {
			if want.err == "" || err == nil || !strings.Contains(err.Error(), want.err) {
				t.Errorf("GET %s: error %v, want %q", want.url, err, want.err)
			}
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != want.status || !strings.Contains(string(body), want.body) {
			t.Errorf("GET %s as %q = %d %q (%v), want %d %q", want.url, want.auth, resp.StatusCode, body, err, want.status, want.body)
		}
	}
}

func TestHosts(t *testing.T) {
	w := start(t, library(t, greet), config(t, `
hosts:
  plain.test: {proxy: {}}
  secure.test: {tls: yes, proxy: {}}
  both.test: {tls: both, proxy: {below: /go}}
  203.0.113.7:3000: {proxy: {only: [example.test/greet], except: [example.test/Big], sumdb: false}}
`), "")
	const list = "/example.test/greet/@v/list"
	ask(t, w,
		want{url: "http://plain.test" + list, status: 200, body: "v1.0.0"},
		want{url: "http://PLAIN.test:80" + list, status: 200, body: "v1.0.0"},
		want{url: "https://plain.test" + list, err: "server gave HTTP response to HTTPS client"},
		want{url: "https://secure.test" + list, status: 200, body: "v1.0.0"},
		want{url: "http://secure.test" + list, status: 502, body: "https only"},
		want{url: "http://both.test/go" + list, status: 200, body: "v1.0.0"},
		want{url: "https://both.test/go" + list, status: 200, body: "v1.0.0"},
		want{url: "https://both.test" + list, status: 404},
		want{url: "http://203.0.113.7:3000" + list, status: 200, body: "v1.0.0"},
		want{url: "http://203.0.113.7:3000/example.test/!big/@v/list", status: 404},
		want{url: "http://203.0.113.7:3000/example.test/untagged/@v/list", status: 404},
		want{url: "http://203.0.113.7:3000/sumdb/sum.slipway.test/supported", status: 404},
		want{url: "http://elsewhere.test/", status: 502, body: "no host elsewhere.test"},
		want{url: "https://elsewhere.test/", err: "Bad Gateway"},
		want{url: "https://proxy.slipway.test/sumdb/sum.slipway.test/supported", status: 200},
		want{url: "https://sum.slipway.test/latest", status: 200, body: "go.sum database tree"},
	)
	if _, err := client(t, w).Get("https://secure.test" + list); err == nil {
		t.Error("a client that does not know the authority is answered")
	}
}

func TestLogin(t *testing.T) {
	w := start(t, library(t, greet), config(t, `
hosts:
  basic.test: {login: {user: gopher, password: "s3:cret"}, proxy: {}}
  bearer.test: {login: {token: abc}, proxy: {}}
  auth.test: {login: {user: gopher, password: burrow}, tokens: {seconds: 600}}
  past.test: {tokens: {seconds: 0}}
  fresh.test: {login: {tokens-of: auth.test}, proxy: {}}
  stale.test: {login: {tokens-of: past.test}, proxy: {}}
`), "")
	const list = "/example.test/greet/@v/list"
	ask(t, w,
		want{url: "http://basic.test" + list, status: 401},
		want{url: "http://basic.test" + list, auth: "gopher:wrong", status: 401},
		want{url: "http://basic.test" + list, auth: "gopher:s3:cret", status: 200, body: "v1.0.0"},
		want{url: "http://bearer.test" + list, auth: ":", status: 401},
		want{url: "http://bearer.test" + list, auth: "ab", status: 401},
		want{url: "http://bearer.test" + list, auth: "abc", status: 200, body: "v1.0.0"},
		want{url: "http://auth.test/token", status: 401},
		want{url: "http://fresh.test" + list, auth: "made-up", status: 401},
		want{url: "http://fresh.test" + list, auth: token(t, w, "http://gopher:burrow@auth.test/token"), status: 200, body: "v1.0.0"},
		want{url: "http://stale.test" + list, auth: token(t, w, "http://past.test/token"), status: 401},
	)
}

func token(t *testing.T, w *world.World, from string) string {
	t.Helper()
	resp, err := client(t, w).Get(from)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %d %s, %v", from, resp.StatusCode, body, err)
	}
	return strings.TrimSpace(string(body))
}

func TestFaults(t *testing.T) {
	w := start(t, library(t, greet), config(t, `
hosts:
  a.test: {proxy: {}}
faults:
  - {host: a.test, path: '@v/list$', status: 500, body: out of order, times: 1}
  - {host: a.test, path: '@latest$', status: 410, from: 2, until: 3}
  - {host: a.test, path: 'v1\.0\.0\.mod$', bytes: changed}
  - {host: a.test, path: 'v1\.1\.0\.mod$', bytes: crlf}
  - {host: a.test, path: 'v9\.0\.0\.mod$', bytes: changed}
  - {host: a.test, path: 'v1\.0\.0\.info$', bytes: login}
  - {host: a.test, path: 'v1\.1\.0\.info$', bytes: cut}
`), "")
	const greet = "http://a.test/example.test/greet/"
	ask(t, w,
		want{url: greet + "@v/list", status: 500, body: "out of order"},
		want{url: greet + "@v/list", status: 200, body: "v1.0.0"},
		want{url: greet + "@latest", status: 200, body: "v1.1.0"},
		want{url: greet + "@v/v1.0.0.mod", status: 200, body: "// changed"},
		want{url: greet + "@v/v1.1.0.mod", status: 200, body: "greet\r\n\r\ngo 1.26\r\n"},
		want{url: greet + "@v/v9.0.0.mod", status: 404, body: "not found"},
		want{url: greet + "@v/v1.0.0.info", status: 200, body: "<title>Sign in</title>"},
	)
	if _, body := fetch(t, w, greet+"@v/v1.1.0.info"); !strings.HasPrefix(body, `{"Version"`) || strings.Contains(body, "}") {
		t.Errorf("cut info is %q", body)
	}
	for stage, status := range map[int]int{1: 200, 2: 410, 3: 410, 4: 200} {
		if err := w.SetStage(stage); err != nil {
			t.Fatal(err)
		}
		ask(t, w, want{url: greet + "@latest", status: status})
	}
	if err := w.SetStage(0); err == nil {
		t.Error("there is a stage 0")
	}
}

func fetch(t testing.TB, w *world.World, url string) (int, string) {
	t.Helper()
	resp, err := client(t, w).Get(url)
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

// A zip that was changed is one that only its hash gives away.
func TestChangedZip(t *testing.T) {
	w := start(t, library(t, greet), config(t, `faults: [{host: proxy.slipway.test, path: '\.zip$', bytes: changed, from: 2}]`), "")
	const path = "http://proxy.slipway.test/example.test/greet/@v/v1.0.0.zip"
	_, good := fetch(t, w, path)
	_ = w.SetStage(2)
	_, bad := fetch(t, w, path)
	if good == bad {
		t.Fatal("zip is as it was")
	}
	r, err := zip.NewReader(bytes.NewReader([]byte(bad)), int64(len(bad)))
	if err != nil || len(r.File) != 3 {
		t.Errorf("changed zip has %v files: %v", r, err)
	}
}

func TestDelay(t *testing.T) {
	w := start(t, library(t, greet), config(t, `faults: [{host: proxy.slipway.test, path: list, delay: 1h}]`), "")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL()+"/example.test/greet/@v/list", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, w).Do(req); err == nil {
		t.Error("answered at once")
	}
}

const gitLab = `
settings: true
hosts:
  code.test:
    tls: both
    login: {user: gopher, password: burrow}
    pages: [{prefix: code.test/team/lib, vcs: git, repo: "https://git.test/team/lib.git", anonymous: code.test/team}]
  open.test:
    tls: both
    pages:
      - {prefix: open.test/lib, vcs: git, repo: "https://git.test/open/lib.git"}
      - {prefix: open.test/lib/deep, vcs: mod, repo: "http://proxy.slipway.test"}
  git.test:
    tls: yes
    git:
      - {path: team/lib.git, module: code.test/team/lib}
      - {path: open/lib.git, module: open.test/lib}
`

var code = map[string]string{
	"open.test_lib_v1.0.0.txtar":      "-- go.mod --\nmodule open.test/lib\n-- lib.go --\npackage lib\n",
	"open.test_lib_v1.1.0.txtar":      "-- go.mod --\nmodule open.test/lib\n-- lib.go --\npackage lib\n\nconst V = 1\n-- sub/sub.go --\npackage sub\n",
	"code.test_team_lib_v0.1.0.txtar": "-- go.mod --\nmodule code.test/team/lib\n-- lib.go --\npackage lib\n",
}

func TestPages(t *testing.T) {
	w := start(t, library(t, code), config(t, gitLab), "")
	ask(t, w,
		want{url: "https://open.test/lib?go-get=1", status: 200, body: `content="open.test/lib git https://git.test/open/lib.git"`},
		want{url: "https://open.test/lib/sub?go-get=1", status: 200, body: `"open.test/lib git `},
		want{url: "https://open.test/lib/deep/er?go-get=1", status: 200, body: `"open.test/lib/deep mod http://proxy.slipway.test"`},
		want{url: "https://open.test/library?go-get=1", status: 404},
		want{url: "https://code.test/team/lib?go-get=1", status: 200, body: `"code.test/team git https://code.test/team.git"`},
		want{url: "https://code.test/team/lib?go-get=1", auth: "gopher:burrow", status: 200, body: `"code.test/team/lib git https://git.test/team/lib.git"`},
	)
}

// What the go command makes of a repository has the checksum of what the proxy serves.
func TestDirect(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("Go programs there do not read SSL_CERT_FILE")
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("needs git")
	}
	dir := t.TempDir()
	w := start(t, library(t, code), config(t, gitLab), dir)
	write(t, dir, "go.mod", app, "go.env", "GOPROXY=direct\nGOSUMDB="+publicKey+"\n", ".netrc", "machine code.test login gopher password burrow\n")
	if out, err := goCmd(t, w, dir, "get", "open.test/lib@v1.0.0", "code.test/team/lib@latest"); err != nil {
		t.Fatalf("go get: %v\n%s", err, out)
	}
	if out, err := goCmd(t, w, dir, "list", "-m", "-versions", "open.test/lib"); err != nil || out != "open.test/lib v1.0.0 v1.1.0\n" {
		t.Errorf("go list = %q, %v", out, err)
	}
	if err := os.Remove(filepath.Join(dir, ".netrc")); err != nil {
		t.Fatal(err)
	}
	if out, err := goCmd(t, w, dir, "list", "-m", "code.test/team/lib@v0.1.0"); err == nil {
		t.Errorf("without credentials: %s", out)
	}
}

// publicKey is that of the checksum database.
const publicKey = "sum.slipway.test+93ee34c8+AaVq3EYd3A2hOq2qpuOPm6cCs3KXi2wf/a6go2uS7HuY"

func TestForkedDatabase(t *testing.T) {
	w := start(t, library(t, greet), config(t, `hosts: {sum.slipway.test: {tls: both, sumdb: {forks: 2}}}`), "")
	dir, home := t.TempDir(), t.TempDir()
	write(t, dir, "go.mod", app)
	if out, err := goHome(w, home, dir, "get", "example.test/greet@v1.0.0"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_ = w.SetStage(2)
	out, err := goHome(w, home, dir, "get", "example.test/Big")
	if err == nil || !strings.Contains(out, "SECURITY ERROR") {
		t.Errorf("go get from a database with another history: %v\n%s", err, out)
	}
}

func TestSettings(t *testing.T) {
	dir := t.TempDir()
	w := start(t, library(t, greet), config(t, "settings: true"), dir)
	write(t, dir, "go.mod", app)
	t.Setenv("GOPROXY", "http://elsewhere.test")
	if out, err := goCmd(t, w, dir, "env", "-w", "GOPROXY=http://proxy.slipway.test", "GOSUMDB=off"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := goCmd(t, w, dir, "get", "example.test/greet@v1.0.0"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	saved, err := os.ReadFile(filepath.Join(dir, "go.env"))
	if err != nil || !strings.Contains(string(saved), "GOPROXY=http://proxy.slipway.test\n") {
		t.Errorf("go.env = %q, %v", saved, err)
	}
	path := "PATH=/usr/bin"
	if env := w.Into([]string{path}); env[0] != "PATH="+filepath.Join(dir, "bin")+string(os.PathListSeparator)+"/usr/bin" {
		t.Errorf("%s became %s", path, env[0])
	}
}

// The address of a world tells of the world itself.
func TestControl(t *testing.T) {
	w := start(t, library(t, greet), world.Config{}, "")
	get(t, w, "example.test/greet/@v/list")
	get(t, w, "example.test/none/@latest")
	tests := []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/log", 200, "GET proxy.slipway.test/example.test/greet/@v/list 200\nGET proxy.slipway.test/example.test/none/@latest 404\n"},
		{"GET", "/log?match=" + url.QueryEscape("none|nothing"), 200, "GET proxy.slipway.test/example.test/none/@latest 404\n"},
		{"GET", "/log?match=(", 400, ""},
		{"GET", "/env", 200, "HTTP_PROXY=" + w.Address() + "\t"},
		{"POST", "/stage/2", 200, ""},
		{"GET", "/stage/2", 404, ""},
		{"POST", "/stage/0", 400, "the first stage is 1"},
		{"GET", "/", 404, "this is a module world"},
	}
	for _, tt := range tests {
		req, err := http.NewRequest(tt.method, w.Address()+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.body) {
			t.Errorf("%s %s = %d %q, want %d %q", tt.method, tt.path, resp.StatusCode, body, tt.status, tt.body)
		}
	}
}
