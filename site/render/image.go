package render

import (
	"errors"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// image renders an image, which stands in a paragraph of its own, as a figure.
func (p *page) image(n *ast.Image) {
	name, alt := string(n.Destination), plainText(n, p.src.Text)
	img, err := p.findImage(n, name, alt)
	if err != nil {
		p.fail(n.Pos(), "image %q: %w", name, err)
		return
	}
	p.out.Images = append(p.out.Images, name)
	p.editDestination(n, name, img.Address)
	html := fmt.Sprintf(`<figure class="image"><img src="%s" width="%d" height="%d" loading="lazy" decoding="async" alt="%s">`,
		escape(img.Address), img.Width, img.Height, escape(alt))
	if caption := string(unescape(n.Title)); caption != "" {
		html += "<figcaption>" + escape(caption) + "</figcaption>"
		p.text.add(caption)
	}
	replace(n.Parent(), &element{before: html + "</figure>\n"}, false)
	n.Parent().RemoveChild(n.Parent(), n)
}

func (p *page) findImage(n *ast.Image, name, alt string) (Image, error) {
	parent := n.Parent().Kind()
	switch {
	case strings.Contains(name, ":") || strings.HasPrefix(name, "//"):
		return Image{}, errors.New("a page loads nothing from elsewhere: put the file into content/images and write its name")
	case strings.Contains(name, "/"):
		return Image{}, errors.New("write the name of a file in content/images, without a folder")
	case alt == "":
		return Image{}, errors.New("no alternative text: write ![what it shows](name)")
	case parent != ast.KindParagraph && parent != ast.KindTextBlock || n.PreviousSibling() != nil || n.NextSibling() != nil:
		return Image{}, errors.New("an image stands in a paragraph of its own: put empty lines around it")
	case n.Reference != nil:
		return Image{}, errors.New("write the name of the file beside the text: ![what it shows](name)")
	case p.src.Image == nil:
		return Image{}, errors.New("there are no images here")
	}
	return p.src.Image(name)
}
