package grade

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Accept makes a gradebook the one of the folder.
func (f *Folder) Accept(book *Gradebook) error {
	data, err := book.encode()
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

// encode returns the JSON form of a gradebook, which is the same for equal gradebooks.
func (g *Gradebook) encode() ([]byte, error) {
	data, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write gradebook: %w", err)
	}
	return append(data, '\n'), nil
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
