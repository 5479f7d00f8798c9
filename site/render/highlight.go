package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// formatVersion names the form of highlighted code. It must change with classOf and writeTokens.
const formatVersion = "1"

// chromaVersion is the version of chroma that go.mod asks for; a test holds it to that.
const chromaVersion = "v2.27.0"

// lexerNames says which lexer reads a language of package fence. Languages that are missing, or have
// no lexer, are shown plain.
var lexerNames = map[string]string{
	"dockerfile": "Docker",
	"go":         "Go",
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

// A highlighter turns code into HTML and remembers what it has seen.
type highlighter struct {
	lexers map[string]chroma.Lexer
	cache  *cache
}

func newHighlighter(folder string) (*highlighter, error) {
	h := &highlighter{lexers: map[string]chroma.Lexer{}, cache: newCache(folder)}
	for lang, name := range lexerNames {
		lexer := lexers.Get(name)
		if lexer == nil {
			return nil, fmt.Errorf("highlight %s: chroma %s has no lexer %q", lang, chromaVersion, name)
		}
		h.lexers[lang] = lexer
	}
	mod, err := newModLexer()
	if err != nil {
		return nil, fmt.Errorf("highlight gomod: %w", err)
	}
	h.lexers["gomod"], h.lexers["gowork"] = mod, mod
	return h, nil
}

// html returns the code with an element of a class around each token that has a colour. No element
// spans lines, so that the result has the same lines as the code.
func (h *highlighter) html(lang, code string) (string, error) {
	lexer := h.lexers[lang]
	if lexer == nil || code == "" {
		return escapeCode(code), nil
	}
	key := cacheKey(chromaVersion, formatVersion, lang, code)
	if out, ok := h.cache.get(key); ok {
		return out, nil
	}
	tokens, sure, err := tokenise(lexer, code)
	if err != nil {
		return "", fmt.Errorf("highlight %s: %w", lang, err)
	}
	out := writeTokens(tokens)
	if sure {
		h.cache.put(key, out)
	}
	return out, nil
}

// tokenise splits the code. It is sure of the result when no match can have run out of time; it
// tries again when one may have.
func tokenise(lexer chroma.Lexer, code string) (tokens []chroma.Token, sure bool, err error) {
	for range 3 {
		start := time.Now()
		it, err := lexer.Tokenise(&chroma.TokeniseOptions{State: "root"}, code)
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

func writeTokens(tokens []chroma.Token) string {
	var b strings.Builder
	for i := 0; i < len(tokens); {
		class := classOf(tokens[i].Type)
		text := tokens[i].Value
		for i++; i < len(tokens) && classOf(tokens[i].Type) == class; i++ {
			text += tokens[i].Value
		}
		writeToken(&b, class, text)
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
