package site

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content"
)

const (
	manifestFile = "manifest.webmanifest"
	workerFile   = "sw.js"
)

// offlineLimit is how large a site may be, in bytes, for a browser to be given all of it to keep. Of a
// larger one a browser keeps the pages that were read.
const offlineLimit = 32 << 20

// webManifest makes the site one that can be installed: https://www.w3.org/TR/appmanifest/.
type webManifest struct {
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Start       string    `json:"start_url"`
	Scope       string    `json:"scope"`
	Display     string    `json:"display"`
	Theme       string    `json:"theme_color"`
	Background  string    `json:"background_color"`
	Icons       []webIcon `json:"icons"`
}

type webIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

// publish stages what only a published site has: the course as one page and as an EPUB in each language,
// a manifest, so that the site can be installed, and a service worker that keeps its files.
func (b *Builder) publish(courses []*content.Course) error {
	for _, course := range courses {
		if err := b.book(course); err != nil {
			return err
		}
	}
	if err := b.manifest(courses[0]); err != nil {
		return err
	}
	worker, err := b.worker()
	if err != nil {
		return err
	}
	return b.out.stage(workerFile, worker)
}

func (b *Builder) manifest(course *content.Course) error {
	a := b.assets
	m := webManifest{
		Name: course.Title, Description: course.Description, Start: "index.html", Scope: "./", Display: "standalone",
		Theme: "#0b6472", Background: "#fcfbf9",
		Icons: []webIcon{
			{a.Icon, "any", "image/svg+xml", "any"},
			{a.Icon192, "192x192", "image/png", "any"},
			{a.Icon512, "512x512", "image/png", "maskable"},
		},
	}
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return b.out.stage(manifestFile, append(manifest, '\n'))
}

// worker is the service worker. It names the files that are kept, and is a new one for the browser
// whenever any of them changes.
func (b *Builder) worker() ([]byte, error) {
	digests := b.out.digests()
	_, size := b.out.size()
	delete(digests, workerFile)
	var files []string
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(digests)) {
		if !offline(name) {
			continue
		}
		fmt.Fprintln(&all, name, digests[name])
		if size <= offlineLimit || strings.HasPrefix(name, "assets/") || path.Base(name) == "index.html" {
			files = append(files, name)
		}
	}
	return bundle("script/worker.js", map[string]any{"FILES": files, "VERSION": content.Digest([]byte(all.String()))[:16]})
}

// offline reports whether a file is one that a reader without a network needs. Books are kept by
// readers themselves.
func offline(name string) bool {
	switch path.Ext(name) {
	case ".html", ".js", ".css", ".svg", ".png", ".jpg", ".gif", ".webp", ".webmanifest":
		return path.Base(name) != "book.html"
	}
	return false
}
