package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// listedSlug is an entry of the list, which may stand in quotes.
var listedSlug = regexp.MustCompile(`^("[^"]*"|'[^']*'|[^\s,\]}#]+)`)

// listChapter adds a chapter to the end of a part's list in course.yaml. It writes into the text as it
// stands, so that comments and layout stay.
func listChapter(src []byte, part int, slug string) ([]byte, error) {
	list, err := chapterList(src, part)
	if err != nil {
		return nil, fmt.Errorf("list the chapter in course.yaml: %w", err)
	}
	if len(list.Values) == 0 {
		at := offset(src, list.Start.Position) + len("[")
		return insert(src, at, slug), nil
	}
	last := list.Values[len(list.Values)-1].GetToken()
	at := offset(src, last.Position)
	at += len(listedSlug.Find(src[at:]))
	if list.IsFlowStyle {
		return insert(src, at, ", "+slug), nil
	}
	line := strings.Repeat(" ", list.Start.Position.Column-1) + "- " + slug + "\n"
	end := bytes.IndexByte(src[at:], '\n')
	if end < 0 {
		return insert(src, len(src), "\n"+line), nil
	}
	return insert(src, at+end+1, line), nil
}

// chapterList returns the list of the chapters of a part, counted from 0.
func chapterList(src []byte, part int) (*ast.SequenceNode, error) {
	file, err := parser.ParseBytes(src, 0)
	if err != nil {
		return nil, err
	}
	path, err := yaml.PathString(fmt.Sprintf("$.parts[%d].chapters", part))
	if err != nil {
		return nil, err
	}
	node, err := path.FilterFile(file)
	if err != nil {
		return nil, err
	}
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return nil, errors.New("the part has no list of chapters: write chapters: [] there")
	}
	return list, nil
}

// offset is the byte at which a token begins. Its column counts characters.
func offset(src []byte, pos *token.Position) int {
	at := 0
	for range pos.Line - 1 {
		at += bytes.IndexByte(src[at:], '\n') + 1
	}
	line, _, _ := bytes.Cut(src[at:], []byte("\n"))
	runes := []rune(string(line))
	return at + len(string(runes[:min(pos.Column-1, len(runes))]))
}

func insert(src []byte, at int, text string) []byte {
	return []byte(string(src[:at]) + text + string(src[at:]))
}
