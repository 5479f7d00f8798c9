package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

// A running is a server that runs in a test.
type running struct {
	addrs []string // in the order of its ports
	log   *buffer
	ended chan int // the exit code
	term  func()   // as SIGTERM does
}

// start runs a server on free ports; flags of ports have to say 0.
func start(t *testing.T, s setting, argv ...string) *running {
	t.Helper()
	open := make(chan net.Addr, 9)
	cmd, _ := named(argv[0])
	wait := 0
	set := flag.NewFlagSet("", flag.ContinueOnError)
	act := listening(cmd.name, set, func(a net.Addr) { open <- a })
	rest, err := parseAll(set, argv[1:])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"port", "tls-port"} {
		if f := set.Lookup(name); f != nil && f.Value.String() != "" {
			wait += strings.Count(f.Value.String(), ",") + 1
		}
	}
	ctx, term := terminated(t)
	r := &running{log: &buffer{}, ended: make(chan int, 1), term: term}
	files := s.files
	if files == nil {
		files = fstest.MapFS{}
	}
	c := &call{args: rest, stdout: r.log, stderr: r.log, getenv: func(name string) string { return s.env[name] }, files: files}
	go func() { r.ended <- report(r.log, cmd.name, cmd.run(ctx, act, c)) }()
	t.Cleanup(term)
	for range wait {
		select {
		case a := <-open:
			_, port, _ := net.SplitHostPort(a.String())
			r.addrs = append(r.addrs, "127.0.0.1:"+port)
		case code := <-r.ended:
			t.Fatalf("server ended with %d:\n%s", code, r.log)
		case <-time.After(5 * time.Second):
			t.Fatalf("server does not listen:\n%s", r.log)
		}
	}
	return r
}

// listening declares the flags of a server and has it tell the ports it opens.
func listening(name string, set *flag.FlagSet, tell func(net.Addr)) action {
	if name == "serve" {
		s := &server{listening: tell}
		s.declare(set)
		return s.run
	}
	e := newEcho(set)
	e.listening = tell
	set.StringVar(&e.greet, "greet", "", "")
	if name == "udp-echo" {
		return e.udp
	}
	return e.tcp
}

func TestServe(t *testing.T) {
	env := map[string]string{"POD_IP": "10.0.0.7", "NODE_NAME": "n1"}
	files := fstest.MapFS{namespaceFile: {Data: []byte("demo\n")}}
	tests := []struct {
		name  string
		flags string
		path  string
		code  int      // of the client
		want  []string // lines of what it prints
	}{
		{"echo", "--port 0 --name web", "/a?b=c", 0, []string{"status: 200", "name: web", "ip: 10.0.0.7", "namespace: demo", "node: n1", "method: GET", "path: /a?b=c", "tls: no", "header X-Test: yes"}},
		{"body", "--port 0 --body hello", "/", 0, []string{"status: 200", "hello"}},
		{"status", "--port 0 --status 503", "/", 7, []string{"status: 503"}},
		{"status as asked", "--port 0", "/?status=404", 7, []string{"status: 404"}},
		{"bad status", "--port 0", "/?status=4", 7, []string{"status: 400"}},
		{"fails", "--port 0 --fail 100%", "/", 7, []string{"status: 500"}},
		{"fails never", "--port 0 --fail 0", "/", 0, []string{"status: 200"}},
		{"slow", "--port 0 --delay 1h", "/", 5, nil},
		{"slow as asked", "--port 0", "/?delay=1h", 5, nil},
		{"fast as asked", "--port 0 --delay 1h", "/?delay=1ms", 0, []string{"status: 200"}},
		{"health is not slow", "--port 0 --delay 1h --status 503 --fail 1", "/healthz", 0, []string{"status: 200", "ok"}},
		{"ready", "--port 0", "/readyz", 0, []string{"status: 200"}},
		{"ready later", "--port 0 --ready-after 1h", "/readyz", 7, []string{"status: 503"}},
		{"not ready without its file", "--port 0 --ready-file /no/such/file", "/readyz", 7, []string{"status: 503"}},
		{"ready with its file", "--port 0 --ready-file README.md", "/readyz", 0, []string{"status: 200"}},
		{"unhealthy soon", "--port 0 --unhealthy-after 1ns", "/healthz", 7, []string{"status: 503"}},
		{"healthy for long", "--port 0 --unhealthy-after 1h", "/healthz", 0, []string{"status: 200"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, setting{env: env, files: files}, append([]string{"serve"}, strings.Fields(tt.flags)...)...)
			code, out, errs := setting{}.invoke(t.Context(), "client", "http://"+r.addrs[0]+tt.path, "--show-status", "--timeout", "1s", "--header", "X-Test: yes")
			if code != tt.code {
				t.Errorf("client ends with %d: %s", code, errs)
			}
			for _, line := range tt.want {
				if !strings.Contains("\n"+out, "\n"+line+"\n") {
					t.Errorf("no line %q in:\n%s", line, out)
				}
			}
		})
	}
}

