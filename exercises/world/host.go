package world

import (
	"net/http"
	"strings"
)

// A host is one server of a world.
type host struct {
	name string
	tls  string
	mux  http.Handler
}

func newHosts(w *World, lib *Library, configs map[string]Host) (map[string]*host, error) {
	src := sources{lib}
	for _, r := range w.releases {
		src = append(src, r)
	}
	db := newDatabase(w, lib, src, configs)
	issuers := map[string]*issuer{}
	for name, c := range configs {
		if c.Tokens != nil {
			issuers[name] = newIssuer(*c.Tokens)
		}
	}
	faults, err := newFaults(w)
	if err != nil {
		return nil, err
	}
	hosts := map[string]*host{}
	for name, c := range configs {
		h := &host{name: name, tls: c.TLS}
		login := newLogin(c.Login, issuers)
		h.mux = faults.wrap(name, login.wrap(h.contents(w, c, src, db, issuers[name]), c.open()))
		hosts[hostName(name)] = h
	}
	return hosts, nil
}

// contents is what a host serves, whoever asks.
func (h *host) contents(w *World, c Host, src source, db http.Handler, tokens http.Handler) http.Handler {
	mux := http.NewServeMux()
	if c.Proxy != nil {
		below := strings.TrimSuffix(c.Proxy.Below, "/")
		mux.Handle(below+"/", http.StripPrefix(below, newProxy(*c.Proxy, src, db)))
	}
	if c.SumDB != nil {
		mux.Handle("/", db)
	}
	if c.Tokens != nil {
		mux.Handle("/token", tokens)
	}
	for _, m := range c.Git {
		mux.Handle("/"+strings.Trim(m.Path, "/")+"/", newRepository(w.dir, h.name, m, src))
	}
	if c.Pages != nil {
		mux.Handle("/{path...}", pages{h.name, c.Pages})
	}
	return mux
}

// open reports whether those who have not logged in are answered too, each in their own way.
func (c Host) open() bool {
	for _, p := range c.Pages {
		if p.Anonymous != "" {
			return true
		}
	}
	return false
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// speaks reports whether a host speaks HTTPS, or without secure plain HTTP.
func (h *host) speaks(secure bool) bool {
	return h.tls == "both" || secure == (h.tls == "yes")
}

func (h *host) schemes() string {
	if h.tls == "yes" {
		return "https only"
	}
	return "http only"
}
