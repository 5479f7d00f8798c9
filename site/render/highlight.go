package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"

	"github.com/slipway-workshop/slipway/site/cache"
)

// formatVersion names the form of highlighted code. It must change with goTokens, classOf and
// writeTokens.
const formatVersion = "2"

// chromaVersion is the version of chroma that go.mod asks for; a test holds it to that.
const chromaVersion = "v2.27.0"

// lexerNames says which lexer of chroma reads a language of package fence. Go, go.mod and go.work have
// lexers of our own; languages that have none are shown plain.
var lexerNames = map[string]string{
	"dockerfile": "Docker",
	"html":       "HTML",
	"http":       "HTTP",
	"json":       "JSON",
	"makefile":   "Makefile",
	"markdown":   "markdown",
	"sh":         "Bash",
	"toml":       "TOML",
	"xml":        "XML",
	"yaml":       "YAML",
}

// patience is how long one match of chroma's may take before chroma silently drops it, which
// happens on a machine that is busy with other things.
const patience = 250 * time.Millisecond

// A lexer splits code into tokens. It is sure of the result when another time would give the same.
type lexer func(code string) (tokens []chroma.Token, sure bool, err error)

// A highlighter turns code into HTML. Its cache keeps the blocks of each page.
type highlighter struct {
	lexers map[string]lexer
	cache  *cache.Cache
}

func newHighlighter(kept *cache.Cache) (*highlighter, error) {
	h := &highlighter{lexers: map[string]lexer{}, cache: kept}
	for lang, name := range lexerNames {
		found := lexers.Get(name)
		if found == nil {
			return nil, fmt.Errorf("highlight %s: chroma %s has no lexer %q", lang, chromaVersion, name)
		}
		h.lexers[lang] = patient(found)
	}
	mod, err := newModLexer()
	if err != nil {
		return nil, fmt.Errorf("highlight gomod: %w", err)
	}
	h.lexers["gomod"], h.lexers["gowork"] = patient(mod), patient(mod)
	h.lexers["go"] = func(code string) ([]chroma.Token, bool, error) { return goTokens(code), true, nil }
	return h, nil
}

// knows reports whether code of a language has colours.
func (h *highlighter) knows(lang string) bool { return h.lexers[lang] != nil }

// html returns the code with an element of a class around each token that has a colour. No element
// spans lines, so that the result has the same lines as the code. It is sure of the result when another
// time would give the same.
func (h *highlighter) html(lang, code string) (out string, sure bool, err error) {
	if !h.knows(lang) {
		return escapeCode(code), true, nil
	}
	tokens, sure, err := h.lexers[lang](code)
	if err != nil {
		return "", false, fmt.Errorf("highlight %s: %w", lang, err)
	}
	return writeTokens(code, tokens), sure, nil
}

// patient makes a lexer of one of chroma's.
func patient(l chroma.Lexer) lexer {
	return func(code string) ([]chroma.Token, bool, error) { return tokenise(l, code) }
}

// tokenise splits the code. It is sure of the result when no match can have run out of time; it
// tries again when one may have.
func tokenise(l chroma.Lexer, code string) (tokens []chroma.Token, sure bool, err error) {
	for range 3 {
		start := time.Now()
		it, err := l.Tokenise(&chroma.TokeniseOptions{State: "root"}, code)
		if err != nil {
			return nil, false, err
		}
		tokens = it.Tokens()
		sure = time.Since(start) < patience
		if sure {
			break
		}
	}
	return whole(tokens, code), sure, nil
}

// whole returns the tokens if their text is the code, which some lexers end with a newline of their
// own, and else the code as one token.
func whole(tokens []chroma.Token, code string) []chroma.Token {
	rest := code
	for i, t := range tokens {
		after, ok := strings.CutPrefix(rest, t.Value)
		if !ok {
			if i == len(tokens)-1 && t.Value == rest+"\n" {
				return append(tokens[:i:i], chroma.Token{Type: t.Type, Value: rest})
			}
			return []chroma.Token{{Type: chroma.Text, Value: code}}
		}
		rest = after
	}
	if rest != "" {
		return []chroma.Token{{Type: chroma.Text, Value: code}}
	}
	return tokens
}

// writeTokens puts the code that the tokens are made of into elements, one for neighbours of a class.
func writeTokens(code string, tokens []chroma.Token) string {
	var b strings.Builder
	b.Grow(3 * len(code))
	for len(tokens) > 0 {
		class, size := classOf(tokens[0].Type), 0
		for len(tokens) > 0 && classOf(tokens[0].Type) == class {
			size += len(tokens[0].Value)
			tokens = tokens[1:]
		}
		writeToken(&b, class, code[:size])
		code = code[size:]
	}
	return b.String()
}

func writeToken(b *strings.Builder, class, text string) {
	if class == "" {
		b.WriteString(escapeCode(text))
		return
	}
	for line := range strings.Lines(text) {
		bare := strings.TrimSuffix(line, "\n")
		if bare != "" {
			b.WriteString(`<span class="` + class + `">` + escapeCode(bare) + `</span>`)
		}
		b.WriteString(line[len(bare):])
	}
}

// classOf is the class of a token: few, since a reader tells few colours apart.
//
//	k keyword   t type       s string   m number or constant   c comment
//	f function  b built-in   v variable g tag, key or attribute
func classOf(t chroma.TokenType) string {
	switch t {
	case chroma.KeywordType, chroma.NameClass:
		return "t"
	case chroma.KeywordConstant, chroma.NameConstant, chroma.NameEntity, chroma.LiteralDate:
		return "m"
	case chroma.NameFunction, chroma.NameFunctionMagic:
		return "f"
	case chroma.NameBuiltin, chroma.NameBuiltinPseudo:
		return "b"
	case chroma.NameTag, chroma.NameAttribute, chroma.NameProperty:
		return "g"
	case chroma.OperatorWord, chroma.GenericHeading, chroma.GenericSubheading, chroma.NameDecorator:
		return "k"
	}
	switch {
	case t.InCategory(chroma.Comment):
		return "c"
	case t.InCategory(chroma.Keyword):
		return "k"
	case t.InSubCategory(chroma.NameVariable):
		return "v"
	case t.InSubCategory(chroma.LiteralString):
		return "s"
	case t.InSubCategory(chroma.LiteralNumber):
		return "m"
	}
	return ""
}