func TestServeSeveralPortsAndTLS(t *testing.T) {
	r := start(t, setting{}, "serve", "--port", "0,0", "--tls-port", "0", "--cert-name", "web.demo,127.0.0.1")
	for _, addr := range r.addrs[:2] {
		_, port, _ := net.SplitHostPort(addr)
		if _, out, _ := (setting{}).invoke(t.Context(), "client", "http://"+addr); !strings.Contains(out, "\nport: "+port+"\n") {
			t.Errorf("asked on port %s, it answers %s", port, out)
		}
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	logged := r.log.String()
	if err := os.WriteFile(ca, []byte(logged[strings.Index(logged, "-----BEGIN"):]), 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		flags string
		code  int
		want  string
	}{
		{"--cacert " + ca, 0, "tls: TLS 1.3, no server name\n"},
		{"--server-name web.demo --cacert " + ca, 0, "tls: TLS 1.3, server name web.demo\n"},
		{"--server-name other.demo --cacert " + ca, 6, ""},
		{"--server-name other.demo --insecure", 0, "server name other.demo\n"},
		{"", 6, ""},
	}
	for _, tt := range tests {
		argv := append([]string{"client", "https://" + r.addrs[2]}, strings.Fields(tt.flags)...)
		if code, out, errs := (setting{}).invoke(t.Context(), argv...); code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("client %s ends with %d: %s%s", tt.flags, code, out, errs)
		}
	}
}

func TestServeJSON(t *testing.T) {
	r := start(t, setting{}, "serve", "--port", "0", "--name", "web")
	_, out, _ := setting{}.invoke(t.Context(), "client", "http://"+r.addrs[0], "--header", "Accept: application/json")
	if !strings.HasPrefix(out, `{"name":"web",`) {
		t.Errorf("answers %s", out)
	}
}

func TestServeGivenCertificate(t *testing.T) {
	code, _, errs := setting{}.invoke(t.Context(), "serve", "--port", "", "--tls-port", "0", "--cert", "nowhere.pem", "--key", "nowhere.pem")
	if code != 1 || !strings.Contains(errs, "serve: read certificate: open nowhere.pem") {
		t.Errorf("exit code %d, prints %s", code, errs)
	}
}

func TestPortInUse(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	for _, name := range []string{"serve", "tcp-echo"} {
		code, _, errs := setting{}.invoke(t.Context(), name, "--bind", "127.0.0.1", "--port", port)
		if code != 1 || !strings.Contains(errs, "listen tcp 127.0.0.1:"+port) {
			t.Errorf("%s: exit code %d, prints %s", name, code, errs)
		}
	}
}

func TestServersEndAtOnce(t *testing.T) {
	for _, name := range []string{"serve", "tcp-echo", "udp-echo"} {
		t.Run(name, func(t *testing.T) {
			r := start(t, setting{}, name, "--port", "0")
			r.term()
			if code := r.exit(t); code != 0 || !strings.HasSuffix(r.log.String(), "got SIGTERM: ending at once\n") {
				t.Errorf("exit code %d, logs %s", code, r.log)
			}
		})
	}
}

func (r *running) exit(t *testing.T) int {
	t.Helper()
	select {
	case code := <-r.ended:
		return code
	case <-time.After(5 * time.Second):
		t.Fatalf("server goes on:\n%s", r.log)
		return 0
	}
}

