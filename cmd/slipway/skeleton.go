package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// skeletons holds what slipway new writes: a folder for each kind, whose files are templates.
//
//go:embed skeleton
var skeletons embed.FS

// A skeleton is what the templates of a new chapter, exercise or lab are filled in with.
type skeleton struct {
	Slug, Title string

	Number int    // of a chapter
	Here   string // its folder, as its commands print it

	ID      string // of a task
	Chapter string // slug of the chapter that it belongs to
}

// newSkeleton makes a title of a slug, for the author to replace.
func newSkeleton(slug string) skeleton {
	title := strings.ReplaceAll(slug, "-", " ")
	return skeleton{Slug: slug, Title: strings.ToUpper(title[:1]) + title[1:]}
}

// fill returns the files of a kind, by their slash-separated names within its folder.
func (s skeleton) fill(kind string) (map[string]string, error) {
	root, err := fs.Sub(skeletons, "skeleton/"+kind)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		t, err := template.New(name).Option("missingkey=error").Parse(string(src))
		if err != nil {
			return err
		}
		var b strings.Builder
		err = t.Execute(&b, s)
		files[name] = b.String()
		return err
	})
	return files, err
}

// writeFolder writes files into a folder that is not there yet: all of them, or none. It makes them
// beside the folder above, so that whoever watches that one never sees a part of them.
func writeFolder(dir string, files map[string]string) error {
	above := filepath.Dir(filepath.Dir(dir))
	err := os.MkdirAll(above, 0o755)
	var made string
	if err == nil {
		made, err = os.MkdirTemp(above, ".new-*")
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", dir, err)
	}
	defer os.RemoveAll(made)
	errs := []error{os.Chmod(made, 0o755)}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := filepath.Join(made, filepath.FromSlash(name))
		errs = append(errs, os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(files[name]), 0o644))
	}
	if err = errors.Join(errs...); err == nil {
		err = os.MkdirAll(filepath.Dir(dir), 0o755)
	}
	if err == nil {
		err = os.Rename(made, dir) // which fails where a folder with files is
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", dir, err)
	}
	return nil
}
