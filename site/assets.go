package site

import (
	"fmt"
	"path"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"
)

// assets are the files that all pages share, minified. Their names hold a part of their digest, so
// that a browser may keep them for ever.
//
// Pages are not minified: most of one is text and code, whose white space counts, and the templates
// leave little besides. What a minifier would save is less than it costs in time at each build.
type assets struct {
	Style, Theme, Page, Icon string // names below the root of the site

	files map[string][]byte
}

func readAssets() (*assets, error) {
	m := minify.New()
	m.AddFunc(".css", css.Minify)
	m.AddFunc(".js", js.Minify)
	a := &assets{files: map[string][]byte{}}
	for file, name := range map[string]*string{
		"site.css": &a.Style, "theme.js": &a.Theme, "page.js": &a.Page, "icon.svg": &a.Icon,
	} {
		data, err := embedded.ReadFile("static/" + file)
		if err != nil {
			return nil, fmt.Errorf("read assets: %w", err)
		}
		ext := path.Ext(file)
		if small, err := m.Bytes(ext, data); err == nil {
			data = small
		} else if err != minify.ErrNotExist {
			return nil, fmt.Errorf("read assets: %s: %w", file, err)
		}
		*name = fmt.Sprintf("assets/%s-%s%s", strings.TrimSuffix(file, ext), content.Digest(data)[:10], ext)
		a.files[*name] = data
	}
	return a, nil
}