// A server with a grace finishes the request that runs, and tells meanwhile that it is not ready.
func TestServeDrains(t *testing.T) {
	r := start(t, setting{}, "serve", "--port", "0", "--grace", "300ms", "--name", "web")
	slow := make(chan string, 1)
	go func() {
		_, out, errs := setting{}.invoke(context.Background(), "client", "http://"+r.addrs[0]+"/?delay=600ms")
		slow <- out + errs
	}()
	for !strings.Contains(r.log.String(), "serves") {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
	r.term()
	time.Sleep(100 * time.Millisecond)
	if code, _, errs := (setting{}).invoke(t.Context(), "client", "http://"+r.addrs[0]+"/readyz"); code != 7 {
		t.Errorf("asked whether it is ready: exit code %d, %s", code, errs)
	}
	if out := <-slow; !strings.HasPrefix(out, "name: web\n") {
		t.Errorf("the running request got %s", out)
	}
	if code := r.exit(t); code != 0 {
		t.Errorf("exit code %d, logs %s", code, r.log)
	}
}

func TestServeIgnoresSIGTERM(t *testing.T) {
	r := start(t, setting{}, "serve", "--port", "0", "--ignore-term")
	r.term()
	for !strings.Contains(r.log.String(), "got SIGTERM: ignored") {
		time.Sleep(10 * time.Millisecond)
	}
	if code, _, errs := (setting{}).invoke(t.Context(), "client", "http://"+r.addrs[0]); code != 0 {
		t.Errorf("after the signal: exit code %d, %s", code, errs)
	}
}

func TestServeStartsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, term := terminated(t)
		ended := make(chan int, 1)
		go func() {
			code, _, _ := setting{}.invoke(ctx, "serve", "--port", "0", "--start-after", "1h")
			ended <- code
		}()
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		term()
		if code := <-ended; code != 128+15 {
			t.Errorf("exit code %d", code)
		}
	})
}

func TestEcho(t *testing.T) {
	tests := []struct{ server, scheme, flags, data, want string }{
		{"tcp-echo", "tcp", "", "hello", "hello\n"},
		{"tcp-echo", "tcp", "--greet welcome", "hello", "welcome\nhello\n"},
		{"udp-echo", "udp", "", "hello", "hello\n"},
	}
	for _, tt := range tests {
		t.Run(tt.server+tt.flags, func(t *testing.T) {
			r := start(t, setting{}, append([]string{tt.server, "--port", "0"}, strings.Fields(tt.flags)...)...)
			code, out, errs := setting{}.invoke(t.Context(), "client", tt.scheme+"://"+r.addrs[0], "--data", tt.data)
			if code != 0 || out != tt.want {
				t.Errorf("exit code %d, prints %q %s", code, out, errs)
			}
		})
	}
	r := start(t, setting{}, "tcp-echo", "--port", "0")
	want := fmt.Sprintf("connected to %s\n", r.addrs[0])
	if _, out, _ := (setting{}).invoke(t.Context(), "client", "tcp://"+r.addrs[0]); out != want {
		t.Errorf("without data it prints %q", out)
	}
}

func TestServeJournal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal")
	env := map[string]string{"POD_IP": "10.0.0.7"}
	for range 2 {
		r := start(t, setting{env: env}, "serve", "--port", "0", "--name", "web", "--journal", file)
		for deadline := time.Now().Add(5 * time.Second); !strings.HasSuffix(read(t, file), " web started 10.0.0.7\n"); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("journal holds %q", read(t, file))
			}
		}
		r.term()
		r.exit(t)
	}
	if lines := strings.Count(read(t, file), "\n"); lines != 2 {
		t.Errorf("after two starts the journal has %d lines", lines)
	}
	code, _, errs := setting{}.invoke(t.Context(), "serve", "--port", "0", "--journal", filepath.Join(file, "x"))
	if code != 1 || !strings.HasPrefix(errs, "serve: open ") {
		t.Errorf("where it cannot be written: exit code %d, prints %s", code, errs)
	}
}

// read returns what a file holds, nothing where it is not there yet.
func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}
