package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

// closed is an address of this machine on which nothing listens.
func closed(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// hangsUp is a server that closes each connection without an answer.
func hangsUp(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	return ln.Addr().String()
}

// The exit code tells how a request failed.
func TestClientFailures(t *testing.T) {
	fails := httptest.NewServer(http.NotFoundHandler())
	defer fails.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer slow.Close()
	refused := 4
	if runtime.GOOS == "windows" {
		refused = 1 // its error numbers are others, and the image is for Linux
	}
	tests := []struct {
		name, line string
		code       int
		stderr     string
	}{
		{"status", fails.URL, 7, "client: status: 404 Not Found"},
		{"refused", "http://" + closed(t), refused, "client: "},
		{"refused over tcp", "tcp://" + closed(t), refused, "client: "},
		{"tls", secure.URL, 6, "client: tls: "},
		{"no tls where it is expected", strings.Replace(fails.URL, "http", "https", 1), 6, "client: tls: "},
		{"timeout", slow.URL + " --timeout 50ms", 5, "client: timeout: "},
		{"dns", "http://no-such-name.invalid", 3, "client: dns: "},
		{"closed", "http://" + hangsUp(t), 9, "client: closed: "},
		{"no URL", "web.demo", 2, `"web.demo" is not a URL`},
		{"unknown scheme", "ftp://web.demo", 2, `scheme "ftp" is none of`},
		{"no header", fails.URL + " --header nothing", 2, `header "nothing" is not written`},
		{"no certificate", fails.URL + " --cacert README.md", 2, "README.md holds no certificate"},
		{"no source", fails.URL + " --source here", 2, `source "here" is not an IP address`},
		{"several", fails.URL + " --count 2", 7, "client: status: 404 Not Found\nclient: status: 404 Not Found\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, _, errs := setting{}.invoke(t.Context(), append([]string{"client"}, strings.Fields(tt.line)...)...)
			if code != tt.code || !strings.Contains(errs, tt.stderr) {
				t.Errorf("exit code %d, prints %s", code, errs)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	tests := []struct {
		err  error
		want kind
	}{
		{&net.DNSError{IsTimeout: true}, kindDNS},
		{context.DeadlineExceeded, kindTimeout},
		{syscall.ECONNREFUSED, kindRefused},
		{syscall.EHOSTUNREACH, kindUnreachable},
		{syscall.ENETUNREACH, kindUnreachable},
		{syscall.EPERM, kindUnreachable},
		{syscall.ECONNRESET, kindClosed},
		{io.ErrUnexpectedEOF, kindClosed},
		{io.ErrShortBuffer, kindOther},
	}
	for _, tt := range tests {
		if got := classify(fmt.Errorf("ask: %w", tt.err)); got != tt.want {
			t.Errorf("%v is %s, want %s", tt.err, got, tt.want)
		}
	}
}

func TestClientSends(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	r := start(t, setting{}, "serve", "--port", "0")
	code, out, errs := setting{}.invoke(t.Context(), "client", "http://"+r.addrs[0], "--method", "PUT", "--data", "x",
		"--host", "web.demo", "--token-file", token, "--source", "127.0.0.1")
	for _, line := range []string{"method: PUT", "header Authorization: Bearer secret", "header Host: web.demo", "header Content-Length: 1"} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("no line %q in:\n%s%d %s", line, out, code, errs)
		}
	}
}

func TestClientJSON(t *testing.T) {
	r := start(t, setting{}, "serve", "--port", "0", "--body", "hi")
	url := "http://" + r.addrs[0] + "/?status=418"
	code, out, _ := setting{}.invoke(t.Context(), "client", url, "--json")
	var got outcome
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if code != 7 || got.URL != url || got.Status != 418 || got.Body != "hi\n" || got.Kind != kindStatus || got.Remote != r.addrs[0] || got.Seconds <= 0 {
		t.Errorf("exit code %d, prints %s", code, out)
	}
}

func TestLoad(t *testing.T) {
	good := start(t, setting{}, "serve", "--port", "0", "--name", "a")
	bad := start(t, setting{}, "serve", "--port", "0", "--name", "b", "--fail", "1")
	tests := []struct {
		line string
		code int
		want []string
	}{
		{"http://" + good.addrs[0] + " --duration 300ms --rate 100 --clients 2", 0, []string{"failed 0", "status 200 ", "name a ", "latency p50 "}},
		{"http://" + good.addrs[0] + " --duration 100ms --rate 0 --fresh", 0, []string{"failed 0", "name a "}},
		{"http://" + bad.addrs[0] + " --duration 100ms --rate 100", 1, []string{"ok 0", "error status ", "status 500 "}},
		{"nowhere", 2, nil},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			code, out, errs := setting{}.invoke(t.Context(), append([]string{"load"}, strings.Fields(tt.line)...)...)
			if code != tt.code {
				t.Errorf("exit code %d, prints %s", code, errs)
			}
			for _, part := range tt.want {
				if !strings.Contains(out, part) {
					t.Errorf("no %q in:\n%s", part, out)
				}
			}
		})
	}
}

// Load keeps to its rate, and sums up when it is told to end.
func TestLoadRate(t *testing.T) {
	r := start(t, setting{}, "serve", "--port", "0")
	ctx, term := terminated(t)
	time.AfterFunc(500*time.Millisecond, term)
	code, out, errs := setting{}.invoke(ctx, "load", "http://"+r.addrs[0], "--rate", "10", "--duration", "0")
	if code != 0 || !strings.HasPrefix(out, "requests ") || strings.HasPrefix(out, "requests 0\n") || len(strings.Fields(out)[1]) > 1 {
		t.Errorf("exit code %d, prints %s%s", code, out, errs)
	}
}

func TestLatency(t *testing.T) {
	s := summary{}
	for i := range 100 {
		s.seconds = append(s.seconds, float64(i+1)/1000)
	}
	for percent, want := range map[int]time.Duration{50: 50 * time.Millisecond, 99: 99 * time.Millisecond, 100: 100 * time.Millisecond} {
		if got := s.latency(percent); got != want {
			t.Errorf("p%d = %s, want %s", percent, got, want)
		}
	}
}

func TestWaitFor(t *testing.T) {
	r := start(t, setting{}, "serve", "--port", "0")
	files := fstest.MapFS{"data/done": {}}
	tests := []struct {
		target string
		code   int
		want   string
	}{
		{"http://" + r.addrs[0], 0, "is there\n"},
		{"tcp://" + r.addrs[0], 0, "is there\n"},
		{"dns://localhost", 0, "is there\n"},
		{"file:///data/done", 0, "is there\n"},
		{"http://" + r.addrs[0] + "/?status=503", 5, "waiting: 503 Service Unavailable\n"},
		{"tcp://" + closed(t), 5, "waiting: "},
		{"file:///data/never", 5, "waiting: "},
		{"udp://" + r.addrs[0], 2, ""},
		{"somewhere", 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.target, func(t *testing.T) {
			code, out, errs := setting{files: files}.invoke(t.Context(), "wait-for", tt.target, "--timeout", "100ms", "--every", "20ms")
			if code != tt.code || !strings.Contains(out, tt.want) || strings.Count(out, "waiting") > 1 {
				t.Errorf("exit code %d, prints %s%s", code, out, errs)
			}
		})
	}
}
