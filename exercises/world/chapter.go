package world

import (
	"errors"
	"fmt"
	"io/fs"
)

// OfChapter reads the world that a chapter is read in: worlds/SLUG.yaml of the course, or without one
// the standard world.
func OfChapter(course fs.FS, slug string) (Config, error) {
	name := "worlds/" + slug + ".yaml"
	data, err := fs.ReadFile(course, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("read world of chapter: %w", err)
	}
	return ParseConfig(name, data)
}
