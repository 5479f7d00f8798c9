package render

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bep/goat"
)

// The size of a character in a figure.
const (
	cellWidth = 8
)

// figure draws ASCII art. What goat draws is taken apart and put together again: without style
// attributes, which the page's policy forbids; all lines as one path; the letters of a word as one
// text, so that it can be selected and takes little space.
func figure(caption, art string) (string, error) {
	if caption == "" {
		return "", errors.New(`figure has no caption: write goat {caption="what it shows"}`)
	}
	if strings.Contains(art, "\t") {
		return "", errors.New("figure holds a tab, whose width is not known: draw with spaces")
	}
	svg := goat.BuildSVG(strings.NewReader(art))
	d := drawing{}
	if err := d.read(svg.Body); err != nil {
		return "", fmt.Errorf("figure cannot be drawn: %w", err)
	}
	label := escape(caption)
	return fmt.Sprintf(`<figure><div class="figure" role="img" tabindex="0" aria-label="%s"><svg viewBox="0 0 %d %d" width="%[2]d" height="%[3]d" aria-hidden="true"><g transform="translate(8,16)">%s</g></svg></div><figcaption>%[1]s</figcaption></figure>`+"\n",
		label, svg.Width, svg.Height, d.svg()), nil
}

// A drawing is what goat drew, by kind.
type drawing struct {
	lines  strings.Builder // of a path
	shapes strings.Builder // elements
	words  []word
}

// A word is a run of characters in neighbouring cells.
type word struct {
	x, y int // middle of the first character, baseline
	text string
	n    int // characters
}

func (d *drawing) read(body string) error {
	dec := xml.NewDecoder(strings.NewReader(body))
	var text *xml.StartElement
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			text = nil
			if tok.Name.Local == "text" {
				text = new(tok.Copy())
			} else {
				d.shape(tok.Name.Local, attrs(tok))
			}
		case xml.CharData:
			if text != nil {
				d.char(attrs(*text), string(tok))
			}
		case xml.EndElement:
			text = nil
		}
	}
}

func attrs(e xml.StartElement) map[string]string {
	m := map[string]string{}
	for _, a := range e.Attr {
		m[a.Name.Local] = a.Value
	}
	return m
}

func (d *drawing) shape(name string, a map[string]string) {
	switch name {
	case "path":
		d.lines.WriteString(strings.ReplaceAll(strings.ReplaceAll(a["d"], " L ", "L"), "M ", "M"))
	case "polygon":
		fmt.Fprintf(&d.shapes, `<polygon points="%s" transform="%s"/>`, short(a["points"]), short(a["transform"]))
	case "circle":
		class := "full"
		if a["fill"] != "currentColor" {
			class = "hollow"
		}
		fmt.Fprintf(&d.shapes, `<circle class="%s" cx="%s" cy="%s" r="%s"/>`, class, escape(a["cx"]), escape(a["cy"]), escape(a["r"]))
	case "rect":
		fmt.Fprintf(&d.shapes, `<rect x="%s" y="%s" width="8" height="16" fill-opacity="%s"/>`, escape(a["x"]), escape(a["y"]), shade(a["fill"]))
	}
}

var fraction = regexp.MustCompile(`[0-9]+\.[0-9]+`)

// short rounds the numbers in s to one digit after the point.
func short(s string) string {
	return escape(fraction.ReplaceAllStringFunc(s, func(num string) string {
		f, _ := strconv.ParseFloat(num, 64)
		return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
	}))
}

// shade turns the grey of a cell into an opacity, so that it fits a light and a dark page.
func shade(fill string) string {
	level, _, _ := strings.Cut(strings.TrimPrefix(fill, "rgb("), ",")
	n, err := strconv.Atoi(level)
	if err != nil {
		return "1"
	}
	return strconv.FormatFloat(1-float64(n)/255, 'f', 2, 64)
}

func (d *drawing) char(a map[string]string, c string) {
	x, _ := strconv.Atoi(a["x"])
	y, _ := strconv.Atoi(a["y"])
	d.words = append(d.words, word{x, y, c, 1})
}

// join makes runs of the characters, which come one by one and column by column. Runs go on over a
// single space.
func (d *drawing) join() {
	slices.SortStableFunc(d.words, func(a, b word) int {
		return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x))
	})
	var joined []word
	for _, w := range d.words {
		last := len(joined) - 1
		if last < 0 || joined[last].y != w.y {
			joined = append(joined, w)
			continue
		}
		switch prev := &joined[last]; w.x - prev.x - prev.n*cellWidth {
		case 0:
			prev.text, prev.n = prev.text+w.text, prev.n+1
		case cellWidth:
			prev.text, prev.n = prev.text+" "+w.text, prev.n+2
		default:
			joined = append(joined, w)
		}
	}
	d.words = joined
}

func (d *drawing) svg() string {
	d.join()
	var b strings.Builder
	if d.lines.Len() > 0 {
		b.WriteString(`<path d="` + escape(d.lines.String()) + `"/>`)
	}
	b.WriteString(d.shapes.String())
	for _, w := range d.words {
		fmt.Fprintf(&b, `<text x="%d" y="%d" textLength="%d">%s</text>`, w.x-cellWidth/2, w.y, w.n*cellWidth, escape(w.text))
	}
	return b.String()
}
