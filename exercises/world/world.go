// Package world is the module world of an exercise: a module proxy, a checksum database and a log
// of what was asked, on loopback, with no way out. The same library gives the same answers on every
// machine, to the byte.
//
//	lib, err := world.LoadLibrary(modules)
//	w, err := world.Start(lib, world.Config{}, workspace)
//	defer w.Close()
//	cmd.Env = append(env, w.Env()...)
//
// The proxy speaks the protocol of https://go.dev/ref/mod#goproxy-protocol whole (list, info, mod,
// zip, latest, and the checksum database below /sumdb/); the database is the one of
// https://go.dev/design/25530-sumdb with a key of its own.
package world

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// A World is a running set of servers.
type World struct {
	Log Log

	server   *http.Server
	url      string
	releases []releases
}

// Start runs a world over lib. Modules that the learner publishes are read from folders below
// workspace. The caller must Close the world.
func Start(lib *Library, c Config, workspace string) (*World, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start module world: %w", err)
	}
	w := &World{url: "http://" + l.Addr().String()}
	for _, r := range c.Releases {
		w.releases = append(w.releases, releases{r.Module, workspace, r.From})
	}
	w.server = &http.Server{Handler: w.Log.wrap(handler(lib, w.releases)), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = w.server.Serve(l) }() // ends with Close
	return w, nil
}

func handler(lib *Library, published []releases) http.Handler {
	src := sources{lib}
	for _, r := range published {
		src = append(src, r)
	}
	db := newSumDB(lib, src)
	proxied := "/proxy/sumdb/" + sumdbName
	mux := http.NewServeMux()
	mux.Handle("/proxy/", http.StripPrefix("/proxy", proxy{src}))
	mux.HandleFunc(proxied+"/supported", func(http.ResponseWriter, *http.Request) {})
	mux.Handle(proxied+"/", http.StripPrefix(proxied, db))
	mux.Handle("/sumdb/", http.StripPrefix("/sumdb", db))
	return mux
}

// Close stops the servers and breaks off what they were answering.
func (w *World) Close() error { return w.server.Close() }

// URL returns the address of the module proxy.
func (w *World) URL() string { return w.url + "/proxy" }

// Ignored says which folders among the learner's releases are not published, and why.
func (w *World) Ignored() []string {
	var list []string
	for _, r := range w.releases {
		list = append(list, r.ignored()...)
	}
	return list
}

// Env returns the environment that leads the go command into this world, and nowhere else.
func (w *World) Env() []string {
	return []string{
		"GOPROXY=" + w.URL(),
		"GOSUMDB=" + sumdbKey + " " + w.url + "/sumdb",
		"GOPRIVATE=",
		"GONOPROXY=",
		"GONOSUMDB=",
		"GOINSECURE=",
		"GOVCS=*:off",
		"GOAUTH=off",
	}
}
