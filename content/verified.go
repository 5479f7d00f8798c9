package content

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// VerifiedName is the file that holds the stamps.
const VerifiedName = "verified.json"

// A Stamp says what a page was proven with. It holds for the page with that digest only.
type Stamp struct {
	Digest     string `json:"digest"`
	Go         string `json:"go"`
	Kubernetes string `json:"kubernetes,omitempty"`
	Date       string `json:"date"` // of the proof, as 2026-11-21
}

// Stamps are the stamps of pages, by chapter slug or task id.
type Stamps map[string]Stamp

type stampsFile struct {
	Version int    `json:"version"`
	Pages   Stamps `json:"pages"`
}

const stampsVersion = 1

// Of returns the stamp of a page if the page still has the digest that was proven.
func (s Stamps) Of(page, digest string) (Stamp, bool) {
	stamp, ok := s[page]
	return stamp, ok && stamp.Digest == digest
}

// Marshal renders the stamps as their file holds them.
func (s Stamps) Marshal() ([]byte, error) {
	data, err := json.MarshalIndent(stampsFile{stampsVersion, s}, "", "  ")
	return append(data, '\n'), err
}

// ReadStamps reads the stamps of a course; one that was never proven has none.
func ReadStamps(fsys fs.FS) (Stamps, error) {
	data, err := fs.ReadFile(fsys, VerifiedName)
	if errors.Is(err, fs.ErrNotExist) {
		return Stamps{}, nil
	} else if err != nil {
		return nil, fmt.Errorf("read stamps: %w", err)
	}
	var file stampsFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", VerifiedName, err)
	}
	if file.Version != stampsVersion {
		return nil, fmt.Errorf("%s: version %d is not %d: run slipway prove --update", VerifiedName, file.Version, stampsVersion)
	}
	return file.Pages, nil
}
