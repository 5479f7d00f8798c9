package world

import (
	"fmt"
	"html"
	"net/http"
	"strings"
)

// pages answers the go command's question where a module path leads
// (https://go.dev/ref/mod#vcs-find).
type pages struct {
	host string
	list []Page
}

func (ps pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := ps.find(ps.host + strings.TrimSuffix(r.URL.Path, "/"))
	if p == nil {
		http.NotFound(w, r)
		return
	}
	prefix, repo := p.Prefix, p.Repo
	if p.Anonymous != "" && !known(r) {
		prefix, repo = p.Anonymous, "https://"+p.Anonymous+".git"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!DOCTYPE html>\n<html><head><meta name=\"go-import\" content=\"%s\"></head></html>\n",
		html.EscapeString(prefix+" "+p.VCS+" "+repo))
}

// find returns the page with the longest prefix that a path lies in.
func (ps pages) find(path string) *Page {
	var best *Page
	for i, p := range ps.list {
		inside := path == p.Prefix || strings.HasPrefix(path, p.Prefix+"/")
		if inside && (best == nil || len(p.Prefix) > len(best.Prefix)) {
			best = &ps.list[i]
		}
	}
	return best
}
