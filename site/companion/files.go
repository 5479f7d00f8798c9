package companion

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"
)

const (
	home     = "/en/index.html"
	notFound = "404.html"
)

// barePage stands in where the site has no page for what is not there, as before its first build.
const barePage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Not found</title>
</head>
<body>
<main>
<h1>Not found</h1>
<p>There is no page at this address. <a href="/en/index.html">To the course</a></p>
</main>
</body>
</html>
`

// types are the content types of what a site consists of. The system's own table is not asked, so
// that all systems answer alike.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".epub":        "application/epub+zip",
	".gif":         "image/gif",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".md":          "text/markdown; charset=utf-8",
	".pdf":         "application/pdf",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
	".xml":         "application/xml",
}

// locate turns the path of a URL into the name of a file in the site. It refuses what is not in its
// shortest form, what leads out of the site on any system, and names that begin with a dot.
func locate(urlPath string) (name string, ok bool) {
	name, ok = strings.CutPrefix(urlPath, "/")
	if !ok || strings.ContainsAny(name, "\\:\x00") {
		return "", false
	}
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	if !fs.ValidPath(name) || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		return "", false
	}
	return name, true
}

func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, name string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, refusal{http.StatusMethodNotAllowed, "pages can be read only"})
		return
	}
	if r.URL.Path == "/" {
		http.Redirect(w, r, home, http.StatusFound)
		return
	}
	generation := s.builds.generation() // before the file is read: a page is never newer than it says
	f, info, err := s.open(name)
	switch {
	case errors.Is(err, errFolder):
		http.Redirect(w, r, (&url.URL{Path: "/" + name + "/"}).String(), http.StatusFound)
	case err != nil:
		s.notFound(w, r)
	case path.Ext(name) == ".html":
		defer f.Close()
		s.servePage(w, r, generation, f)
	default:
		defer f.Close()
		h := w.Header()
		h.Set("Content-Type", contentType(name))
		h.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
		http.ServeContent(w, r, name, info.ModTime(), f)
	}
}

func contentType(name string) string {
	if t, ok := types[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}

var errFolder = errors.New("is a folder")

// open opens a file of the site. A root is opened for each request, so that links cannot lead out
// and a folder that was replaced by a new build is seen.
func (s *Server) open(name string) (io.ReadSeekCloser, fs.FileInfo, error) {
	root, err := os.OpenRoot(s.opt.Dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = errFolder
	case !info.Mode().IsRegular():
		err = fs.ErrInvalid
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// servePage sends a page with the companion's own elements. It holds the token, so that no cache
// may keep it.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request, generation int, f io.Reader) {
	page, err := io.ReadAll(f)
	if err != nil {
		refuse(w, fmt.Errorf("read page: %w", err))
		return
	}
	w.Header().Set("Content-Type", contentType(".html"))
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.inject(page, generation)))
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	generation := s.builds.generation()
	page := []byte(barePage)
	if f, _, err := s.open(notFound); err == nil {
		defer f.Close()
		if data, err := io.ReadAll(f); err == nil {
			page = data
		}
	}
	w.Header().Set("Content-Type", contentType(".html"))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = w.Write(s.inject(page, generation))
	}
}

// inject adds what the script needs to the head of a page. A page without the end of a head stays
// as it is.
func (s *Server) inject(page []byte, generation int) []byte {
	at := bytes.Index(page, []byte("</head>"))
	if at < 0 {
		return page
	}
	var b bytes.Buffer
	b.Write(page[:at])
	fmt.Fprintf(&b, `<meta name="slipway-token" content="%s">`, s.token)
	fmt.Fprintf(&b, `<meta name="slipway-generation" content="%d">`, generation)
	b.WriteString(`<link rel="stylesheet" href="/-/companion.css"><script defer src="/-/place.js"></script><script defer src="/-/companion.js"></script>`)
	b.Write(page[at:])
	return b.Bytes()
}
