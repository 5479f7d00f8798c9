package image

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// epoch is the time of every file of an image, so that the same inputs give the same bytes.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// A tree is the files of an image's layer by path, without a slash in front. Everything in it belongs to
// root. It is written as a tar stream: first what is kept of another one, its base, then the tree's own
// files in the order of their names.
type tree struct {
	base  string            // tar file; may be empty
	keep  func(string) bool // which paths of base; nil keeps all
	files map[string]file
}

type file struct {
	header tar.Header
	path   string // where the content is, or
	data   []byte // the content itself
}

func newTree() *tree { return &tree{files: map[string]file{}} }

func (t *tree) add(name string, f file) {
	f.header.Name = name
	t.files[name] = f
}

// dir adds a folder, also where the base has one with other permissions.
func (t *tree) dir(name string, mode int64) {
	t.add(name, file{header: tar.Header{Typeflag: tar.TypeDir, Mode: mode}})
}

// data adds a file with a content.
func (t *tree) data(name string, mode int64, data []byte) {
	t.add(name, file{header: tar.Header{Typeflag: tar.TypeReg, Mode: mode, Size: int64(len(data))}, data: data})
}

// link adds a symbolic link.
func (t *tree) link(name, target string) {
	t.add(name, file{header: tar.Header{Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: target}})
}

// disk adds a file of this machine.
func (t *tree) disk(name string, mode int64, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	t.add(name, file{header: tar.Header{Typeflag: tar.TypeReg, Mode: mode, Size: info.Size()}, path: from})
	return nil
}

// folder adds everything below a folder of this machine. mode says which permissions a path gets.
func (t *tree) folder(name, from string, mode func(path string, info fs.FileInfo) int64) error {
	return filepath.Walk(from, func(at string, info fs.FileInfo, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, at)
		if err != nil {
			return err
		}
		to := path.Join(name, filepath.ToSlash(rel))
		switch {
		case info.IsDir() && to != ".":
			t.dir(to, mode(to, info))
		case info.Mode().IsRegular():
			return t.disk(to, mode(to, info), at)
		}
		return nil
	})
}

// asOnDisk gives files the permissions that they have on this machine.
func asOnDisk(_ string, info fs.FileInfo) int64 { return int64(info.Mode().Perm()) }

// open returns the tree as a tar stream.
func (t *tree) open() (io.ReadCloser, error) {
	r, w := io.Pipe()
	go func() { w.CloseWithError(t.write(w)) }()
	return r, nil
}

// write writes the tree as a tar stream.
func (t *tree) write(w io.Writer) error {
	out := tar.NewWriter(w)
	there := map[string]bool{".": true}
	if t.base != "" {
		if err := t.writeBase(out, there); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		if err := t.writeParents(out, path.Dir(name), there); err != nil {
			return err
		}
		if err := writeFile(out, t.files[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		there[name] = true
	}
	return out.Close()
}

func (t *tree) writeBase(out *tar.Writer, there map[string]bool) error {
	f, err := os.Open(t.base)
	if err != nil {
		return err
	}
	defer f.Close()
	in := tar.NewReader(f)
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read %s: %w", t.base, err)
		}
		name := path.Clean(strings.TrimPrefix(header.Name, "./"))
		if _, ours := t.files[name]; ours || name == "." || (t.keep != nil && !t.keep(name)) {
			continue
		}
		there[name] = true
		if header.Typeflag == tar.TypeLink {
			header.Linkname = path.Clean(strings.TrimPrefix(header.Linkname, "./"))
		}
		header.Name = name
		if err := writeHeader(out, header); err != nil {
			return err
		}
		if _, err := io.Copy(out, in); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

// writeParents writes the folders above a file that nobody named.
func (t *tree) writeParents(out *tar.Writer, dir string, there map[string]bool) error {
	if there[dir] {
		return nil
	}
	if err := t.writeParents(out, path.Dir(dir), there); err != nil {
		return err
	}
	there[dir] = true
	return writeHeader(out, &tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755})
}

func writeFile(out *tar.Writer, f file) error {
	header := f.header
	if err := writeHeader(out, &header); err != nil {
		return err
	}
	if header.Typeflag != tar.TypeReg {
		return nil
	}
	content := io.Reader(bytes.NewReader(f.data))
	if f.path != "" {
		src, err := os.Open(f.path)
		if err != nil {
			return err
		}
		defer src.Close()
		content = src
	}
	_, err := io.Copy(out, content)
	return err
}

func writeHeader(out *tar.Writer, header *tar.Header) error {
	h := tar.Header{
		Typeflag: header.Typeflag, Name: header.Name, Linkname: header.Linkname,
		Mode: header.Mode, Size: header.Size, Uid: header.Uid, Gid: header.Gid,
		Devmajor: header.Devmajor, Devminor: header.Devminor, PAXRecords: xattrs(header.PAXRecords),
		ModTime: epoch,
	}
	if h.Typeflag == tar.TypeDir {
		h.Name += "/"
	}
	return out.WriteHeader(&h)
}

// xattrs keeps file capabilities and drops the rest, such as times.
func xattrs(records map[string]string) map[string]string {
	kept := map[string]string{}
	for name, value := range records {
		if strings.HasPrefix(name, "SCHILY.xattr.") {
			kept[name] = value
		}
	}
	return kept
}
