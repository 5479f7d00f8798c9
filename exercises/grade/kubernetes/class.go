package kubernetes

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// A Class is what a manifest is made of.
type Class struct {
	Items    []grade.Item
	Folders  map[string]fs.FS // what the judge is made of: the course's tasks, hidden checks
	Settings json.RawMessage  // what else the judge is told, such as limits
}

// Write writes the manifest into a folder that is there and empty. The same class gives the same files.
func (c Class) Write(dir string) error {
	w := classWriter{dir: filepath.Join(dir, blobsName), there: map[string]bool{}}
	if err := os.Mkdir(w.dir, 0o777); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	form := manifestForm{Version: manifestVersion, Settings: c.Settings, Items: []itemForm{}}
	for _, name := range slices.Sorted(maps.Keys(c.Folders)) {
		files, err := w.folder(c.Folders[name])
		if err != nil {
			return fmt.Errorf("write manifest: folder %s: %w", name, err)
		}
		form.Folders = append(form.Folders, folderForm{name, files})
	}
	for _, i := range c.Items {
		var forms []fileForm
		files, err := i.Files()
		if err == nil {
			forms, err = w.files(files)
		}
		if err != nil {
			return fmt.Errorf("write manifest: item %s of %s: %w", i.Key, i.Task, err)
		}
		form.Items = append(form.Items, itemForm{i.Key, i.Task, forms})
	}
	if err := form.validate(); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	data, err := json.Marshal(form)
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, manifestName), append(data, '\n'), 0o666)
}

type classWriter struct {
	dir   string
	there map[string]bool // digests that have been written
}

func (w *classWriter) files(files []workspace.File) ([]fileForm, error) {
	var forms []fileForm
	for _, f := range files {
		form := fileForm{Name: f.Name, Exec: f.Exec, Link: f.Link}
		if f.Link == "" {
			form.Digest, form.Size = digestOf(f.Data), len(f.Data)
			if err := w.blob(form.Digest, f.Data); err != nil {
				return nil, err
			}
		}
		forms = append(forms, form)
	}
	return forms, nil
}

func (w *classWriter) blob(digest string, data []byte) error {
	if w.there[digest] {
		return nil
	}
	w.there[digest] = true
	return os.WriteFile(filepath.Join(w.dir, digest), data, 0o666)
}

// folder writes the regular files of a file system.
func (w *classWriter) folder(fsys fs.FS) ([]fileForm, error) {
	var files []workspace.File
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		files = append(files, workspace.File{Name: name, Data: data, Exec: info.Mode()&0o100 != 0})
		return err
	})
	if err != nil {
		return nil, err
	}
	return w.files(files)
}
