package render

import (
	"encoding/binary"
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
	old  map[string]string // what the entry holds; nil until the first block asks for it
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
	if b.old == nil {
		entry, _ := b.code.cache.Get(b.key)
		b.old = unpack(entry)
	}
	key := cache.Key(chromaVersion, formatVersion, lang, code)
	if out, ok := b.old[key]; ok {
		b.used[key] = out
		return out, nil
	}
	out, sure, err := b.code.html(lang, code)
	if sure {
		b.used[key], b.new = out, true
	}
	return out, err
}

// keep writes the entry if it has changed.
func (b *blocks) keep() {
	if b.new || len(b.used) != len(b.old) {
		b.code.cache.Put(b.key, pack(b.used))
	}
}

// pack writes each key and value behind its length.
func pack(m map[string]string) string {
	var b []byte
	for key, value := range m {
		b = append(binary.AppendUvarint(b, uint64(len(key))), key...)
		b = append(binary.AppendUvarint(b, uint64(len(value))), value...)
	}
	return string(b)
}

// unpack reads what pack wrote.
func unpack(s string) map[string]string {
	m := map[string]string{}
	for s != "" {
		var key string
		key, s = cutPacked(s)
		m[key], s = cutPacked(s)
	}
	return m
}

func cutPacked(s string) (value, rest string) {
	size, n := binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen64)]))
	if n <= 0 || size > uint64(len(s)-n) {
		return "", ""
	}
	return s[n:][:size], s[n:][size:]
}
