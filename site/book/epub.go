package book

import (
	"archive/zip"
	"bytes"
	"embed"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"path"
	"slices"
	"strings"
	"text/template"
	"time"

	"golang.org/x/net/html"
)

// EPUB returns the book as an EPUB, as https://www.w3.org/TR/epub-33/ describes it, with css for the look
// of its pages:
//
//	mimetype  META-INF/container.xml
//	EPUB/package.opf  nav.xhtml  cover.xhtml  cover.svg  book.css
//	EPUB/text/<page>.xhtml  EPUB/image/<name>
func (b *Book) EPUB(css []byte) ([]byte, error) {
	sections, err := b.sections()
	if err != nil {
		return nil, err
	}
	p := &publication{Book: b, css: css, images: map[string]image{}}
	b.set(sections, setting{
		href:  func(page, anchor string) string { return page + ".xhtml#" + anchor },
		level: func(*section) int { return 1 },
		image: p.image,
	})
	for _, s := range sections {
		p.Texts = append(p.Texts, newText(b, s))
	}
	return p.pack()
}

// A publication is an EPUB while it is put together.
type publication struct {
	*Book
	Texts  []text
	css    []byte
	images map[string]image // by address on the page
	errs   []error
}

// A text is a page of the publication.
type text struct {
	*section
	Lang string
	SVG  bool // its manifest item must say that it holds SVG
	Role string
	Body string // XHTML
}

// An image is a file of the publication that texts show.
type image struct {
	Name, Type string
	data       []byte
}

func newText(b *Book, s *section) text {
	t := text{section: s, Lang: s.lang}
	if t.Lang == "" {
		t.Lang = b.Language
	}
	for n := range s.main.Descendants() {
		t.SVG = t.SVG || n.Type == html.ElementNode && n.Data == "svg"
	}
	if s.Kind != Task {
		t.Role = s.Kind
	}
	var body strings.Builder
	writeXHTML(&body, s.main)
	t.Body = body.String()
	return t
}

// image takes an image into the publication and returns its address there, from a text.
func (p *publication) image(src string) string {
	if im, ok := p.images[src]; ok {
		return "../" + im.Name
	}
	im := image{Name: "image/" + path.Base(src), Type: imageTypes[path.Ext(src)]}
	if p.Book.Image == nil || im.Type == "" {
		p.errs = append(p.errs, fmt.Errorf("book: image %s: use a PNG, JPEG, GIF or SVG file of the site", src))
		return src
	}
	var err error
	im.data, err = p.Book.Image(src)
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("book: image %s: %w", src, err))
	}
	p.images[src] = im
	return "../" + im.Name
}

// imageTypes are those that every reader of EPUBs shows.
var imageTypes = map[string]string{
	".gif": "image/gif", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".svg": "image/svg+xml",
}

// Images lists the images by name, each once.
func (p *publication) Images() []image {
	var list []image
	for _, im := range p.images {
		list = append(list, im)
	}
	slices.SortFunc(list, func(a, b image) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(list, func(a, b image) bool { return a.Name == b.Name })
}

// Changed is the date of the last change as the package document writes it.
func (p *publication) Changed() string { return p.Modified.UTC().Format(time.RFC3339) }

//go:embed epub
var forms embed.FS

const mimetype = "application/epub+zip"

// pack writes the container. The type of the file comes first and as it is, so that it is found at a fixed
// place; the order of the others and their times do not change from one run to the next.
func (p *publication) pack() ([]byte, error) {
	if len(p.errs) > 0 {
		return nil, p.errs[0]
	}
	tmpl, err := template.New("").Funcs(template.FuncMap{"xml": escapeXML}).ParseFS(forms, "epub/*")
	if err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	var out bytes.Buffer
	z := &archive{zip: zip.NewWriter(&out), tmpl: tmpl, at: p.Modified.UTC()}
	z.first("mimetype", []byte(mimetype))
	z.form("META-INF/container.xml", "container.xml", p)
	for _, name := range []string{"package.opf", "nav.xhtml", "cover.xhtml"} {
		z.form("EPUB/"+name, name, p)
	}
	z.file("EPUB/cover.svg", p.cover())
	z.file("EPUB/book.css", p.css)
	for _, t := range p.Texts {
		z.form("EPUB/text/"+t.Name+".xhtml", "text.xhtml", t)
	}
	for _, im := range p.Images() {
		z.file("EPUB/"+im.Name, im.data)
	}
	if z.err == nil {
		z.err = z.zip.Close()
	}
	if z.err != nil {
		return nil, fmt.Errorf("book: write EPUB: %w", z.err)
	}
	return out.Bytes(), nil
}

// An archive writes the files of a container until one fails.
type archive struct {
	zip  *zip.Writer
	tmpl *template.Template
	at   time.Time
	err  error
}

// first stores a file with nothing around it but its name: no compression, times or sizes to follow.
func (z *archive) first(name string, data []byte) {
	w, err := z.zip.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(data),
		CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data)),
	})
	if err == nil {
		_, err = w.Write(data)
	}
	z.err = err
}

func (z *archive) file(name string, data []byte) {
	if z.err != nil {
		return
	}
	w, err := z.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: z.at})
	if err == nil {
		_, err = w.Write(data)
	}
	z.err = err
}

// form fills a form of the folder epub in and writes it.
func (z *archive) form(name, form string, data any) {
	var b bytes.Buffer
	if err := z.tmpl.ExecuteTemplate(&b, form, data); err != nil && z.err == nil {
		z.err = err
	}
	z.file(name, b.Bytes())
}

func escapeXML(s string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}
