package render

import (
	"net/url"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/yuin/goldmark/ast"
)

// What a link leads to.
const (
	ToAnchor   = ""         // a heading of the same page
	ToChapter  = "chapter"  // a chapter, by its slug
	ToTask     = "task"     // an exercise or a lab, by its id
	ToGlossary = "glossary" // a term, by its id
	ToWeb      = "web"      // an address outside the course
)

// A Link is a link of a page.
type Link struct {
	To     string // one of the constants above
	Target string // slug, id or address
	Anchor string // heading on the target's page, or empty
	Pos    frontmatter.Position
}

// ParseLink reads the destination of a link. It reports false when a page may not hold it.
func ParseLink(dest string) (Link, bool) {
	if anchor, ok := strings.CutPrefix(dest, "#"); ok {
		return Link{To: ToAnchor, Anchor: anchor}, anchor != ""
	}
	scheme, rest, _ := strings.Cut(dest, ":")
	switch scheme {
	case ToChapter, ToTask:
		target, anchor, hash := strings.Cut(rest, "#")
		return Link{To: scheme, Target: target, Anchor: anchor}, plainName(target) && (anchor != "" || !hash)
	case ToGlossary:
		return Link{To: scheme, Target: rest}, plainName(rest)
	case "http", "https":
		u, err := url.Parse(dest)
		return Link{To: ToWeb, Target: dest}, err == nil && u.Host != ""
	}
	return Link{}, false
}

// plainName reports whether a slug or id can stand in a file name and an address.
func plainName(s string) bool { return s != "" && s == Slug(s) }

// Href is the address of the target, relative to the folder that all pages of a language stand in.
func (l Link) Href() string {
	var page string
	switch l.To {
	case ToWeb:
		return l.Target
	case ToGlossary:
		return "glossary.html#" + l.Target
	case ToChapter, ToTask:
		page = l.Target + ".html"
	}
	if l.Anchor == "" {
		return page
	}
	return page + "#" + l.Anchor
}

func (p *page) link(n *ast.Link) {
	dest := string(n.Destination)
	l, ok := ParseLink(dest)
	switch {
	case !ok:
		p.fail(n.Pos(), "link to %q: write chapter:<slug>, task:<id>, glossary:<id>, #<heading> or a whole address that begins with https://", dest)
		return
	case plainText(n, p.src.Text) == "":
		p.fail(n.Pos(), "link to %q has no text", dest)
		return
	}
	l.Pos = p.pos(n.Pos())
	p.out.Links = append(p.out.Links, l)
	p.editLink(n, len(p.out.Links))
	n.Destination = []byte(l.Href())
	if l.To == ToGlossary && p.src.Define != nil {
		n.SetAttributeString("class", []byte("term"))
		n.SetAttributeString("data-definition", []byte(p.src.Define(l.Target)))
	}
}

func (p *page) autoLink(n *ast.AutoLink) {
	dest := string(n.URL(p.src.Text))
	l, ok := ParseLink(dest)
	if !ok || l.To != ToWeb {
		p.fail(n.Pos(), "link to %q: only addresses that begin with https:// may stand between < and >", dest)
		return
	}
	l.Pos = p.pos(n.Pos())
	p.out.Links = append(p.out.Links, l)
}
