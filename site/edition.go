package site

import (
	"github.com/slipway-workshop/slipway/site/render"
)

// An edition is what the pages of one language have in common.
type edition struct {
	lang   string
	words  *words
	render *render.Renderer
	script string // name of the pages' script below the root of the site
	search string // name of that of the search
}

// edition returns that of a language, which is made when it is first asked for.
func (b *Builder) edition(lang string) (*edition, error) {
	if e := b.editions[lang]; e != nil {
		return e, nil
	}
	w, err := readWords(lang)
	if err != nil {
		return nil, err
	}
	script, err := b.assets.bundle("page-"+lang+".js", "script/page.js", map[string]any{"WORDS": w.Script})
	if err != nil {
		return nil, err
	}
	search, err := b.assets.bundle("search-"+lang+".js", "script/search/main.js", map[string]any{"WORDS": w.Script})
	if err != nil {
		return nil, err
	}
	e := &edition{lang: lang, words: w, render: b.renderer.In(w.Render), script: script, search: search}
	b.editions[lang] = e
	return e, nil
}
