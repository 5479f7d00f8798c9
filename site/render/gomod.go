package render

import "github.com/alecthomas/chroma/v2"

// newModLexer returns a lexer for go.mod and go.work, which chroma does not know. The words are
// those of https://go.dev/ref/mod#go-mod-file-grammar and https://go.dev/ref/mod#go-work-file.
func newModLexer() (chroma.Lexer, error) {
	return chroma.NewLexer(&chroma.Config{Name: "go.mod"}, func() chroma.Rules {
		return chroma.Rules{"root": {
			{Pattern: `//[^\n]*`, Type: chroma.CommentSingle},
			{Pattern: `^([ \t]*)(module|go|toolchain|godebug|require|exclude|replace|retract|tool|ignore|use)\b`,
				Type: chroma.ByGroups(chroma.Text, chroma.Keyword)},
			{Pattern: `=>`, Type: chroma.OperatorWord},
			{Pattern: `"[^"\n]*"|` + "`[^`\n]*`", Type: chroma.LiteralString},
			{Pattern: `(?<![^\s\[,])(v[0-9]|go[0-9]|[0-9])[^\s,\]]*`, Type: chroma.LiteralNumber},
			{Pattern: `\s+`, Type: chroma.TextWhitespace},
			{Pattern: `[^\s\[\],()"` + "`" + `]+`, Type: chroma.Text},
			{Pattern: `.`, Type: chroma.Punctuation},
		}}
	})
}
