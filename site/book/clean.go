package book

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// clean takes away what is of use on a screen only, or said elsewhere in the book.
func (s *section) clean() {
	for _, n := range elements(s.main) {
		if isExtra(n) {
			n.Parent.RemoveChild(n)
		}
	}
	for _, n := range elements(s.main) {
		switch {
		case hasClass(n, "heading"):
			unwrap(n)
		case n.DataAtom == atom.Details:
			setAttr(n, "open", "")
		}
		n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
			return slices.Contains([]string{"loading", "decoding"}, a.Key) || strings.HasPrefix(a.Key, "data-") ||
				a.Key == "aria-labelledby" && n.DataAtom == atom.Section || // many have the same name: none is a landmark
				n.DataAtom == atom.Pre && slices.Contains([]string{"tabindex", "role", "aria-label"}, a.Key) // code wraps
		})
	}
}

// isExtra tells what a book leaves out: what a script works with, navigation, the links beside headings,
// and of a task its hints, its variants and the commands that are the same for all.
func isExtra(n *html.Node) bool {
	if _, hidden := attr(n, "hidden"); hidden {
		return true
	}
	switch n.DataAtom {
	case atom.Script, atom.Button, atom.Nav, atom.Footer, atom.Input, atom.Template, atom.Noscript:
		return true
	case atom.A:
		return hasClass(n.Parent, "heading")
	case atom.Section:
		name, _ := attr(n, "aria-labelledby")
		return slices.Contains([]string{"page-exercises", "page-start", "page-variants"}, name)
	}
	return hasClass(n, "hint")
}

// A setting is how an edition of the book sets the sections.
type setting struct {
	href  target
	level func(*section) int      // of the heading of a page
	image func(src string) string // address of an image
}

// set fits the text of all sections together.
func (b *Book) set(sections []*section, how setting) {
	all := map[string]*section{}
	for _, s := range sections {
		all[s.Name] = s
	}
	for _, s := range sections {
		for _, n := range elements(s.main) {
			s.setIDs(n)
			s.setHeading(n, how.level(s)-1)
			if href, ok := attr(n, "href"); ok && n.DataAtom == atom.A {
				setLink(n, b.address(s, all, href, how.href))
			}
			if src, ok := attr(n, "src"); ok && n.DataAtom == atom.Img {
				setAttr(n, "src", how.image(src))
			}
		}
	}
}

func setLink(n *html.Node, href string) {
	if href == "" {
		unwrap(n)
		return
	}
	setAttr(n, "href", href)
}

// setIDs puts the page's name before anchors, and before the names of elements that others are labelled by.
func (s *section) setIDs(n *html.Node) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
		return isReference(a.Key) && !s.ids[a.Val]
	})
	for i, a := range n.Attr {
		if a.Key == "id" || isReference(a.Key) {
			n.Attr[i].Val = anchor(s.Name, a.Val)
		}
	}
}

func isReference(key string) bool {
	return slices.Contains([]string{"aria-labelledby", "aria-describedby", "aria-controls", "for"}, key)
}

const deepest = 6

// setHeading moves a heading down. Its look goes by the class, which names the level that it had.
func (s *section) setHeading(n *html.Node, by int) {
	level := headingLevel(n)
	if level == 0 {
		return
	}
	if by > 0 {
		class, _ := attr(n, "class")
		setAttr(n, "class", strings.TrimSpace(class+" "+n.Data))
		rename(n, "h"+string(rune('0'+min(level+by, deepest))))
	}
	if level == 1 {
		setAttr(n, "id", anchor(s.Name, ""))
	}
}

func headingLevel(n *html.Node) int {
	if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
		return int(n.Data[1] - '0')
	}
	return 0
}

// splitAddress takes an address within the folder of a language apart. It is not ok for one that leads
// out of it.
func splitAddress(href string) (page, id string, ok bool) {
	u, err := url.Parse(href)
	if err != nil || u.Scheme != "" || u.Host != "" || strings.Contains(u.Path, "/") {
		return "", "", false
	}
	return strings.TrimSuffix(u.Path, path.Ext(u.Path)), u.Fragment, true
}

// elements lists the elements below a node. The list stays the same while the tree changes.
func elements(n *html.Node) []*html.Node {
	var list []*html.Node
	for c := range n.Descendants() {
		if c.Type == html.ElementNode {
			list = append(list, c)
		}
	}
	return list
}

// unwrap puts the children of a node in its place.
func unwrap(n *html.Node) {
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
		n.Parent.InsertBefore(c, n)
	}
	n.Parent.RemoveChild(n)
}

func rename(n *html.Node, name string) { n.Data, n.DataAtom = name, atom.Lookup([]byte(name)) }

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func setAttr(n *html.Node, key, value string) {
	for i, a := range n.Attr {
		if a.Key == key {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}

func hasClass(n *html.Node, class string) bool {
	all, _ := attr(n, "class")
	return slices.Contains(strings.Fields(all), class)
}
