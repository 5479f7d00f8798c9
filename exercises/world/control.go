package world

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// serveControl answers those who ask for the world itself, by its address: /log, /env and /stage/N.
func (w *World) serveControl(rw http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/log":
		w.serveLog(rw, r.URL.Query().Get("match"))
	case r.URL.Path == "/env":
		for _, v := range w.Variables() {
			fmt.Fprintf(rw, "%s=%s\t%s\n", v.Name, v.Value, v.Why)
		}
	case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/stage/"):
		n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/stage/"))
		if err == nil {
			err = w.SetStage(n)
		}
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
		}
	default:
		http.Error(rw, "this is a module world: programs use it as an HTTP proxy; slipway world env shows how", http.StatusNotFound)
	}
}

func (w *World) serveLog(rw http.ResponseWriter, match string) {
	re, err := regexp.Compile(match)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	for _, r := range w.Log.Requests() {
		if line := r.String(); re.MatchString(line) {
			fmt.Fprintln(rw, line)
		}
	}
}
