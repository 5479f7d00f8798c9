package companion

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

func ExampleListen() {
	_, err := Listen("0.0.0.0:8080")
	fmt.Println(err)
	// Output: listen "0.0.0.0:8080": other machines could reach the companion, which runs programs: slipway serve --addr 127.0.0.1:8080
}

func TestListenRefuses(t *testing.T) {
	for _, addr := range []string{":8080", "[::]:8080", "192.0.2.1:8080", "example.test:8080", "0:8080"} {
		_, err := Listen(addr)
		if err == nil || !strings.Contains(err.Error(), "slipway serve --addr 127.0.0.1:8080") {
			t.Errorf("Listen(%q): error %v, want what to type", addr, err)
		}
	}
	for _, addr := range []string{"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000", "127.0.0.1:-1"} {
		_, err := Listen(addr)
		if err == nil || !strings.HasSuffix(err.Error(), ": slipway serve --addr 127.0.0.1:8080") {
			t.Errorf("Listen(%q): error %v, want an example", addr, err)
		}
	}
}

func TestListenOnLoopback(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		ln, err := Listen(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		if got := ln.Addr().(*net.TCPAddr); !got.IP.IsLoopback() {
			t.Errorf("Listen(%q) listens on %v", addr, got)
		}
	}
}

func TestListenNamesAFreePort(t *testing.T) {
	taken, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = Listen(taken.Addr().String())
	if err == nil {
		t.Fatal("a port was opened twice")
	}
	text, offer, _ := strings.Cut(err.Error(), ": slipway serve --addr ")
	if want := fmt.Sprintf("listen %s: port %d is in use", taken.Addr(), taken.Addr().(*net.TCPAddr).Port); text != want {
		t.Errorf("error %q, want %q", text, want)
	}
	ln, err := Listen(offer)
	if err != nil {
		t.Fatalf("the port that was offered: %v", err)
	}
	ln.Close()
}

func TestServeEndsAllStreams(t *testing.T) {
	before := runtime.NumGoroutine()
	checker, began, ended := endless()
	srv := newServer(t, checker)
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, ln) }()
	base := "http://" + ln.Addr().String()
	check := open(t, base, srv, "POST", "/-/check/x06")
	events := open(t, base, srv, "GET", "/-/events?generation=0")
	within(t, "begin", began)
	stop()
	if err := within(t, "check", ended); !errors.Is(err, errStopped) {
		t.Errorf("check ended because of %v", err)
	}
	check.want("fault", toJSON(t, Fault{errStopped.Error()}))
	check.want("", "")
	events.want("", "")
	if err := within(t, "serve", served); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		t.Error("the port is still open")
	}
	http.DefaultClient.CloseIdleConnections()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestServeTellsOfABrokenListener(t *testing.T) {
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := newServer(t, passes).Serve(t.Context(), ln); err == nil || !strings.HasPrefix(err.Error(), "serve 127.0.0.1:") {
		t.Errorf("Serve: %v", err)
	}
}

func TestServedPages(t *testing.T) {
	srv := newServer(t, passes)
	ln, err := Listen("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, ln) }()
	resp, err := http.Get("http://" + ln.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if data, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(data), "home") {
		t.Errorf("home page: %v, %q", err, data)
	}
	stop()
	if err := within(t, "serve", served); err != nil {
		t.Error(err)
	}
}

// A browser opens connections that it may need later.
func TestServeEndsWithUnusedConnections(t *testing.T) {
	srv := newServer(t, passes)
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, ln) }()
	for _, sent := range []string{"", "GET / HT"} {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, sent); err != nil {
			t.Fatal(err)
		}
	}
	resp, err := http.Get("http://" + ln.Addr().String() + "/") // by now the others are accepted
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	begin := time.Now()
	stop()
	if err := within(t, "serve", served); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if took := time.Since(begin); took > stopWithin/2 {
		t.Errorf("took %s", took)
	}
}
