package world

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// A source knows the versions of modules. The error of an unknown module is fs.ErrNotExist; any
// other error is answered with 500.
type source interface {
	versions(path string) ([]*Module, error) // upwards
}

func (lib *Library) versions(path string) ([]*Module, error) {
	if list := lib.modules[path]; list != nil {
		return list, nil
	}
	return nil, fs.ErrNotExist
}

// sources asks one source after the other and joins what they know. A version that several know is
// that of the first.
type sources []source

func (ss sources) versions(path string) ([]*Module, error) {
	var list []*Module
	for _, s := range ss {
		found, err := s.versions(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		list = append(list, found...)
	}
	if list == nil {
		return nil, fs.ErrNotExist
	}
	slices.SortStableFunc(list, func(a, b *Module) int { return semver.Compare(a.Version.Version, b.Version.Version) })
	return slices.CompactFunc(list, func(a, b *Module) bool { return a.Version == b.Version }), nil
}

// proxy speaks the module proxy protocol (https://go.dev/ref/mod#goproxy-protocol).
type proxy struct {
	src    source
	only   string // patterns of the module paths that it knows; none: all
	except string // and of those that it does not
}

// newProxy returns a module proxy that passes on the checksum database db, where its config says so.
func newProxy(c Proxy, src source, db http.Handler) http.Handler {
	p := proxy{src, strings.Join(c.Only, ","), strings.Join(c.Except, ",")}
	if c.SumDB != nil && !*c.SumDB {
		return p
	}
	below := "/sumdb/" + sumdbName
	mux := http.NewServeMux()
	mux.Handle("/", p)
	mux.HandleFunc(below+"/supported", func(http.ResponseWriter, *http.Request) {})
	mux.Handle(below+"/", http.StripPrefix(below, db))
	return mux
}

// knows reports whether a module is one of those that the proxy serves.
func (p proxy) knows(path string) bool {
	return (p.only == "" || module.MatchPrefixPatterns(p.only, path)) && !module.MatchPrefixPatterns(p.except, path)
}

func (p proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, contentType, err := p.answer(strings.TrimPrefix(r.URL.Path, "/"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.Error(w, "not found: "+err.Error(), http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(data) // a client that went away is not our fault
	}
}

const (
	plain     = "text/plain; charset=utf-8"
	jsonType  = "application/json"
	binary    = "application/zip"
	latestEnd = "/@latest"
	listEnd   = "/@v/list"
)

// answer returns the body for a path such as example.test/greet/@v/v1.0.0.mod.
func (p proxy) answer(path string) (data []byte, contentType string, err error) {
	if escaped, ok := strings.CutSuffix(path, latestEnd); ok {
		m, err := p.latest(escaped)
		if err != nil {
			return nil, "", err
		}
		return m.info, jsonType, nil
	}
	if escaped, ok := strings.CutSuffix(path, listEnd); ok {
		data, err := p.list(escaped)
		return data, plain, err
	}
	escaped, file, ok := strings.Cut(path, "/@v/")
	dot := strings.LastIndexByte(file, '.')
	if !ok || dot < 0 {
		return nil, "", fs.ErrNotExist
	}
	m, err := p.find(escaped, file[:dot])
	if err != nil {
		return nil, "", err
	}
	switch file[dot:] {
	case ".info":
		return m.info, jsonType, nil
	case ".mod":
		return m.mod, plain, nil
	case ".zip":
		data, err := m.zip()
		return data, binary, err
	}
	return nil, "", fs.ErrNotExist
}

func (p proxy) module(escaped string) ([]*Module, error) {
	path, err := module.UnescapePath(escaped)
	if err != nil || !p.knows(path) {
		return nil, fs.ErrNotExist
	}
	return p.src.versions(path)
}

// list names the versions of a module one a line. Pseudo-versions are not listed, so that the
// answer for a module without tags is empty, not an error.
func (p proxy) list(escaped string) ([]byte, error) {
	versions, err := p.module(escaped)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, m := range versions {
		if !module.IsPseudoVersion(m.Version.Version) {
			b.WriteString(m.Version.Version + "\n")
		}
	}
	return []byte(b.String()), nil
}

// latest returns the highest release, else the highest pre-release, else the newest pseudo-version.
func (p proxy) latest(escaped string) (*Module, error) {
	versions, err := p.module(escaped)
	if err != nil {
		return nil, err
	}
	return slices.MaxFunc(versions, func(a, b *Module) int {
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		return semver.Compare(a.Version.Version, b.Version.Version)
	}), nil
}

func rank(m *Module) int {
	switch v := m.Version.Version; {
	case module.IsPseudoVersion(v):
		return 0
	case semver.Prerelease(v) != "":
		return 1
	}
	return 2
}

// find returns the module at a version, or at the commit or branch that query names.
func (p proxy) find(escaped, query string) (*Module, error) {
	version, err := module.UnescapeVersion(query)
	if err != nil {
		return nil, fs.ErrNotExist
	}
	versions, err := p.module(escaped)
	if err != nil {
		return nil, err
	}
	for _, m := range slices.Backward(versions) {
		if m.Version.Version == version || m.Version.Version == version+"+incompatible" || slices.ContainsFunc(m.refs, func(ref string) bool { return refMatches(ref, version) }) {
			return m, nil
		}
	}
	return nil, fs.ErrNotExist
}

const shortHash = 7

// refMatches reports whether a query means ref: by its name, or by the beginning of its hash.
func refMatches(ref, query string) bool {
	if ref == query {
		return true
	}
	return len(query) >= shortHash && strings.Trim(query, "0123456789abcdef") == "" && strings.HasPrefix(ref, query)
}
