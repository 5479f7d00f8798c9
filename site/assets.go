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
	Style, Theme, Icon string            // names below the root of the site
	Page, Search       map[string]string // by language, whose words the scripts hold

	files map[string][]byte
}

func readAssets(all map[string]*words) (*assets, error) {
	a := &assets{Page: map[string]string{}, Search: map[string]string{}, files: map[string][]byte{}}
	icon, err := embedded.ReadFile("static/icon.svg")
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	a.Icon = a.add("icon.svg", icon)
	if a.Style, err = a.bundle("site.css", "style/main.css", nil); err != nil {
		return nil, err
	}
	if a.Theme, err = a.bundle("theme.js", "script/theme.js", nil); err != nil {
		return nil, err
	}
	for lang, w := range all {
		if a.Page[lang], err = a.bundle("page-"+lang+".js", "script/page.js", map[string]any{"WORDS": w.Script}); err != nil {
			return nil, err
		}
		if a.Search[lang], err = a.bundle("search-"+lang+".js", "script/search/main.js", map[string]any{"WORDS": w.Script}); err != nil {
			return nil, err
		}
	}
	return a, nil
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
