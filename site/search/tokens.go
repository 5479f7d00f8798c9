package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Longer words, and words of more parts, are paths and addresses: their parts are kept.
const (
	longest   = 40
	manyParts = 5
)

// A tokeniser takes the texts of one page apart. It keeps what became of each word, since words come
// again.
type tokeniser struct {
	*Rules
	plains map[string]string
}

func (r *Rules) tokeniser() tokeniser { return tokeniser{r, map[string]string{}} }

// tokens calls yield with each token of a text, in order. Words are runs of letters and digits;
// joined ones, such as go.sum, give a token as a whole, then one for each part. CamelCase gives its
// humps besides. Scripts without spaces give each pair of neighbours.
func (r tokeniser) tokens(text string, yield func(token string)) {
	for i := 0; i < len(text); {
		c, size := decode(text[i:])
		switch {
		case isWide(c):
			n := span(text[i:], isWide)
			pairs(text[i:i+n], yield)
			i += n
		case isWord(c):
			n := joined(text[i:])
			r.word(narrow(text[i:i+n]), yield)
			i += n
		default:
			i += size
		}
	}
}

// decode reads a character; full-width forms of ASCII count as ASCII.
func decode(s string) (c rune, size int) {
	if s[0] < utf8.RuneSelf {
		return rune(s[0]), 1
	}
	c, size = utf8.DecodeRuneInString(s)
	if c >= '！' && c <= '～' {
		c -= '！' - '!'
	}
	return c, size
}

func isWide(c rune) bool {
	return c >= 0x1100 && (c == 'ー' || unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul))
}

func isWord(c rune) bool {
	if c < utf8.RuneSelf {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return (unicode.IsLetter(c) || unicode.IsMark(c) || unicode.IsNumber(c)) && !isWide(c)
}

func isJoiner(c rune) bool {
	switch c {
	case '.', '-', '_', '/', '+', '@', '=':
		return true
	}
	return false
}

// span is how many bytes at the beginning of s are of a kind.
func span(s string, kind func(rune) bool) int {
	n := 0
	for n < len(s) {
		c, size := decode(s[n:])
		if !kind(c) {
			break
		}
		n += size
	}
	return n
}

// joined is how long the word at the beginning of s is, with all that is joined to it by one or two
// joiners.
func joined(s string) int {
	n := span(s, isWord)
	for n < len(s) {
		at, joiners := n, 0
		for joiners < 2 && at < len(s) {
			c, size := decode(s[at:])
			if !isJoiner(c) {
				break
			}
			at += size
			joiners++
		}
		more := span(s[at:], isWord)
		if joiners == 0 || more == 0 {
			break
		}
		n = at + more
	}
	return n
}

// narrow replaces full-width forms.
func narrow(s string) string {
	if strings.IndexFunc(s, func(c rune) bool { return c >= '！' && c <= '～' }) < 0 {
		return s
	}
	return strings.Map(func(c rune) rune {
		if c >= '！' && c <= '～' {
			return c - ('！' - '!')
		}
		return c
	}, s)
}

// pairs gives each two neighbours of a run, or the one character that it is.
func pairs(run string, yield func(string)) {
	last := 0
	n := 0
	for i, c := range run {
		if n > 0 {
			yield(run[last : i+utf8.RuneLen(c)])
		}
		last = i
		n++
	}
	if n == 1 {
		yield(run)
	}
}

// word gives the tokens of one word.
func (r tokeniser) word(s string, yield func(string)) {
	if strings.IndexFunc(s, isJoiner) < 0 {
		if token := r.plain(s); token != "" {
			yield(token)
		}
		r.humps(s, yield)
		return
	}
	parts := strings.FieldsFunc(s, isJoiner)
	if len(parts) <= manyParts && utf8.RuneCountInString(s) <= longest {
		yield(lower(s))
	}
	for _, part := range parts {
		if token := r.plain(part); utf8.RuneCountInString(part) > 1 && token != "" {
			yield(token)
		}
		r.humps(part, yield)
	}
}

// humps gives the parts of CamelCase.
func (r tokeniser) humps(s string, yield func(string)) {
	start, small := 0, false
	for i, c := range s {
		big := unicode.IsUpper(c)
		if big && small {
			r.hump(s[start:i], yield)
			start = i
		}
		small = unicode.IsLower(c)
	}
	if start > 0 {
		r.hump(s[start:], yield)
	}
}

func (r tokeniser) hump(s string, yield func(string)) {
	if token := r.plain(s); utf8.RuneCountInString(s) > 1 && token != "" {
		yield(token)
	}
}

// plain is the token of a word without joiners; a word that is left out has none.
func (r tokeniser) plain(s string) string {
	token, ok := r.plains[s]
	if !ok {
		if small := lower(s); !r.stop[small] && utf8.RuneCountInString(small) <= longest {
			token = r.stemmed(small)
		}
		r.plains[s] = token
	}
	return token
}

// lower keeps the one letter whose small form differs between this program and browsers.
func lower(s string) string {
	if !strings.ContainsRune(s, 'İ') {
		return strings.ToLower(s)
	}
	return strings.Map(func(c rune) rune {
		if c == 'İ' {
			return c
		}
		return unicode.ToLower(c)
	}, s)
}
