package classtest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/slipway-workshop/slipway/exercises/submission"
)

// An entry is one of an archive, in whatever form that is.
type entry struct {
	name string
	data []byte
	link string
	mode int64
	kind byte // as in package tar
}

// entriesOf returns the entries of a submission as slipway pack writes them.
func entriesOf(s *submission.Submission) ([]entry, error) {
	var packed bytes.Buffer
	if err := s.Write(&packed); err != nil {
		return nil, err
	}
	plain, err := gzip.NewReader(&packed)
	if err != nil {
		return nil, err
	}
	in := tar.NewReader(plain)
	var list []entry
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil && !errors.Is(err, tar.ErrInsecurePath) { // that is what some are for
			return nil, err
		}
		data, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		list = append(list, entry{h.Name, data, h.Linkname, h.Mode, h.Typeflag})
	}
}

func hasLinks(entries []entry) bool {
	return slices.ContainsFunc(entries, func(e entry) bool { return e.kind == tar.TypeSymlink })
}

func writeTar(out io.Writer, entries []entry) error {
	packed := gzip.NewWriter(out)
	w := tar.NewWriter(packed)
	for _, e := range entries {
		h := &tar.Header{Typeflag: e.kind, Name: e.name, Linkname: e.link, Mode: e.mode, Devmajor: 1, Devminor: 3}
		if e.kind == tar.TypeReg {
			h.Size = int64(len(e.data))
		}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		if _, err := w.Write(e.data); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), packed.Close())
}

func writeZip(out io.Writer, entries []entry) error {
	w := zip.NewWriter(out)
	for _, e := range entries {
		h, data := &zip.FileHeader{Name: e.name, Method: zip.Deflate}, e.data
		h.SetMode(fs.FileMode(e.mode) & fs.ModePerm)
		if e.kind == tar.TypeSymlink {
			h.SetMode(fs.ModeSymlink | 0o777)
			data = []byte(e.link)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := f.Write(data); err != nil {
			return err
		}
	}
	return w.Close()
}

// writeWhole writes a file by a function that writes entries.
func writeWhole(name string, entries []entry, write func(io.Writer, []entry) error) error {
	var out bytes.Buffer
	if err := write(&out, entries); err != nil {
		return err
	}
	return os.WriteFile(name, out.Bytes(), 0o666)
}

func writeFolder(dir string, entries []entry) error {
	for _, e := range entries {
		name := filepath.Join(dir, filepath.FromSlash(e.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, e.data, fs.FileMode(e.mode)&fs.ModePerm); err != nil {
			return err
		}
	}
	return nil
}
