package world

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// A Request is one request that the world answered.
type Request struct {
	Method string
	Host   string
	Path   string // with its query, without the leading slash
	Status int
	Bytes  int
}

// String renders a request as a line of the log: GET proxy.slipway.test/example.test/greet/@v/list 200.
func (r Request) String() string {
	return fmt.Sprintf("%s %s/%s %d", r.Method, r.Host, r.Path, r.Status)
}

// A Log remembers requests in the order in which they were answered.
type Log struct {
	mu       sync.Mutex
	requests []Request
}

// Requests returns what has been asked so far.
func (l *Log) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

func (l *Log) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, r)
}

type countingWriter struct {
	http.ResponseWriter
	status int
	bytes  int
}

func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += n
	return n, err
}

// Unwrap leads http.ResponseController to the writer beneath.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
