// Package render turns the Markdown of a page into HTML: bytes in, bytes out. It knows nothing of
// templates or files; what a page must know of the rest of the course it is told in a Source.
//
// The Markdown is CommonMark with tables and strikethrough, and a few words of our own:
//
//	## Title {#anchor}          a heading; without {#…} its anchor follows from its text
//	> [!NOTE]                   a callout: NOTE, WARNING, ERRATUM or WHY, alone on its line
//	> [!ANSWER]                 an answer, hidden until the reader asks for it
//	```go {file=main.go}        a block, as package fence describes it
//	```go {mark="3,5-7"}        lines of a block that the text speaks of
//	```console {tab="Linux"}    one of several blocks, of which a reader sees one at a time
//	![text](picture.png "…")    an image in a paragraph of its own; the title is its caption
//	[text](chapter:versions#x)  a chapter, or a heading in it
//	[text](task:x06)            an exercise or a lab
//	[text](glossary:build-list) a term, whose definition shows when the link is pointed at
//	[text](#anchor)             a heading of the same page
//
// An ordered list that holds blocks, such as code, is a list of steps and looks like one.
//
// Anything that could break the page's content security policy or its structure is a mistake: raw
// HTML, a heading level that is skipped, an anchor used twice, an unknown callout or fence. So is
// Markdown that would silently show as text or vanish: a block or comment without an end, a link to a
// reference that is not there, a cell that a table has no column for; and code that is wider than
// its column. All mistakes of a page are reported at once, each as a frontmatter.Error with its place.
//
// Whether a link leads anywhere is not known here. Render returns the links with their places, so
// that the caller can check them against all pages.
package render

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/site/cache"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Words are the words that a page shows besides its own, in the language of the reader.
type Words struct {
	Note    string `yaml:"note"`
	Warning string `yaml:"warning"`
	Erratum string `yaml:"erratum"`
	Why     string `yaml:"why"`
	Code    string `yaml:"code"`    // name of a block of code for screen readers; {lang} is its language
	Console string `yaml:"console"` // name of a block of commands and output
	Table   string `yaml:"table"`   // name of a table that can be scrolled
	NotRun  string `yaml:"not-run"` // {reason} says why commands are not run
	Link    string `yaml:"link"`    // name of the link beside a heading; {title} is the heading
	Changes string `yaml:"changes"` // name of a block that shows changes
	FileOf  string `yaml:"file-of"` // {file} is the name of the file that a block shows
	Answer  string `yaml:"answer"`  // opens an answer
}

// A Renderer renders pages. It may be used by several goroutines at once.
type Renderer struct {
	words Words
	md    goldmark.Markdown
	code  *highlighter
}

// A Source is one run of Markdown and what it needs to know.
type Source struct {
	File     string // where it stands, for mistakes
	Line     int    // of File where Text begins
	Text     []byte
	Reserved []string                 // anchors that the page around it uses
	Define   func(term string) string // plain definition of a term, or empty; nil knows no term

	// Image finds an image by the name of its file. Its error says what is wrong with the image; nil
	// knows none.
	Image func(name string) (Image, error)
}

// An Image is where an image is, and how large.
type Image struct {
	Address       string // relative to the page
	Width, Height int    // pixels
}

// A Page is what came out.
type Page struct {
	HTML     []byte
	Headings []Heading
	Sections []Section
	Links    []Link
	Images   []string // names of the images that the page shows
	Commands int      // console blocks that are run
	NotRun   int      // console blocks that are not

	source []byte
	edits  []edit // that make Markdown for readers of it
}

// A Heading is an entry of the page's contents.
type Heading struct {
	Level int
	ID    string
	Text  string
}

// New returns a renderer without words: see In. The cache keeps highlighted code.
func New(kept *cache.Cache) (*Renderer, error) {
	code, err := newHighlighter(kept)
	if err != nil {
		return nil, err
	}
	return &Renderer{md: newMarkdown(), code: code}, nil
}

// In returns a renderer with the words of a language, which shares all else with r.
func (r *Renderer) In(w Words) *Renderer {
	return &Renderer{words: w, md: r.md, code: r.code}
}

func newMarkdown() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone)),
			extension.Strikethrough,
		),
		goldmark.WithParserOptions(
			parser.WithHeadingAttribute(),
			parser.WithParagraphTransformers(util.Prioritized(calloutMark{}, 90)),
		),
		goldmark.WithRendererOptions(
			renderer.WithNodeRenderers(util.Prioritized(elementRenderer{}, 100)),
		),
	)
}

// Render returns the page, or all its mistakes joined in the order of their places. With mistakes comes
// what is known of the page, so that its links can be looked at as well.
func (r *Renderer) Render(src Source) (Page, error) {
	code, inputs := r.code.blocksOf(src), r.inputs(src)
	if page, ok := code.page(inputs, src); ok {
		return page, nil
	}
	var told asked
	src = told.listen(src)
	doc := r.md.Parser().Parse(text.NewReader(src.Text))
	p := &page{r: r, src: src, code: code, ids: map[string]bool{}, out: Page{source: src.Text}}
	for _, id := range src.Reserved {
		p.ids[id] = true
	}
	p.transform(doc)
	if len(p.mistakes) > 0 {
		code.keep()
		return Page{Headings: p.out.Headings, Links: p.out.Links}, p.err()
	}
	var out bytes.Buffer
	out.Grow(3 * len(src.Text))
	if err := r.md.Renderer().Render(&out, src.Text, doc); err != nil {
		return Page{}, fmt.Errorf("render %s: %w", src.File, err)
	}
	p.out.HTML = out.Bytes()
	code.keepPage(inputs, told, p.out)
	code.keep()
	return p.out, nil
}

// Plain returns the text of a piece of Markdown without its markup.
func (r *Renderer) Plain(md string) string {
	src := []byte(md)
	return plainText(r.md.Parser().Parse(text.NewReader(src)), src)
}

// page is the state of one call of Render.
type page struct {
	r    *Renderer
	src  Source
	code *blocks
	ids  map[string]bool
	last int // level of the last heading
	tabs []*tabGroup
	text sectionText
	out  Page

	mistakes []mistake
}

// A mistake is an error at an offset of the source.
type mistake struct {
	off int
	err error
}

// transform replaces the nodes that need more than goldmark gives. Nodes are gathered first, since
// a tree must not change while it is walked.
func (p *page) transform(doc ast.Node) {
	var nodes []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			nodes = append(nodes, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range nodes {
		p.node(n)
		p.text.node(n, p.src.Text)
	}
	p.checkTabs()
	p.out.Sections = p.text.end()
}

func (p *page) fail(off int, format string, args ...any) {
	p.mistakes = append(p.mistakes, mistake{off, p.pos(off).Errorf(format, args...)})
}

// err joins the mistakes in the order of their places.
func (p *page) err() error {
	slices.SortStableFunc(p.mistakes, func(a, b mistake) int { return cmp.Compare(a.off, b.off) })
	var errs []error
	for _, m := range p.mistakes {
		errs = append(errs, m.err)
	}
	return errors.Join(errs...)
}

// pos is the place of an offset in the source.
func (p *page) pos(off int) frontmatter.Position {
	off = min(max(off, 0), len(p.src.Text))
	before := p.src.Text[:off]
	return frontmatter.Position{
		File: p.src.File,
		Line: max(p.src.Line, 1) + bytes.Count(before, []byte("\n")),
		Col:  off - bytes.LastIndexByte(before, '\n'),
	}
}
