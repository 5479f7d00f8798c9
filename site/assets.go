package site

import (
	"bytes"
	"fmt"
	"image"
)

// assets are the files that pages share. Their names hold a part of their digest, so that a browser
// may keep them for ever.
//
// Pages are not minified: most of one is text and code, whose white space counts, and the templates
// leave little besides. What a minifier would save is less than it costs in time at each build.
type assets struct {
	Style, Book, Theme, Root, Moved, Icon, Icon192, Icon512, Card, ShotLight, ShotDark string      // names below the root of the site
	ShotSize                                                                           image.Point // of the two pictures of a check

	files map[string][]byte
}

func readAssets() (*assets, error) {
	a := &assets{files: map[string][]byte{}}
	var err error
	for name, to := range map[string]*string{"icon.svg": &a.Icon, "icon-192.png": &a.Icon192, "icon-512.png": &a.Icon512, "card.png": &a.Card, "check-light.webp": &a.ShotLight, "check-dark.webp": &a.ShotDark} {
		if *to, err = a.static(name); err != nil {
			return nil, err
		}
	}
	if a.ShotSize, err = sizeOf(a.files[a.ShotLight]); err != nil {
		return nil, err
	}
	for name, to := range map[string]*string{"theme.js": &a.Theme, "root.js": &a.Root, "moved.js": &a.Moved} {
		if *to, err = a.bundle(name, "script/"+name, nil); err != nil {
			return nil, err
		}
	}
	if a.Book, err = a.bundle("book.css", "style/book.css", nil); err != nil {
		return nil, err
	}
	a.Style, err = a.bundle("site.css", "style/main.css", nil)
	return a, err
}

func (a *assets) bundle(file, entry string, values map[string]any) (name string, err error) {
	data, err := bundle(entry, values)
	if err != nil {
		return "", err
	}
	return a.add(file, data), nil
}

// static takes over a file of the folder static.
func (a *assets) static(file string) (name string, err error) {
	data, err := embedded.ReadFile("static/" + file)
	if err != nil {
		return "", fmt.Errorf("read assets: %w", err)
	}
	return a.add(file, data), nil
}

// sizeOf is the size at which a picture is shown. Its file has two dots for each of the page.
func sizeOf(picture []byte) (image.Point, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(picture))
	return image.Pt(c.Width/2, c.Height/2), err
}

func (a *assets) add(file string, data []byte) (name string) {
	name = assetName(file, data)
	a.files[name] = data
	return name
}
