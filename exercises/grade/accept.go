package grade

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Accept makes a gradebook the one of the folder.
func (f *Folder) Accept(book *Gradebook) error {
	data, err := book.Encode()
	if err != nil {
		return err
	}
	name := filepath.Join(f.dir, gradebookName)
	if err := f.stage(name, data); err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, removeIfThere(name+newSuffix)))
	}
	digest := digestOf(data)
	if err := f.journal.append(Entry{Kind: Accepted, Digest: digest, File: gradebookName}); err != nil {
		return errors.Join(err, removeIfThere(name+newSuffix))
	}
	f.accepted = digest
	if err := f.install(name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Encode returns the JSON form of a gradebook, which gradebook.schema.json describes: the same bytes for equal gradebooks,
// with [] where nothing is in a list.
func (g *Gradebook) Encode() ([]byte, error) {
	whole := *g
	whole.Tasks, whole.Learners = append([]Column{}, g.Tasks...), append([]Row{}, g.Learners...)
	for i := range whole.Tasks {
		whole.Tasks[i].Checks = append([]Check{}, whole.Tasks[i].Checks...)
	}
	for i := range whole.Learners {
		whole.Learners[i].Cells = append([]Cell{}, whole.Learners[i].Cells...)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(whole); err != nil {
		return nil, fmt.Errorf("write gradebook: %w", err)
	}
	return out.Bytes(), nil
}

// readGradebook returns the gradebook of a folder, or nil.
func readGradebook(dir string) (*Gradebook, error) {
	name := filepath.Join(dir, gradebookName)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read gradebook: %w", err)
	}
	book := new(Gradebook)
	if err := json.Unmarshal(data, book); err != nil {
		return nil, fmt.Errorf("read gradebook: %s: %w", name, err)
	}
	if book.Version != GradebookVersion {
		return nil, fmt.Errorf("read gradebook: %s has version %d, and this slipway writes %d: grade into a new folder", name, book.Version, GradebookVersion)
	}
	for _, r := range book.Learners {
		if len(r.Cells) != len(book.Tasks) {
			return nil, fmt.Errorf("read gradebook: %s: the row of %q has %d cells for %d tasks: take the file back from a copy", name, r.ID, len(r.Cells), len(book.Tasks))
		}
	}
	return book, nil
}
