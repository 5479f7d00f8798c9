package site

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// svgSize returns the size of an SVG and refuses what a picture has no need of: scripts, styles, and
// whatever would be loaded from elsewhere. A browser runs none of it in an <img>, but it does where
// the file is opened by itself.
func svgSize(data []byte) (width, height int, err error) {
	dec := xml.NewDecoder(bytes.NewReader(data))
	for first := true; ; {
		tok, err := dec.Token()
		if err == io.EOF && !first {
			return width, height, nil
		} else if err != nil {
			return 0, 0, fmt.Errorf("file is damaged: %w", err)
		}
		switch tok := tok.(type) {
		case xml.Directive:
			return 0, 0, errors.New("SVG has a document type: remove the line that begins with <!DOCTYPE")
		case xml.ProcInst:
			if tok.Target != "xml" {
				return 0, 0, fmt.Errorf("SVG has an instruction <?%s: remove it", tok.Target)
			}
		case xml.StartElement:
			if first {
				if width, height, err = svgBox(tok); err != nil {
					return 0, 0, err
				}
				first = false
			}
			if err := checkSVGElement(tok); err != nil {
				line, _ := dec.InputPos()
				return 0, 0, fmt.Errorf("line %d of the SVG: %w", line, err)
			}
		}
	}
}

// outside is a reference to anything but an element of the same file.
var outside = regexp.MustCompile(`(?i)url\(\s*['"]?[^#'"\s]`)

func checkSVGElement(e xml.StartElement) error {
	switch name := strings.ToLower(e.Name.Local); name {
	case "script", "style", "foreignobject", "iframe", "handler":
		return fmt.Errorf("element <%s> is not allowed in an image", e.Name.Local)
	}
	for _, a := range e.Attr {
		name := strings.ToLower(a.Name.Local)
		switch {
		case name == "style" || strings.HasPrefix(name, "on"):
			return fmt.Errorf("attribute %s is not allowed in an image: write attributes such as fill and stroke", a.Name.Local)
		case (name == "href" || name == "src") && !strings.HasPrefix(a.Value, "#"), a.Name.Space == "xml" && name == "base", outside.MatchString(a.Value):
			return fmt.Errorf("%s=%q leads out of the image: put into it what it needs", a.Name.Local, a.Value)
		}
	}
	return nil
}

const svgSpace = "http://www.w3.org/2000/svg"

// svgBox reads the size of an SVG from its width and height, or else its viewBox.
func svgBox(root xml.StartElement) (width, height int, err error) {
	if root.Name.Local != "svg" || root.Name.Space != svgSpace {
		return 0, 0, fmt.Errorf("file is no SVG: its first element must be <svg xmlns=%q>", svgSpace)
	}
	attrs := map[string]string{}
	for _, a := range root.Attr {
		attrs[a.Name.Local] = a.Value
	}
	w, h := pixels(attrs["width"]), pixels(attrs["height"])
	box := strings.FieldsFunc(attrs["viewBox"], func(r rune) bool { return r == ' ' || r == ',' })
	if (w == 0 || h == 0) && len(box) == 4 {
		w, h = pixels(box[2]), pixels(box[3])
	}
	if w == 0 || h == 0 {
		return 0, 0, errors.New(`SVG has no size: give its first element width and height in pixels, or a viewBox`)
	}
	return w, h, nil
}

// pixels reads a length in pixels; 0 is none.
func pixels(s string) int {
	f, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(s), "px"), 64)
	if err != nil || !(f > 0) || f > math.MaxInt32 {
		return 0
	}
	return int(math.Ceil(f))
}
