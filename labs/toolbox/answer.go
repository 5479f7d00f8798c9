package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An answer is what the server tells of itself and of the request.
type answer struct {
	identity
	Port    string              `json:"port"`
	Method  string              `json:"method"`
	Path    string              `json:"path"`
	Client  string              `json:"client"`
	TLS     string              `json:"tls"`
	Headers map[string][]string `json:"headers"`
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := s.respond(w, r)
	s.log.Printf("%s %s %d from %s", r.Method, strconv.QuoteToGraphic(r.URL.RequestURI()), status, r.RemoteAddr)
}

func (s *server) respond(w http.ResponseWriter, r *http.Request) (status int) {
	switch r.URL.Path {
	case "/healthz":
		return s.state(w, s.unhealthyAfter <= 0 || time.Since(s.started) < s.unhealthyAfter)
	case "/readyz":
		return s.state(w, s.ready())
	}
	delay, status, err := s.manner(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return http.StatusBadRequest
	}
	if pause(r.Context(), delay) != nil {
		return 499 // the client went away; nobody reads the answer
	}
	s.write(w, r, status)
	return status
}

func (s *server) ready() bool {
	if s.draining.Load() || time.Since(s.started) < s.readyAfter {
		return false
	}
	if s.readyFile == "" {
		return true
	}
	_, err := os.Stat(s.readyFile)
	return err == nil
}

func (s *server) state(w http.ResponseWriter, good bool) int {
	if good {
		fmt.Fprintln(w, "ok")
		return http.StatusOK
	}
	http.Error(w, "not ok", http.StatusServiceUnavailable)
	return http.StatusServiceUnavailable
}

// manner is the delay and the status that the flags, or the request, ask for.
func (s *server) manner(r *http.Request) (delay time.Duration, status int, err error) {
	delay, status = s.delay, s.status
	if rand.Float64() < float64(s.fail) {
		status = http.StatusInternalServerError
	}
	query := r.URL.Query()
	if text := query.Get("delay"); text != "" {
		if delay, err = time.ParseDuration(text); err != nil {
			return 0, 0, err
		}
	}
	if text := query.Get("status"); text != "" {
		if status, err = strconv.Atoi(text); err != nil || status < 200 || status > 599 {
			return 0, 0, fmt.Errorf("status %q is not one from 200 to 599", text)
		}
	}
	return delay, status, nil
}

func (s *server) write(w http.ResponseWriter, r *http.Request, status int) {
	switch {
	case s.body != "":
		w.WriteHeader(status)
		fmt.Fprintln(w, s.body)
	case strings.Contains(r.Header.Get("Accept"), "application/json"):
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(s.answer(r))
	default:
		w.WriteHeader(status)
		s.answer(r).write(w)
	}
}

func (s *server) answer(r *http.Request) answer {
	a := answer{
		identity: s.who, Method: r.Method, Path: r.URL.RequestURI(), Client: r.RemoteAddr, TLS: "no",
		Headers: maps.Clone(r.Header),
	}
	a.Headers["Host"] = []string{r.Host}
	if addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		_, a.Port, _ = net.SplitHostPort(addr.String())
	}
	if r.TLS != nil {
		a.TLS = describeTLS(*r.TLS)
	}
	return a
}

func (a answer) write(w io.Writer) {
	fmt.Fprintf(w, "name: %s\nhost: %s\nip: %s\nnamespace: %s\nnode: %s\n",
		a.Name, a.Host, a.IP, cmp.Or(a.Namespace, "unknown"), cmp.Or(a.Node, "unknown"))
	fmt.Fprintf(w, "port: %s\nmethod: %s\npath: %s\nclient: %s\ntls: %s\n", a.Port, a.Method, a.Path, a.Client, a.TLS)
	for _, name := range slices.Sorted(maps.Keys(a.Headers)) {
		for _, value := range a.Headers[name] {
			fmt.Fprintf(w, "header %s: %s\n", name, value)
		}
	}
}
