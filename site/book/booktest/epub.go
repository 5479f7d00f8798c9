// Package booktest holds EPUBs to their structure, for tests.
package booktest

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
)

// CheckEPUB holds that the container begins with its type, stored; that the manifest lists the files that
// are there and no others; that the spine, the contents and all links lead to these and to anchors in
// them; and that what is XML is well formed and gives no anchor twice.
func CheckEPUB(t testing.TB, data []byte) {
	t.Helper()
	e := epub{t: t, files: map[string]*xmlFile{}}
	e.read(data)
	e.manifest()
	for name, f := range e.files {
		for _, ref := range f.refs {
			e.follow(name, ref)
		}
	}
}

type epub struct {
	t     testing.TB
	files map[string]*xmlFile
}

// An xmlFile is what is known of a file; one that is no XML has no anchors and leads nowhere.
type xmlFile struct {
	ids      map[string]bool
	refs     []string
	elements []xml.StartElement
}

func (e *epub) read(data []byte) {
	e.t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		e.t.Fatal(err)
	}
	if !bytes.HasPrefix(data[30:], []byte("mimetypeapplication/epub+zip")) {
		e.t.Errorf("the container does not begin with its type: % x", data[:60])
	}
	if first := z.File[0]; first.Name != "mimetype" || first.Method != zip.Store || len(first.Extra) > 0 {
		e.t.Errorf("first file is %s, method %d, extra %d bytes", first.Name, first.Method, len(first.Extra))
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			e.t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			e.t.Fatal(err)
		}
		if e.files[f.Name] != nil {
			e.t.Errorf("%s is there twice", f.Name)
		}
		e.files[f.Name] = e.parse(f.Name, text)
	}
}

func (e *epub) parse(name string, text []byte) *xmlFile {
	e.t.Helper()
	f := &xmlFile{ids: map[string]bool{}}
	if !slices.Contains([]string{".xml", ".opf", ".xhtml", ".svg"}, path.Ext(name)) {
		return f
	}
	for dec := xml.NewDecoder(bytes.NewReader(text)); ; {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return f
		} else if err != nil {
			e.t.Errorf("%s: %v", name, err)
			return f
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		f.elements = append(f.elements, start.Copy())
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "id":
				if f.ids[a.Value] {
					e.t.Errorf("%s: id %q is used twice", name, a.Value)
				}
				f.ids[a.Value] = true
			case "href", "src", "full-path":
				f.refs = append(f.refs, a.Value)
			}
		}
	}
}

// manifest holds the manifest against the files, and the spine against the manifest.
func (e *epub) manifest() {
	e.t.Helper()
	const opf = "EPUB/package.opf"
	listed := map[string]string{} // files by id of their items
	for _, el := range e.files[opf].elements {
		switch el.Name.Local {
		case "item":
			file := path.Join("EPUB", attr(el, "href"))
			listed[attr(el, "id")] = file
			if e.files[file] != nil && e.holdsSVG(file) != slices.Contains(strings.Fields(attr(el, "properties")), "svg") {
				e.t.Errorf("%s: properties of %s are %q", opf, file, attr(el, "properties"))
			}
		case "itemref":
			if listed[attr(el, "idref")] == "" {
				e.t.Errorf("%s: the spine names %q, which is no item", opf, attr(el, "idref"))
			}
		}
	}
	var known []string
	for _, file := range listed {
		known = append(known, file)
	}
	for name := range e.files {
		if strings.HasPrefix(name, "EPUB/") && name != opf && !slices.Contains(known, name) {
			e.t.Errorf("%s is not in the manifest", name)
		}
	}
}

func (e *epub) holdsSVG(file string) bool {
	return path.Ext(file) == ".xhtml" && slices.ContainsFunc(e.files[file].elements, func(el xml.StartElement) bool {
		return el.Name.Local == "svg"
	})
}

func (e *epub) follow(from, ref string) {
	e.t.Helper()
	u, err := url.Parse(ref)
	if err != nil {
		e.t.Errorf("%s: address %q: %v", from, ref, err)
		return
	}
	if u.Scheme != "" {
		return
	}
	to := path.Join(path.Dir(from), u.Path)
	if from == "META-INF/container.xml" {
		to = u.Path
	} else if u.Path == "" {
		to = from
	}
	switch f := e.files[to]; {
	case f == nil:
		e.t.Errorf("%s: address %q leads to no file", from, ref)
	case u.Fragment != "" && !f.ids[u.Fragment]:
		e.t.Errorf("%s: address %q leads to no element", from, ref)
	}
}

func attr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
