package submission

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
)

// list is slipway.json.
type list struct {
	Version int        `json:"version"`
	Course  string     `json:"course"`
	Slipway string     `json:"slipway"`
	Go      string     `json:"go"`
	Tasks   []listTask `json:"tasks"`
}

type listTask struct {
	ID     string `json:"id"`
	Digest string `json:"digest"` // of the task
	Files  int    `json:"files"`
	SHA256 string `json:"sha256"` // of the files
}

func (s *Submission) list() list {
	l := list{Version: version, Course: s.Course, Slipway: s.Slipway, Go: s.Go, Tasks: []listTask{}}
	for _, t := range s.Tasks {
		l.Tasks = append(l.Tasks, listTask{t.ID, t.Digest, len(t.Files), t.SHA256()})
	}
	return l
}

// Write writes the archive.
func (s *Submission) Write(w io.Writer) error {
	data, err := json.MarshalIndent(s.list(), "", "  ")
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	zip := gzip.NewWriter(w) // without a name and a time
	out := tar.NewWriter(zip)
	if err := writeFile(out, listName, append(data, '\n'), 0o644); err != nil {
		return err
	}
	for _, t := range s.Tasks {
		for _, f := range t.Files {
			name, mode := t.ID+"/"+f.Name, int64(0o644)
			if f.Exec {
				mode = 0o755
			}
			if f.Link != "" {
				err = out.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: f.Link, Mode: 0o777})
			} else {
				err = writeFile(out, name, f.Data, mode)
			}
			if err != nil {
				return fmt.Errorf("pack %s: %w", name, err)
			}
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	if err := zip.Close(); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	return nil
}

func writeFile(out *tar.Writer, name string, data []byte, mode int64) error {
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: mode}); err != nil {
		return err
	}
	_, err := out.Write(data)
	return err
}
