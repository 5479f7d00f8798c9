package site

import (
	"fmt"
	"path"
	"strings"

	"github.com/slipway-workshop/slipway/content"
)

// assets are the files that pages share. Their names hold a part of their digest, so that a browser
// may keep them for ever.
//
// Pages are not minified: most of one is text and code, whose white space counts, and the templates
// leave little besides. What a minifier would save is less than it costs in time at each build.
type assets struct {
	Style, Theme, Root, Icon string // names below the root of the site

	files map[string][]byte
}

func readAssets() (*assets, error) {
	a := &assets{files: map[string][]byte{}}
	icon, err := embedded.ReadFile("static/icon.svg")
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	a.Icon = a.add("icon.svg", icon)
	if a.Style, err = a.bundle("site.css", "style/main.css", nil); err != nil {
		return nil, err
	}
	if a.Root, err = a.bundle("root.js", "script/root.js", nil); err != nil {
		return nil, err
	}
	a.Theme, err = a.bundle("theme.js", "script/theme.js", nil)
	return a, err
}

func (a *assets) bundle(file, entry string, values map[string]any) (name string, err error) {
	data, err := bundle(entry, values)
	if err != nil {
		return "", err
	}
	return a.add(file, data), nil
}

func (a *assets) add(file string, data []byte) (name string) {
	ext := path.Ext(file)
	name = fmt.Sprintf("assets/%s-%s%s", strings.TrimSuffix(file, ext), content.Digest(data)[:10], ext)
	a.files[name] = data
	return name
}
