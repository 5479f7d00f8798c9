package book

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"path"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Standalone returns a page that needs no other file: its stylesheets and images are within it, and its
// scripts, its icon and the links that lead to other pages by themselves are gone. read returns a file by
// its address on the page. The page has a content security policy, which names the stylesheets by their
// digests.
func Standalone(page []byte, read func(href string) ([]byte, error)) ([]byte, error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	w := within{read: read}
	for _, n := range elements(doc) {
		if err := w.element(n); err != nil {
			return nil, fmt.Errorf("book: %w", err)
		}
	}
	for _, n := range elements(doc) {
		if equiv, _ := attr(n, "http-equiv"); equiv == "Content-Security-Policy" {
			setAttr(n, "content", w.policy())
		}
	}
	var out bytes.Buffer
	err = html.Render(&out, doc)
	return out.Bytes(), err
}

// within is what a page has taken in.
type within struct {
	read   func(href string) ([]byte, error)
	styles []string // digests, as a policy writes them
}

func (w *within) policy() string {
	return "default-src 'none'; img-src data:; style-src " + strings.Join(w.styles, " ") + "; base-uri 'none'; form-action 'none'"
}

func (w *within) element(n *html.Node) error {
	switch n.DataAtom {
	case atom.Script:
		n.Parent.RemoveChild(n)
	case atom.Img:
		return w.image(n)
	case atom.Link:
		if rel, _ := attr(n, "rel"); rel == "stylesheet" {
			return w.style(n)
		}
		n.Parent.RemoveChild(n)
	}
	return nil
}

func (w *within) style(n *html.Node) error {
	href, _ := attr(n, "href")
	css, err := w.read(href)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(css)
	w.styles = append(w.styles, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	rename(n, "style")
	n.Attr = nil
	n.AppendChild(&html.Node{Type: html.TextNode, Data: string(css)})
	return nil
}

func (w *within) image(n *html.Node) error {
	src, _ := attr(n, "src")
	data, err := w.read(src)
	if err != nil {
		return err
	}
	setAttr(n, "src", "data:"+imageTypes[path.Ext(src)]+";base64,"+base64.StdEncoding.EncodeToString(data))
	return nil
}
