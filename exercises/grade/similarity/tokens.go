package similarity

import (
	"bytes"
	"go/doc"
	"go/scanner"
	"go/token"
	"hash/fnv"
	"iter"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// What is read of a work at most, so that no work takes long or much memory.
const (
	mostBytes  = 1 << 20 // of a file
	mostTokens = 50_000  // of all files together
	mostWord   = 256     // bytes of a word
)

// A tok is a token of a file: what it is, and the line it is on.
type tok struct {
	code uint64
	line int
}

// A kind is a way to take files apart, with its own numbers of winnowing: a Go file has many tokens of few kinds, and
// a text few words of many.
type kind struct {
	name   string
	k, w   int
	tokens func(data []byte) iter.Seq[tok]
}

var (
	goKind   = kind{"go", 20, 8, goTokens}
	textKind = kind{"text", 8, 4, words}
)

// kindOf returns how a file is taken apart. Files that tools write, and those that are no text, are not.
func kindOf(f workspace.File) (k kind, own, readable bool) {
	base := path.Base(f.Name)
	switch {
	case f.Link != "" || base == "go.sum" || base == "go.work.sum" || strings.HasPrefix(f.Name, "vendor/") || strings.Contains(f.Name, "/vendor/"):
		return kind{}, false, true
	case len(f.Data) > mostBytes || bytes.IndexByte(f.Data, 0) >= 0:
		return kind{}, true, false
	case path.Ext(base) == ".go":
		return goKind, true, true
	}
	return textKind, true, true
}

// goTokens yields the tokens of a Go file. What is no Go gives tokens as well: the scanner goes on after a mistake.
func goTokens(data []byte) iter.Seq[tok] {
	return func(yield func(tok) bool) {
		files := token.NewFileSet()
		file := files.AddFile("", -1, len(data))
		var s scanner.Scanner
		s.Init(file, data, func(token.Position, string) {}, 0)
		comma := 0 // line of a comma that is held back
		for pos, t, text := next(&s); t != token.EOF; pos, t, text = next(&s) {
			line := file.PositionFor(pos, false).Line // whatever a //line comment says
			closing := t == token.RPAREN || t == token.RBRACE || t == token.RBRACK
			if comma > 0 && !closing && !yield(tok{uint64(token.COMMA), comma}) {
				return
			}
			comma = 0
			if t == token.COMMA {
				comma = line
			} else if !yield(tok{goCode(t, text), line}) {
				return
			}
		}
	}
}

// next returns the next token that counts: no semicolon, and nothing of an import declaration.
func next(s *scanner.Scanner) (token.Pos, token.Token, string) {
	for {
		pos, t, text := s.Scan()
		switch t {
		case token.SEMICOLON, token.ILLEGAL:
		case token.IMPORT:
			skipImport(s)
		default:
			return pos, t, text
		}
	}
}

// skipImport reads to the end of an import declaration: the closing bracket, or the end of the line.
func skipImport(s *scanner.Scanner) {
	end := token.SEMICOLON
	for {
		switch _, t, _ := s.Scan(); t {
		case token.LPAREN:
			end = token.RPAREN
		case end, token.EOF:
			return
		}
	}
}

// goCode is what is kept of a token. Of names only those count that Go itself declares: nobody renames these.
func goCode(t token.Token, text string) uint64 {
	if t == token.IDENT && doc.IsPredeclared(text) {
		return hashOf(text)
	}
	return uint64(t)
}

// words yields the words of a text.
func words(data []byte) iter.Seq[tok] {
	return func(yield func(tok) bool) {
		line := 1
		for len(data) > 0 {
			r, size := utf8.DecodeRune(data)
			if unicode.IsSpace(r) {
				if r == '\n' {
					line++
				}
				data = data[size:]
				continue
			}
			end := bytes.IndexFunc(data[:min(len(data), mostWord)], unicode.IsSpace)
			if end < 0 {
				end = min(len(data), mostWord)
			}
			if !yield(tok{hashOf(string(data[:end])), line}) {
				return
			}
			data = data[end:]
		}
	}
}

// hashOf is the same on every machine, as reports are.
func hashOf(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}
