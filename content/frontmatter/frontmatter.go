// Package frontmatter reads the YAML that stands at the head of a Markdown page, in a file of its
// own, or in a comment, and says where every mistake in it is.
//
// Decoding is strict: an unknown or repeated key is an error, and so is a missing one, unless the
// field's tag says omitempty. Errors carry file, line and column of the file as a whole, so that an
// editor can jump there:
//
//	doc, body, err := frontmatter.Split("en/versions.md", src)
//	var meta struct {
//		Title string   `yaml:"title"`
//		Needs []string `yaml:"needs,omitempty"`
//	}
//	err = doc.Decode(&meta)
//	pos := doc.At("$.needs[0]")
package frontmatter

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

const fence = "---"

// A Position is a place in a file. Line and Col count from 1; 0 means unknown.
type Position struct {
	File string
	Line int
	Col  int
}

// String renders file:line:column, leaving out what is not known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Errorf returns an error at p.
func (p Position) Errorf(format string, args ...any) error {
	return &Error{Pos: p, Err: fmt.Errorf(format, args...)}
}

// An Error is a mistake in a file that an author wrote.
type Error struct {
	Pos Position
	Err error
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Err.Error() }

// Unwrap returns the cause without its place.
func (e *Error) Unwrap() error { return e.Err }

// A Doc is a YAML document together with the place it was read from.
type Doc struct {
	file string
	line int // lines of the file before the document
	col  int // columns before each line of the document
	yaml []byte
}

// New returns the document yaml that begins after line lines of file, each of its lines after col
// columns (a comment sign, say).
func New(file string, yaml []byte, line, col int) *Doc {
	return &Doc{file: file, yaml: yaml, line: line, col: col}
}

// Split separates a page into its front matter and its body. The body is a slice of src, so that
// its offset in the page is len(src) - len(body).
func Split(file string, src []byte) (*Doc, []byte, error) {
	if at := bytes.Index(src, []byte("\r\n")); at >= 0 {
		line := 1 + bytes.Count(src[:at], []byte("\n"))
		return nil, nil, Position{file, line, 0}.Errorf("line ends with CRLF: files of a course end lines with LF, as .gitattributes says; check it out again")
	}
	rest, ok := cutFence(src)
	if !ok {
		return nil, nil, Position{file, 1, 1}.Errorf("page does not begin with front matter: put it between two lines %q", fence)
	}
	for at := 0; at < len(rest); {
		if body, ok := cutFence(rest[at:]); ok {
			return New(file, rest[:at], 1, 0), body, nil
		}
		next := bytes.IndexByte(rest[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	return nil, nil, Position{file, 1, 1}.Errorf("front matter has no end: close it with a line %q", fence)
}

// cutFence removes a first line that is a fence.
func cutFence(src []byte) ([]byte, bool) {
	line, rest, _ := bytes.Cut(src, []byte("\n"))
	return rest, string(bytes.TrimRight(line, " \t")) == fence
}

// Decode stores the document in the struct that v points to. The error joins all mistakes found.
func (d *Doc) Decode(v any) error {
	if len(bytes.TrimSpace(d.yaml)) > 0 {
		if err := yaml.UnmarshalWithOptions(d.yaml, v, yaml.Strict()); err != nil {
			return d.place(err)
		}
	}
	return d.missing(v)
}

// place gives an error of the YAML library the position in the whole file.
func (d *Doc) place(err error) error {
	var yerr yaml.Error
	if !errors.As(err, &yerr) || yerr.GetToken() == nil {
		return d.start().Errorf("%w", err)
	}
	at := yerr.GetToken().Position
	return d.pos(at.Line, at.Column).Errorf("%s", yerr.GetMessage())
}

// missing reports the required keys that v, a pointer to a struct, has no value for.
func (d *Doc) missing(v any) error {
	var errs []error
	val := reflect.Indirect(reflect.ValueOf(v))
	for i := range val.NumField() {
		name, opts, _ := strings.Cut(val.Type().Field(i).Tag.Get("yaml"), ",")
		if name == "" || name == "-" || strings.Contains(opts, "omitempty") || !val.Field(i).IsZero() {
			continue
		}
		errs = append(errs, d.start().Errorf("missing key %q", name))
	}
	return errors.Join(errs...)
}

// At returns the position of the value at a YAML path such as $.needs[0], or of the document when
// there is none.
func (d *Doc) At(path string) Position {
	p, err := yaml.PathString(path)
	if err != nil {
		return d.start()
	}
	file, err := parser.ParseBytes(d.yaml, 0)
	if err != nil {
		return d.start()
	}
	node, err := p.FilterFile(file)
	if err != nil || node == nil {
		return d.start()
	}
	at := node.GetToken().Position
	return d.pos(at.Line, at.Column)
}

func (d *Doc) start() Position { return d.pos(1, 1) }

func (d *Doc) pos(line, col int) Position {
	return Position{d.file, d.line + line, d.col + col}
}
