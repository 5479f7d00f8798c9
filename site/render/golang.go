package render

import (
	"go/scanner"
	"go/token"
	"strings"

	"github.com/alecthomas/chroma/v2"
)

// predeclared are the names that Go declares for every package, by what they are.
var predeclared = func() map[string]chroma.TokenType {
	names := map[string]chroma.TokenType{}
	for kind, list := range map[chroma.TokenType]string{
		chroma.KeywordConstant: "false iota nil true",
		chroma.KeywordType: `any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64
			rune string uint uint8 uint16 uint32 uint64 uintptr`,
		chroma.NameBuiltin: "append cap clear close complex copy delete imag len make max min new panic print println real recover",
	} {
		for name := range strings.FieldsSeq(list) {
			names[name] = kind
		}
	}
	return names
}()

// goTokens splits Go into tokens whose text together is the code, whatever the code is: a file, some
// lines of one, or no Go at all. Go's own scanner takes a small part of the time of chroma's
// expressions, and gives the same however busy the machine is.
func goTokens(code string) []chroma.Token {
	file := token.NewFileSet().AddFile("", -1, len(code))
	var s scanner.Scanner
	s.Init(file, []byte(code), nil, scanner.ScanComments) // what is no Go is passed over
	g := goSplitter{code: code, out: make([]chroma.Token, 0, len(code)/2)}
	for {
		pos, tok, lit := s.Scan()
		if tok == token.SEMICOLON && lit == "\n" {
			continue // the scanner's own, at the end of a line
		}
		g.next(file.Offset(pos), tok)
		if tok == token.EOF {
			return g.out
		}
	}
}

// A goSplitter gathers tokens. What a name is shows only in the token after it, so that it always
// waits for one.
type goSplitter struct {
	code   string
	start  int         // of the token that waits
	tok    token.Token // that waits
	before token.Token // the one before it
	out    []chroma.Token
}

// next takes the token that begins at an offset: the one that waits ends before it.
func (g *goSplitter) next(start int, tok token.Token) {
	text := g.code[g.start:start]
	bare := strings.TrimRight(text, " \t\r\n")
	g.add(g.kind(bare, tok), bare)
	g.add(chroma.TextWhitespace, text[len(bare):])
	g.before, g.start, g.tok = g.tok, start, tok
}

func (g *goSplitter) add(kind chroma.TokenType, text string) {
	if text != "" {
		g.out = append(g.out, chroma.Token{Type: kind, Value: text})
	}
}

// kind is what the token is that waits. A predeclared name is one unless it stands after a period,
// and a built-in function only where it is called.
func (g *goSplitter) kind(text string, after token.Token) chroma.TokenType {
	switch {
	case g.tok == token.COMMENT:
		return chroma.Comment
	case g.tok.IsKeyword():
		return chroma.Keyword
	case g.tok == token.STRING || g.tok == token.CHAR:
		return chroma.LiteralString
	case g.tok.IsLiteral() && g.tok != token.IDENT:
		return chroma.LiteralNumber
	case g.tok != token.IDENT:
		return chroma.Text
	case g.before == token.FUNC:
		return chroma.NameFunction
	}
	kind, known := predeclared[text]
	switch {
	case known && g.before != token.PERIOD && (kind != chroma.NameBuiltin || after == token.LPAREN):
		return kind
	case after == token.LPAREN:
		return chroma.NameFunction
	}
	return chroma.NameOther
}
