package companion

import (
	"bufio"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServeFile(t *testing.T) {
	tests := []struct {
		line   string
		status int
		header string // "Name: value" that the answer has
		body   string // that the answer contains
	}{
		{"GET /", 302, "Location: /en/index.html", ""},
		{"GET /index.html", 200, "Content-Type: text/html; charset=utf-8", "moved"},
		{"GET /en/", 200, "Content-Type: text/html; charset=utf-8", "home"},
		{"GET /en/index.html?a=b", 200, "Cache-Control: no-store", "home"},
		{"HEAD /en/index.html", 200, "Content-Type: text/html; charset=utf-8", ""},
		{"GET /en", 302, "Location: /en/", ""},
		{"GET /en/bare.html", 200, "", "a page without a head"},
		{"GET /assets/site.0a1b.css", 200, "Content-Type: text/css; charset=utf-8", "body{}"},
		{"GET /assets/page.js", 200, "Content-Type: text/javascript; charset=utf-8", "1"},
		{"GET /data.unknown", 200, "Content-Type: application/octet-stream", "?"},
		{"GET /-/companion.js", 200, "Content-Type: text/javascript; charset=utf-8", "Check my solution"},
		{"GET /-/companion.css", 200, "Content-Type: text/css; charset=utf-8", ".check"},
		{"GET /-/companion.go", 404, "", ""},
		{"GET /-/", 404, "", ""},
		{"GET /-/check/x06", 405, "Allow: POST", ""},
		{"POST /en/index.html", 405, "Allow: GET, HEAD", "read only"},

		{"GET /missing.html", 404, "Content-Type: text/html; charset=utf-8", "no such page"},
		{"HEAD /missing.html", 404, "", ""},
		{"GET /en/folder/", 404, "", "no such page"},
		{"GET /.state", 404, "", "no such page"},
		{"GET /en/.hidden.html", 404, "", "no such page"},
		{"GET /../secret.txt", 404, "", "no such page"},
		{"GET /en/../../secret.txt", 404, "", "no such page"},
		{"GET /en/../index.html", 404, "", "no such page"},
		{"GET /%2e%2e/secret.txt", 404, "", "no such page"},
		{"GET /en/%2e%2e%2f%2e%2e%2fsecret.txt", 404, "", "no such page"},
		{"GET /..%5csecret.txt", 404, "", "no such page"},
		{"GET //en/index.html", 404, "", "no such page"},
		{"GET /en//index.html", 404, "", "no such page"},
		{"GET //evil.test/%2e%2e", 404, "", "no such page"},
		{"GET /en/./index.html", 404, "", "no such page"},
		{"GET /en/index.html%00.txt", 404, "", "no such page"},
		{"GET /%00", 404, "", "no such page"},
		{"GET /C:/secret.txt", 404, "", "no such page"},
		{"GET http://127.0.0.1:8080/../secret.txt", 404, "", "no such page"},
		{"GET /outside.txt", 404, "", "no such page"},
		{"GET /-/../secret.txt", 404, "", "no such page"},
	}
	srv := newServer(t, passes)
	if err := os.Symlink("../secret.txt", filepath.Join(srv.opt.Dir, "outside.txt")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		resp := do(t, srv, tt.line)
		name, value, _ := strings.Cut(tt.header, ": ")
		if text := body(t, resp); resp.StatusCode != tt.status || resp.Header.Get(name) != value || !strings.Contains(text, tt.body) {
			t.Errorf("%s: status %d, headers %v, body %q; want %d, %s, %q",
				tt.line, resp.StatusCode, resp.Header, text, tt.status, tt.header, tt.body)
		}
	}
}

func TestEveryAnswerIsProtected(t *testing.T) {
	srv := newServer(t, passes)
	for _, line := range []string{"GET /", "GET /en/", "GET /missing", "GET /-/companion.js", "POST /-/check/x06", "GET /../x"} {
		h := do(t, srv, line).Header
		for name, want := range map[string]string{
			"Content-Security-Policy":      "frame-ancestors 'none'",
			"X-Content-Type-Options":       "nosniff",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Referrer-Policy":              "same-origin",
		} {
			if !strings.Contains(h.Get(name), want) {
				t.Errorf("%s: header %s is %q, want %q in it", line, name, h.Get(name), want)
			}
		}
		if csp := h.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: policy %q, CORS %q", line, csp, h.Get("Access-Control-Allow-Origin"))
		}
	}
}

