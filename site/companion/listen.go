package companion

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	stopWithin   = 5 * time.Second // for requests to end when the server stops
	headerWithin = 10 * time.Second
	portsToTry   = 50
)

// wsaInUse is what Windows says of a port that is taken.
const wsaInUse = syscall.Errno(10048)

// Listen opens a port of the loopback interface. The address is host:port; the host is localhost or
// a loopback address, and port 0 means any free one. Errors say what to type instead.
func Listen(addr string) (net.Listener, error) {
	host, port, err := loopback(addr)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	switch {
	case err == nil:
		return ln, nil
	case errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaInUse):
		return nil, fmt.Errorf("listen %s: port %d is in use: slipway serve --addr %s", addr, port, freePort(host, port))
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listen %s: port %d is not yours to open: slipway serve --addr %s", addr, port, freePort(host, 8079))
	}
	return nil, fmt.Errorf("listen %s: %w", addr, err)
}

// loopback reads an address and refuses all that other machines could reach.
func loopback(addr string) (host string, port int, err error) {
	const example = "slipway serve --addr 127.0.0.1:8080"
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("listen %q: address is not host:port: %s", addr, example)
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("listen %q: port is not a number from 0 to 65535: %s", addr, example)
	}
	if host == "localhost" {
		return "127.0.0.1", port, nil
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return "", 0, fmt.Errorf("listen %q: other machines could reach the companion, which runs programs: slipway serve --addr 127.0.0.1:%d", addr, port)
	}
	return host, port, nil
}

// freePort returns an address with the first free port after a port, or with port 0.
func freePort(host string, port int) string {
	for p := port + 1; p <= min(port+portsToTry, 65535); p++ {
		addr := net.JoinHostPort(host, strconv.Itoa(p))
		if ln, err := net.Listen("tcp", addr); err == nil {
			_ = ln.Close()
			return addr
		}
	}
	return net.JoinHostPort(host, "0")
}

// Serve answers what comes in over ln until ctx ends. It then ends all streams and checks, and
// returns when they have ended; ln is closed.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	requests, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	silent := unused{conns: map[net.Conn]bool{}}
	srv := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerWithin,
		ConnState:         silent.follow,
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	stop(errStopped)
	silent.end()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	err := srv.Shutdown(grace)
	<-failed
	if err != nil {
		return fmt.Errorf("stop server: a request did not end within %s: %w", stopWithin, errors.Join(err, srv.Close()))
	}
	return nil
}

// unused holds the connections that have not sent a request. Browsers open some that they may need
// later; http.Server.Shutdown would wait for these.
type unused struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
}

// follow is the ConnState of a server.
func (u *unused) follow(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(u.conns, conn)
	case u.ended:
		_ = conn.Close()
	default:
		u.conns[conn] = true
	}
}

// end closes the connections, and those that still come.
func (u *unused) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	for conn := range u.conns {
		_ = conn.Close()
	}
}
