package site_test

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/slipway-workshop/slipway/site"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"

// heaviest is how many bytes a page may have.
const heaviest = 60 << 10

// TestPages holds all pages of the small course to what a strict policy and a reader ask for.
func TestPages(t *testing.T) {
	_, got := build(t, site.Options{Content: course(t), Tasks: tasks()})
	checkPages(t, got)
}

func checkPages(t *testing.T, files map[string]string) {
	t.Helper()
	pages := map[string]*html.Node{}
	ids := map[string]map[string]bool{}
	for name, data := range files {
		if path.Ext(name) != ".html" {
			continue
		}
		doc, err := html.Parse(strings.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(data) > heaviest {
			t.Errorf("%s has %d bytes, more than %d", name, len(data), heaviest)
		}
		pages[name], ids[name] = doc, uniqueIDs(t, name, doc)
	}
	if len(pages) == 0 {
		t.Fatal("no pages")
	}
	for name, doc := range pages {
		checkPolicy(t, name, doc)
		checkOutline(t, name, doc)
		for n := range doc.Descendants() {
			for _, key := range []string{"href", "src"} {
				if ref, ok := attr(n, key); ok {
					checkRef(t, name, ref, files, ids)
				}
			}
		}
	}
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func uniqueIDs(t *testing.T, name string, doc *html.Node) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		id, ok := attr(n, "id")
		if ok && ids[id] {
			t.Errorf("%s: id %q is used twice", name, id)
		}
		if ok {
			ids[id] = true
		}
	}
	for n := range doc.Descendants() {
		for _, key := range []string{"aria-labelledby", "aria-describedby"} {
			if id, ok := attr(n, key); ok && !ids[id] {
				t.Errorf("%s: %s=%q names no element", name, key, id)
			}
		}
	}
	return ids
}

// checkPolicy holds that the page has the policy, and nothing that the policy would stop.
func checkPolicy(t *testing.T, name string, doc *html.Node) {
	t.Helper()
	var policies []string
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if equiv, _ := attr(n, "http-equiv"); equiv == "Content-Security-Policy" {
			content, _ := attr(n, "content")
			policies = append(policies, content)
		}
		if src, _ := attr(n, "src"); n.Data == "script" && (src == "" || n.FirstChild != nil) {
			t.Errorf("%s: script within the page", name)
		}
		if n.Data == "style" {
			t.Errorf("%s: style within the page", name)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
			}
		}
	}
	want := []string{policy}
	if name == "index.html" {
		want = []string{"default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'"}
	}
	if !slices.Equal(policies, want) {
		t.Errorf("%s: policies are %q", name, policies)
	}
}

// checkOutline holds that a page has one h1 and skips no level, and that what scrolls can be focused.
func checkOutline(t *testing.T, name string, doc *html.Node) {
	t.Helper()
	last := byte('0')
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			if n.Data[1] > last+1 || n.Data == "h1" && last != '0' {
				t.Errorf("%s: <%s> after <h%c>", name, n.Data, last)
			}
			last = n.Data[1]
		}
		class, _ := attr(n, "class")
		tab, _ := attr(n, "tabindex")
		label, _ := attr(n, "aria-label")
		if (n.Data == "pre" || class == "table" || class == "figure") && (tab != "0" || label == "") {
			t.Errorf("%s: <%s class=%q> cannot be focused or has no label", name, n.Data, class)
		}
	}
	if last == '0' {
		t.Errorf("%s: no heading", name)
	}
}

// checkRef holds that an address within the site leads to a file, and to an element of it.
func checkRef(t *testing.T, name, ref string, files map[string]string, ids map[string]map[string]bool) {
	t.Helper()
	u, err := url.Parse(ref)
	if err != nil {
		t.Errorf("%s: address %q: %v", name, ref, err)
		return
	}
	if u.Scheme != "" {
		return
	}
	target := path.Join(path.Dir(name), u.Path)
	if u.Path == "" {
		target = name
	}
	if name == "404.html" && path.IsAbs(u.Path) {
		_, target, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/") // after the site's own folder
	} else if path.IsAbs(u.Path) {
		t.Errorf("%s: address %q begins at the root of the host", name, ref)
	}
	if _, ok := files[target]; !ok {
		t.Errorf("%s: address %q leads to no file", name, ref)
	} else if u.Fragment != "" && !ids[target][u.Fragment] {
		t.Errorf("%s: address %q leads to no element", name, ref)
	}
}
