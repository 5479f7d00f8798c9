package world

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A Request is one request that the world answered.
type Request struct {
	Method string
	Path   string // below the server, such as proxy/example.test/greet/@v/list
	Status int
	Bytes  int
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

// wrap returns a handler that passes requests on to h and remembers them.
func (l *Log) wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cw := &countingWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(cw, r)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.requests = append(l.requests, Request{r.Method, strings.TrimPrefix(r.URL.Path, "/"), cw.status, cw.bytes})
	})
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
