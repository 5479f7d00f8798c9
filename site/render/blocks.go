package render

import (
	"strconv"

	"github.com/slipway-workshop/slipway/site/cache"
)

// blocks are the highlighted blocks of one page. They are kept in one entry of the cache, since opening
// a file for each block would take longer than all else that a page needs. A block is found again by
// its language and code, so that an edit costs only the blocks that it changes; those that the page no
// longer has are forgotten.
type blocks struct {
	code *highlighter
	key  string            // of the entry
	old  map[string]string // what the entry holds; nil until it is asked for
	used map[string]string
	new  bool // something is used that the entry does not hold
}

func (h *highlighter) blocksOf(src Source) *blocks {
	return &blocks{code: h, key: cache.Key(src.File, strconv.Itoa(src.Line)), used: map[string]string{}}
}

// html is the highlighted code, as highlighter.html gives it.
func (b *blocks) html(lang, code string) (string, error) {
	if !b.code.knows(lang) {
		return escapeCode(code), nil
	}
	key := cache.Key(chromaVersion, formatVersion, lang, code)
	if out, ok := b.load()[key]; ok {
		b.used[key] = out
		return out, nil
	}
	out, sure, err := b.code.html(lang, code)
	if sure {
		b.used[key], b.new = out, true
	}
	return out, err
}

// load returns what the entry holds.
func (b *blocks) load() map[string]string {
	if b.old == nil {
		entry, _ := b.code.cache.Get(b.key)
		b.old = unpack(entry)
	}
	return b.old
}

// keep writes the entry if it has changed.
func (b *blocks) keep() {
	if b.new || len(b.used) != len(b.old) {
		b.code.cache.Put(b.key, pack(b.used))
	}
}

// pack writes each key and value.
func pack(m map[string]string) string {
	var out writer
	for key, value := range m {
		out.text(key, value)
	}
	return string(out)
}

// unpack reads what pack wrote.
func unpack(s string) map[string]string {
	m := map[string]string{}
	for in := (reader{rest: s}); in.rest != ""; {
		key, value := in.text(), in.text()
		if !in.broken {
			m[key] = value
		}
	}
	return m
}
