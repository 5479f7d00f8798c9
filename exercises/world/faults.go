package world

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
)

// A fault is a Fault at work.
type fault struct {
	Fault
	path  *regexp.Regexp
	delay time.Duration
	done  atomic.Int64 // how often it has happened
}

type faults struct {
	world *World
	list  []*fault
}

func newFaults(w *World) (faults, error) {
	fs := faults{world: w}
	for _, c := range w.config.Faults {
		re, err := regexp.Compile(c.Path)
		if err != nil {
			return fs, fmt.Errorf("fault of %s: %w", c.Host, err)
		}
		delay, err := time.ParseDuration(cmp.Or(c.Delay, "0s"))
		if err != nil {
			return fs, fmt.Errorf("fault of %s: %w", c.Host, err)
		}
		fs.list = append(fs.list, &fault{Fault: c, path: re, delay: delay})
	}
	return fs, nil
}

// wrap returns a handler that does what is wrong with a host, where something is, and else what h does.
func (fs faults) wrap(name string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, f := range fs.list {
			if f.Host == name && f.happens(r, int(fs.world.stage.Load())) {
				f.answer(w, r, h)
				return
			}
		}
		h.ServeHTTP(w, r)
	})
}

func (f *fault) happens(r *http.Request, stage int) bool {
	if !f.path.MatchString(strings.TrimPrefix(r.URL.Path, "/")) || stage < f.From || f.Until != 0 && stage > f.Until {
		return false
	}
	return f.Times == 0 || f.done.Add(1) <= int64(f.Times)
}

func (f *fault) answer(w http.ResponseWriter, r *http.Request, h http.Handler) {
	select {
	case <-time.After(f.delay):
	case <-r.Context().Done():
		return
	}
	switch {
	case f.Status != 0:
		http.Error(w, cmp.Or(f.Body, http.StatusText(f.Status)), f.Status)
	case f.Bytes == "":
		h.ServeHTTP(w, r)
	default:
		f.spoil(w, r, h)
	}
}

const loginPage = "<!DOCTYPE html>\n<title>Sign in</title>\n<form method=\"post\"><input name=\"user\"><input name=\"password\" type=\"password\"></form>\n"

// spoil answers what h does, but with other bytes. What h refuses stays refused.
func (f *fault) spoil(w http.ResponseWriter, r *http.Request, h http.Handler) {
	if f.Bytes == "login" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, loginPage)
		return
	}
	good := httptest.NewRecorder()
	h.ServeHTTP(good, r)
	data := good.Body.Bytes()
	if good.Code == http.StatusOK {
		data = spoiled(f.Bytes, path.Ext(r.URL.Path), data)
	}
	w.Header().Set("Content-Type", good.Header().Get("Content-Type"))
	w.WriteHeader(good.Code)
	_, _ = w.Write(data) // a client that went away is not our fault
}

func spoiled(how, ext string, data []byte) []byte {
	switch {
	case how == "cut":
		return data[:len(data)/2]
	case how == "crlf":
		return bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	case ext == ".zip":
		return changedZip(data)
	}
	return append(bytes.Clone(data), "\n// changed\n"...)
}

// changedZip returns a module's zip with another content: one that is well formed, whose first Go file
// has one more line.
func changedZip(data []byte) []byte {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return data
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	changed := false
	for _, f := range r.File {
		content, err := readZipped(f)
		if err != nil {
			return data
		}
		if !changed && strings.HasSuffix(f.Name, ".go") {
			content, changed = append(content, "\n// changed\n"...), true
		}
		if fw, err := w.Create(f.Name); err == nil {
			_, _ = fw.Write(content) // to memory
		}
	}
	_ = w.Close()
	return out.Bytes()
}

func readZipped(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
