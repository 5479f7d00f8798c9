// Package companion is the local server of the course. It serves a built site on the learner's own
// machine, runs "Check my solution" for the page, and reloads pages when a build has ended.
//
//	srv, err := companion.New(companion.Options{Dir: "public", Checker: checker})
//	ln, err := companion.Listen("127.0.0.1:8080")
//	err = srv.Serve(ctx, ln) // until ctx ends
//
// A page on disk knows nothing of the companion: served by any other host it has no button and asks
// for nothing. The companion adds its scripts, its stylesheet and two meta elements to each page that
// it serves. What the script may then ask for stands below /-/ :
//
//	POST /-/check/{task}              server-sent events, each with JSON:
//	                                  check (verdict.Spoken), then result (Closing) or fault (Fault)
//	GET  /-/events?generation=N       server-sent events: problems (Problems), reload
//	GET  /-/progress                  JSON: what has passed (Progress)
//	GET  /-/companion.js, /-/place.js, /-/companion.css
//
// A check runs programs, so a page of another origin must never start one. Every request must name a
// loopback host and the server's own port, which stops DNS rebinding. The streams and the progress
// ask besides for the token that each start of the server makes anew and gives to its own pages only; the check
// must come from the server's own origin and name a task of the catalogue.
package companion

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// A Checker judges the learner's work.
type Checker interface {
	// Has reports whether the catalogue has a task with that id now; no other is ever checked.
	Has(task string) bool

	// Check judges the work on a task as it stands on disk now. It reports each check as it ends,
	// from any goroutine, and none after it has returned. It returns soon after ctx ends, with
	// nothing left running. An error means that nothing could be judged; its text is shown to the
	// learner and says what to type next.
	Check(ctx context.Context, task string, report func(verdict.Check)) (verdict.Result, error)
}

// Options say what is served.
type Options struct {
	Dir     string // the built site; it may appear later, and may be replaced
	Checker Checker

	// Passed lists the tasks that have passed a check, wherever it was run. Without it there are none.
	Passed func() ([]Passed, error)
}

// A Server serves one site. Its methods may be called from many goroutines.
type Server struct {
	opt    Options
	token  string
	own    *http.ServeMux // what stands below /-/
	checks runs
	builds board
}

var _ http.Handler = (*Server)(nil)

// New returns a server with a token of its own.
func New(opt Options) (*Server, error) {
	if opt.Dir == "" {
		return nil, errors.New("new companion: no folder to serve")
	}
	if opt.Checker == nil {
		return nil, errors.New("new companion: no checker")
	}
	s := &Server{opt: opt, token: rand.Text(), own: http.NewServeMux()}
	s.own.HandleFunc("POST /-/check/{task}", s.serveCheck)
	s.own.HandleFunc("GET /-/events", s.serveEvents)
	s.own.HandleFunc("GET /-/progress", s.serveProgress)
	s.own.HandleFunc("GET /-/companion.js", serveStatic)
	s.own.HandleFunc("GET /-/place.js", serveStatic)
	s.own.HandleFunc("GET /-/companion.css", serveStatic)
	return s, nil
}

// Reload tells the pages that a build has ended. With a nil error they load themselves anew; with
// any other they stay as they are and show its text.
func (s *Server) Reload(err error) { s.builds.post(err) }

// ServeHTTP answers a request that came in over a loopback connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	if err := checkHost(r); err != nil {
		refuse(w, err)
		return
	}
	name, ok := locate(r.URL.Path)
	switch {
	case !ok:
		s.notFound(w, r)
	case strings.HasPrefix(name, "-/"):
		s.own.ServeHTTP(w, r)
	default:
		s.serveFile(w, r, name)
	}
}

// protect sets the headers that every answer has. The policy is that of the pages themselves, with
// what a meta element cannot say.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "+
		"img-src 'self' data:; font-src 'self'; manifest-src 'self'; connect-src 'self'; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
}
