package world

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// serveOuter answers whoever uses the world as a proxy, and requests about the world itself.
func (w *World) serveOuter(rw http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		w.connect(rw, r)
	case r.URL.IsAbs():
		w.serve(rw, r, false)
	default:
		w.serveControl(rw, r)
	}
}

// serveInner answers what comes through a tunnel.
func (w *World) serveInner(rw http.ResponseWriter, r *http.Request) { w.serve(rw, r, r.TLS != nil) }

// serve lets the host that is asked answer, and remembers the request.
func (w *World) serve(rw http.ResponseWriter, r *http.Request, secure bool) {
	name := hostName(r.Host)
	h := w.hosts[name]
	cw := &countingWriter{ResponseWriter: rw, status: http.StatusOK}
	switch {
	case h == nil:
		http.Error(cw, noHost(name), http.StatusBadGateway)
	case !h.speaks(secure):
		http.Error(cw, fmt.Sprintf("%s speaks %s", name, h.schemes()), http.StatusBadGateway)
	default:
		h.ServeHTTP(cw, r)
	}
	w.Log.add(Request{r.Method, name, asked(r), cw.status, cw.bytes})
}

func noHost(name string) string { return "the module world has no host " + name }

// asked is the path of a request with its query, without the leading slash.
func asked(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	return path
}

// hostName is the name under which a host is looked up: a usual port is left out.
func hostName(hostport string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(hostport, ":443"), ":80"))
}

// connect makes a tunnel to a host, which is this world again.
func (w *World) connect(rw http.ResponseWriter, r *http.Request) {
	name := hostName(r.Host)
	h := w.hosts[name]
	if h == nil {
		w.Log.add(Request{r.Method, name, "", http.StatusBadGateway, 0})
		http.Error(rw, noHost(name), http.StatusBadGateway)
		return
	}
	conn, buffered, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil || buffered.Reader.Buffered() > 0 {
		conn.Close() // nobody speaks before the tunnel stands
		return
	}
	w.tunnels.take(conn, name, h.speaks(true))
}

// tunnels serves connections that were made through the world.
type tunnels struct {
	authority *authority
	server    *http.Server
	conns     chan net.Conn
	closed    chan struct{}
	once      sync.Once
}

func newTunnels(a *authority, h http.Handler) *tunnels {
	t := &tunnels{
		authority: a, conns: make(chan net.Conn), closed: make(chan struct{}),
		server: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: silent},
	}
	go func() { _ = t.server.Serve(t) }() // ends with close
	return t
}

// take serves a connection to a host. What a host that speaks no TLS is sent of it, it takes for HTTP,
// as any server does.
func (t *tunnels) take(conn net.Conn, name string, secure bool) {
	if secure {
		conn = tls.Server(conn, t.authority.config(name))
	}
	select {
	case t.conns <- conn:
	case <-t.closed:
		conn.Close()
	}
}

func (t *tunnels) close() {
	t.once.Do(func() { close(t.closed) })
	t.server.Close()
}

// Accept, Close and Addr make tunnels a net.Listener.
func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case conn := <-t.conns:
		return conn, nil
	case <-t.closed:
		return nil, errors.New("world is closed")
	}
}

func (t *tunnels) Close() error   { return nil }
func (t *tunnels) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
