package task

import (
	"bytes"
	"errors"
	"path"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"golang.org/x/tools/txtar"
)

// An Archive is a txtar file whose names have been found safe to write below a folder.
type Archive struct {
	Name    string // of the txtar file
	Comment []byte
	Files   []File
}

// A File is one file of an archive.
type File struct {
	Name string
	Data []byte
	Line int // of the file's first line in the archive
}

// ParseArchive reads a txtar file. Names that lead out of the folder, that a system could not
// write, or that appear twice are errors, all reported at once.
func ParseArchive(name string, data []byte) (*Archive, error) {
	if at := bytes.Index(data, []byte("\r\n")); at >= 0 {
		pos := frontmatter.Position{File: name, Line: 1 + bytes.Count(data[:at], []byte("\n"))}
		return nil, pos.Errorf("line ends with CRLF: files of a course end lines with LF, as .gitattributes says; check it out again")
	}
	raw := txtar.Parse(data)
	a := &Archive{Name: name, Comment: raw.Comment}
	var errs []error
	seen := map[string]bool{}
	line := 1 + bytes.Count(raw.Comment, []byte("\n"))
	for _, f := range raw.Files {
		pos := frontmatter.Position{File: name, Line: line, Col: 1}
		if reason := unsafeName(f.Name); reason != "" {
			errs = append(errs, pos.Errorf("file name %q %s", f.Name, reason))
		} else if folded := strings.ToLower(f.Name); seen[folded] {
			errs = append(errs, pos.Errorf("file name %q appears twice", f.Name))
		}
		seen[strings.ToLower(f.Name)] = true
		a.Files = append(a.Files, File{Name: f.Name, Data: f.Data, Line: line + 1})
		line += 1 + bytes.Count(f.Data, []byte("\n"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return a, nil
}

// unsafeName says why a name may not be written below a folder, or nothing.
func unsafeName(name string) string {
	switch {
	case name == "" || name != path.Clean(name) || name == ".":
		return "is not in its shortest form"
	case path.IsAbs(name) || name == ".." || strings.HasPrefix(name, "../"):
		return "leads out of the folder"
	case strings.ContainsAny(name, "\\:*?\"<>|\x00"):
		return "has a character that some systems cannot write"
	case name == ".git" || strings.HasPrefix(name, ".git/"):
		return "belongs to git"
	}
	return ""
}
