package kubernetes

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// Files of a manifest's folder.
const (
	manifestName = "manifest.json"
	blobsName    = "files" // each file by the SHA-256 of its content
)

// manifestVersion is the version of the form of manifest.json.
const manifestVersion = 1

// manifestForm is the content of manifest.json.
type manifestForm struct {
	Version  int             `json:"version"`
	Settings json.RawMessage `json:"settings,omitempty"`
	Folders  []folderForm    `json:"folders,omitempty"` // in the order of their names
	Items    []itemForm      `json:"items"`
}

type folderForm struct {
	Name  string     `json:"name"`
	Files []fileForm `json:"files"`
}

type itemForm struct {
	Key   string     `json:"key"`
	Task  string     `json:"task"`
	Files []fileForm `json:"files,omitempty"`
}

type fileForm struct {
	Name   string `json:"name"`
	Digest string `json:"digest,omitempty"` // SHA-256, in hexadecimal digits
	Size   int    `json:"size,omitempty"`
	Exec   bool   `json:"exec,omitempty"`
	Link   string `json:"link,omitempty"` // the target of a symbolic link, which has no digest
}

// A Manifest is all that workers need to judge a class, in a folder that nobody changes.
type Manifest struct {
	dir  string
	form manifestForm
}

// A ManifestError says that a manifest is not whole. Another pod with the same image finds the same.
type ManifestError struct{ Err error }

func (e *ManifestError) Error() string { return "read manifest: " + e.Err.Error() }
func (e *ManifestError) Unwrap() error { return e.Err }

// Open reads a manifest. It takes nothing that it does not know. The error is a *ManifestError.
func Open(dir string) (*Manifest, error) {
	m := &Manifest{dir: dir}
	data, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err == nil {
		err = decodeStrict(data, &m.form)
	}
	if err == nil {
		err = m.form.validate()
	}
	if err != nil {
		return nil, &ManifestError{err}
	}
	return m, nil
}

// decodeStrict decodes one JSON value that has only fields that are known, and nothing behind it.
func decodeStrict(data []byte, to any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(to); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the JSON value")
	}
	return nil
}

func (f manifestForm) validate() error {
	if f.Version != manifestVersion {
		return fmt.Errorf("it has version %d, and this program reads version %d", f.Version, manifestVersion)
	}
	keys := map[string]bool{}
	for _, i := range f.Items {
		if i.Key == "" || keys[i.Key] {
			return fmt.Errorf("item %q: its key is empty or used twice", i.Key)
		}
		keys[i.Key] = true
		if err := validateFiles(i.Files); err != nil {
			return fmt.Errorf("item %s: %w", i.Key, err)
		}
	}
	for _, d := range f.Folders {
		if !fs.ValidPath(d.Name) || !filepath.IsLocal(filepath.FromSlash(d.Name)) {
			return fmt.Errorf("folder %q: its name is not a path inside", d.Name)
		}
		if err := validateFiles(d.Files); err != nil {
			return fmt.Errorf("folder %s: %w", d.Name, err)
		}
	}
	return nil
}

func validateFiles(files []fileForm) error {
	names := map[string]bool{}
	for _, f := range files {
		digest, err := hex.DecodeString(f.Digest)
		switch {
		case !fs.ValidPath(f.Name) || !filepath.IsLocal(filepath.FromSlash(f.Name)) || f.Name == "." || names[f.Name]:
			return fmt.Errorf("file %q: its name is not a path inside, or used twice", f.Name)
		case (f.Link == "") != (err == nil && len(digest) == sha256.Size) || f.Link != "" && f.Digest != "":
			return fmt.Errorf("file %s: it needs a digest or a target", f.Name)
		}
		names[f.Name] = true
	}
	return nil
}

// Len returns the number of items.
func (m *Manifest) Len() int { return len(m.form.Items) }

// ReadSettings reads what the judge is told beside the folders: only fields that T has. The error is a *ManifestError.
func ReadSettings[T any](m *Manifest) (T, error) {
	var to T
	if m.form.Settings == nil {
		return to, nil
	}
	if err := decodeStrict(m.form.Settings, &to); err != nil {
		return to, &ManifestError{fmt.Errorf("settings: %w", err)}
	}
	return to, nil
}

// Item reads an item with its files, which must be what they were. The error is a *ManifestError.
func (m *Manifest) Item(i int) (grade.Item, error) {
	form := m.form.Items[i]
	files, err := m.read(form.Files)
	if err != nil {
		return grade.Item{}, &ManifestError{fmt.Errorf("item %s: %w", form.Key, err)}
	}
	return grade.Item{Key: form.Key, Task: form.Task, Files: grade.Held(files...)}, nil
}

// Unpack writes all folders into dir, each under its name. The error of one that is damaged is a *ManifestError.
func (m *Manifest) Unpack(dir string) error {
	for _, f := range m.form.Folders {
		files, err := m.read(f.Files)
		if err != nil {
			return &ManifestError{fmt.Errorf("folder %s: %w", f.Name, err)}
		}
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(to, 0o777); err != nil {
			return err
		}
		if err := workspace.Materialise(to, files); err != nil {
			return err
		}
	}
	return nil
}

// Has reports whether the manifest has a folder.
func (m *Manifest) Has(folder string) bool {
	return slices.ContainsFunc(m.form.Folders, func(f folderForm) bool { return f.Name == folder })
}

func (m *Manifest) read(forms []fileForm) ([]workspace.File, error) {
	var files []workspace.File
	for _, form := range forms {
		f := workspace.File{Name: form.Name, Exec: form.Exec, Link: form.Link}
		if form.Link == "" {
			var err error
			if f.Data, err = m.blob(form); err != nil {
				return nil, fmt.Errorf("file %s: %w", form.Name, err)
			}
		}
		files = append(files, f)
	}
	return files, nil
}

func (m *Manifest) blob(form fileForm) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(m.dir, blobsName, form.Digest))
	if err != nil {
		return nil, err
	}
	if len(data) != form.Size || digestOf(data) != form.Digest {
		return nil, fmt.Errorf("its content is not that of digest %.12s", form.Digest)
	}
	return data, nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
