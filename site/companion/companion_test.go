package companion

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

const (
	testHost = "127.0.0.1:8080"
	secret   = "outside of the site"
)

// checkFunc is a checker that a test writes on the spot.
type checkFunc func(ctx context.Context, task string, report func(verdict.Check)) (verdict.Result, error)

// Has knows two tasks.
func (checkFunc) Has(task string) bool { return task == "x06" || task == "x09" }

func (f checkFunc) Check(ctx context.Context, task string, report func(verdict.Check)) (verdict.Result, error) {
	return f(ctx, task, report)
}

// passes is a checker that likes everything.
var passes = checkFunc(func(context.Context, string, func(verdict.Check)) (verdict.Result, error) {
	return verdict.New("x06", "Predict", nil), nil
})

// newServer returns a server of a small site with the task x06, and a secret beside the site.
func newServer(t testing.TB, checker Checker) *Server {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	write(t, filepath.Join(dir, "..", "secret.txt"), secret)
	for name, text := range map[string]string{
		"index.html":           "<!doctype html><html><head><title>To</title></head><body>moved</body></html>",
		"404.html":             "<!doctype html><html><head><title>No</title></head><body>no such page</body></html>",
		"en/index.html":        "<!doctype html><html><head><title>Home</title></head><body>home</body></html>",
		"en/bare.html":         "a page without a head",
		"en/folder/only.txt":   "text",
		"assets/site.0a1b.css": "body{}",
		"assets/page.js":       "1",
		"data.unknown":         "?",
		".state":               "of the builder",
		"en/.hidden.html":      "hidden",
	} {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	srv, err := New(Options{Dir: dir, Checker: checker})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// request reads a request as it stands on the wire, and lets it come in at the port of testHost.
func request(t testing.TB, line string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire(line, headers))))
	if err != nil {
		t.Fatal(err)
	}
	return arrive(r)
}

func wire(line string, headers []string) string {
	if !slices.ContainsFunc(headers, func(h string) bool { return strings.HasPrefix(h, "Host:") }) {
		headers = append(headers, "Host: "+testHost)
	}
	return line + " HTTP/1.1\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n"
}

func arrive(r *http.Request) *http.Request {
	local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	return r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local)))
}

func do(t testing.TB, srv *Server, line string, headers ...string) *http.Response {
	t.Helper()
	rec := httptest.NewRecorder()
	srv.ServeHTTP(rec, request(t, line, headers...))
	return rec.Result()
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// own returns the headers with which a page of the server asks for a check.
func own(srv *Server) []string {
	return []string{"Origin: http://" + testHost, tokenHeader + ": " + srv.token, "Sec-Fetch-Site: same-origin"}
}

// A client reads server-sent events of a server that really listens.
type client struct {
	t      *testing.T
	cancel context.CancelFunc
	lines  *bufio.Scanner
}

// open starts a stream over a connection of its own.
func open(t *testing.T, base string, srv *Server, method, path string) *client {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, method, base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", base)
	req.Header.Set(tokenHeader, srv.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("%s %s: status %d, type %s", method, path, resp.StatusCode, got)
	}
	return &client{t: t, cancel: cancel, lines: bufio.NewScanner(resp.Body)}
}

// next returns the name of the next event and its data, or nothing at the end of the stream.
func (c *client) next() (event, data string) {
	c.t.Helper()
	for c.lines.Scan() {
		line := c.lines.Text()
		switch {
		case strings.HasPrefix(line, "event: "):
			event = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			data = line[len("data: "):]
		case line == "" && event != "":
			return event, data
		}
	}
	return "", ""
}

func (c *client) want(event, data string) {
	c.t.Helper()
	if gotEvent, gotData := c.next(); gotEvent != event || gotData != data {
		c.t.Errorf("event %q with %s, want %q with %s", gotEvent, gotData, event, data)
	}
}

func toJSON(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		opt  Options
		want string
	}{
		{Options{}, "no folder to serve"},
		{Options{Dir: "public"}, "no checker"},
	}
	for _, tt := range tests {
		if _, err := New(tt.opt); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("New(%+v): error %v, want %q", tt.opt, err, tt.want)
		}
	}
}

func TestTokenIsNewAtEachStart(t *testing.T) {
	a, b := newServer(t, passes), newServer(t, passes)
	if a.token == b.token || len(a.token) < 26 {
		t.Errorf("tokens %q and %q", a.token, b.token)
	}
}
