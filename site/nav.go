package site

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/slipway-workshop/slipway/content"
)

// window is how many chapters before and after its own a page names in its course navigation. A
// part of a usual size is shown whole; without a limit the pages of a large one would be mostly
// navigation.
const window = 30

// A nav is the course navigation for the pages of one part. Its chapters are rendered once; each
// page takes those around its own, with itself marked as current.
type nav struct {
	before  string              // up to the first chapter
	after   string              // from the last chapter
	entries []string            // HTML of a chapter with its tasks
	places  map[string]navPlace // by file name of the page
	key     string
}

// A navPlace says where a page stands: in which entry, and at which offset its mark goes.
type navPlace struct{ entry, mark int }

func (p *planner) newNav(part *content.Part) *nav {
	n := &nav{places: map[string]navPlace{}}
	n.before = "<p class=\"part\">" + template.HTMLEscapeString(part.Title) + "</p>\n<ol>\n"
	n.after = "</ol>\n" + p.otherParts(part)
	for i, ch := range part.Chapters {
		var b strings.Builder
		b.WriteString("<li>")
		n.link(&b, i, strconv.Itoa(ch.Number), p.chapterRef(ch))
		if len(ch.Tasks) > 0 {
			b.WriteString("\n<details open data-fold=\"" + ch.Slug + "\"><summary>" + template.HTMLEscapeString(p.words.Tasks.Of(len(ch.Tasks))) + "</summary>\n<ul>")
			for _, t := range ch.Tasks {
				b.WriteString("<li>")
				n.link(&b, i, t.ID, p.taskRef(t))
				b.WriteString("</li>")
			}
			b.WriteString("</ul></details>")
		}
		b.WriteString("</li>\n")
		n.entries = append(n.entries, b.String())
	}
	n.key = content.Digest([]byte(n.before + strings.Join(n.entries, "") + n.after))
	return n
}

func (n *nav) link(b *strings.Builder, entry int, label string, to ref) {
	b.WriteString(`<a href="` + to.Href + `"`)
	n.places[to.Href] = navPlace{entry, b.Len()}
	b.WriteString("><span>" + label + "</span> " + string(to.Named()) + "</a>")
}

// wholeBook is how many chapters a course may have for a page to list those of the other parts too. The
// pages of a larger one would be mostly navigation.
const wholeBook = 60

// otherParts lists the other parts of the course: folded, with their chapters, or as links to the home page.
func (p *planner) otherParts(part *content.Part) string {
	if len(p.course.Parts) < 2 {
		return ""
	}
	chapters := 0
	for range p.course.Chapters() {
		chapters++
	}
	var b strings.Builder
	b.WriteString("<p class=\"part\">" + template.HTMLEscapeString(string(p.words.OtherParts)) + "</p>\n<ul>\n")
	for _, other := range p.course.Parts {
		if other == part {
			continue
		}
		b.WriteString("<li>")
		if chapters > wholeBook {
			to := p.partRef(other)
			b.WriteString(`<a href="` + to.Href + `">` + template.HTMLEscapeString(to.Text) + "</a>")
		} else {
			p.foldedPart(&b, other)
		}
		b.WriteString("</li>\n")
	}
	b.WriteString("</ul>\n")
	return b.String()
}

func (p *planner) foldedPart(b *strings.Builder, part *content.Part) {
	b.WriteString(`<details class="other" data-fold="part-` + part.ID + `"><summary>` + template.HTMLEscapeString(part.Title) + "</summary>\n<ol>")
	for _, ch := range part.Chapters {
		to := p.chapterRef(ch)
		b.WriteString(`<li><a href="` + to.Href + `"><span>` + strconv.Itoa(ch.Number) + "</span> " + string(to.Named()) + "</a></li>")
	}
	b.WriteString("</ol></details>")
}

func (p *planner) partRef(part *content.Part) ref {
	return ref{Href: "index.html#part-" + part.ID, Text: part.Title}
}

// at is the navigation as the page with a file name shows it.
func (n *nav) at(page string) template.HTML {
	place, ok := n.places[page]
	if !ok {
		return ""
	}
	var b strings.Builder
	b.WriteString(n.before)
	for i := max(0, place.entry-window); i < min(len(n.entries), place.entry+window+1); i++ {
		html := n.entries[i]
		if i == place.entry {
			html = html[:place.mark] + ` aria-current="page"` + html[place.mark:]
		}
		b.WriteString(html)
	}
	b.WriteString(n.after)
	return template.HTML(b.String())
}
