package submission

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slipway-workshop/slipway/exercises/workspace"
	"golang.org/x/text/unicode/norm"
)

// What a submission may hold at most.
const (
	mostFiles = 20_000
	mostLinks = 1000
	mostBytes = 256 << 20 // unpacked, and packed
	mostRatio = 200       // unpacked to packed, above smallSize
	smallSize = 8 << 20
	longest   = 1024 // bytes of a name
	deepest   = 64   // folders of a name
)

// A collection takes the entries of an archive or a folder one by one, as long as they are safe and there is room.
type collection struct {
	archive func() int64 // bytes of the archive that were read; nil for a folder
	entries int
	links   int
	bytes   int64
	seen    map[string]entryName // by the name as systems that fold letters take it
	files   []workspace.File     // with their whole names
	folders []string
}

type entryName struct {
	name   string
	folder bool
}

func newCollection(packed func() int64) *collection {
	return &collection{archive: packed, seen: map[string]entryName{}}
}

func (c *collection) count() error {
	if c.entries++; c.entries > mostFiles {
		return fmt.Errorf("it holds more than %d files", mostFiles)
	}
	return nil
}

func (c *collection) file(name string, exec bool, in io.Reader) error {
	if err := errors.Join(c.count(), c.name(name, false)); err != nil {
		return err
	}
	data, err := c.data(name, in)
	if err != nil {
		return err
	}
	c.files = append(c.files, workspace.File{Name: name, Data: data, Exec: exec})
	return nil
}

func (c *collection) link(name, target string) error {
	if c.links++; c.links > mostLinks {
		return fmt.Errorf("it holds more than %d links", mostLinks)
	}
	if err := errors.Join(c.count(), c.name(name, false)); err != nil {
		return err
	}
	if target == "" || len(target) > longest || strings.Count(target, "/") > deepest || path.IsAbs(target) || strings.ContainsAny(target, "\\:\x00") || !utf8.ValidString(target) {
		return leadsOut(name)
	}
	c.files = append(c.files, workspace.File{Name: name, Link: target})
	return nil
}

func leadsOut(name string) error { return fmt.Errorf("the link %.80q leads out of its task", name) }

func (c *collection) folder(name string) error {
	if name == "." || name == "" { // of the archive itself
		return c.count()
	}
	c.folders = append(c.folders, name)
	return errors.Join(c.count(), c.name(name, true))
}

// name refuses names that lead out on any system, that a system could not write, and that some system takes for one
// that is there already.
func (c *collection) name(name string, folder bool) error {
	if reason := badName(name); reason != "" {
		return fmt.Errorf("the name %.80q cannot be that of a file in a workspace: %s", name, reason)
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if err := c.take(dir, true); err != nil {
			return err
		}
	}
	return c.take(name, folder)
}

func (c *collection) take(name string, folder bool) error {
	key := fold(name)
	other, ok := c.seen[key]
	switch {
	case !ok:
		c.seen[key] = entryName{name, folder}
	case other.folder != folder:
		return fmt.Errorf("%.80q is a file and a folder at once", name)
	case other.name == name && !folder:
		return fmt.Errorf("%.80q is there twice", name)
	case other.name != name:
		return fmt.Errorf("%.80q and %.80q are the same file on some systems", other.name, name)
	}
	return nil
}

// fold returns a name as systems that do not tell large letters from small ones, or ways to write é, see it.
func fold(name string) string { return norm.NFC.String(strings.ToLower(norm.NFC.String(name))) }

const (
	otherArchiver = "make the archive with slipway pack, or with a program that writes "
	notUTF8       = "it is not in UTF-8, but perhaps in GBK or another encoding: " + otherArchiver + "names in UTF-8"
)

func badName(name string) string {
	switch {
	case !utf8.ValidString(name):
		return notUTF8
	case strings.Contains(name, `\`):
		return "it has a backslash: " + otherArchiver + "slashes between folders"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "it has a control character"
	case len(name) > longest || strings.Count(name, "/") > deepest:
		return "it is too long"
	case name == "" || path.Clean(name) != name || path.IsAbs(name) || name == ".." || strings.HasPrefix(name, "../") ||
		!filepath.IsLocal(name) || strings.Contains(name, ":"):
		return "it may lead to another place"
	}
	return ""
}

// data reads the content of an entry, as long as there is room.
func (c *collection) data(name string, in io.Reader) ([]byte, error) {
	var out bytes.Buffer
	for {
		n, err := io.CopyN(&out, in, 1<<20)
		c.bytes += n
		switch {
		case c.bytes > mostBytes:
			return nil, fmt.Errorf("it holds more than %d MB", mostBytes>>20)
		case c.archive != nil && c.bytes > smallSize && c.bytes > mostRatio*c.archive():
			return nil, fmt.Errorf("it unpacks to more than %d times its size", mostRatio)
		case errors.Is(err, io.EOF):
			return out.Bytes(), nil
		case err != nil:
			return nil, fmt.Errorf("%.80q: %w", name, err)
		}
	}
}