func TestInject(t *testing.T) {
	srv := newServer(t, passes)
	srv.Reload(nil)
	for _, line := range []string{"GET /en/", "GET /missing.html"} {
		text := body(t, do(t, srv, line))
		head, _, _ := strings.Cut(text, "</head>")
		want := `</title><meta name="slipway-token" content="` + srv.token + `">` +
			`<meta name="slipway-generation" content="1">` +
			`<link rel="stylesheet" href="/-/companion.css"><script defer src="/-/place.js"></script><script defer src="/-/companion.js"></script>`
		if !strings.HasSuffix(head, want) {
			t.Errorf("%s: head ends %q, want %q", line, head, want)
		}
	}
	for _, line := range []string{"GET /assets/page.js", "GET /-/companion.js", "GET /en/bare.html"} {
		if strings.Contains(body(t, do(t, srv, line)), srv.token) {
			t.Errorf("%s: holds the token", line)
		}
	}
}

func TestUnchangedFilesAreNotSentAgain(t *testing.T) {
	srv := newServer(t, passes)
	for _, path := range []string{"/assets/page.js", "/-/companion.js"} {
		first := do(t, srv, "GET "+path)
		tag := first.Header.Get("ETag")
		if again := do(t, srv, "GET "+path, "If-None-Match: "+tag); tag == "" || again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: tag %q, then status %d", path, tag, again.StatusCode)
		}
	}
	tag := do(t, srv, "GET /assets/page.js").Header.Get("ETag")
	write(t, filepath.Join(srv.opt.Dir, "assets", "page.js"), "22")
	if again := do(t, srv, "GET /assets/page.js", "If-None-Match: "+tag); again.StatusCode != http.StatusOK {
		t.Errorf("changed file: status %d", again.StatusCode)
	}
}

func TestSiteThatIsNotThere(t *testing.T) {
	srv := newServer(t, passes)
	if err := os.RemoveAll(srv.opt.Dir); err != nil {
		t.Fatal(err)
	}
	resp := do(t, srv, "GET /en/index.html")
	if text := body(t, resp); resp.StatusCode != 404 || !strings.Contains(text, "Not found") || !strings.Contains(text, srv.token) {
		t.Errorf("status %d, body %q: want a page that learns of the first build", resp.StatusCode, text)
	}
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "/en/", "/../secret.txt", "//secret.txt", "/%2e%2e/secret.txt", "/en/%00", "/a\\..\\b", "/C:/x", "/-/check/x06", "/en", "/%2f%2fevil.test"} {
		f.Add(seed)
	}
	srv := newServer(f, passes)
	f.Fuzz(func(t *testing.T, target string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire("GET "+target, nil))))
		if err != nil || r.Host != testHost {
			return
		}
		if name, ok := locate(r.URL.Path); ok && (!fs.ValidPath(name) || !filepath.IsLocal(name)) {
			t.Errorf("locate(%q) = %q", r.URL.Path, name)
		}
		rec := httptest.NewRecorder()
		srv.ServeHTTP(rec, arrive(r))
		resp := rec.Result()
		if text := body(t, resp); strings.Contains(text, secret) || strings.Contains(text, "of the builder") {
			t.Errorf("%q: answer %q", target, text)
		}
		if to := resp.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
			t.Errorf("%q leads to %q", target, to)
		}
	})
}
