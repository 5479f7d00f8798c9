// Package fence reads the fenced blocks of a chapter: what a block is (its language and attributes),
// where it stands, and, for a console block, which commands it holds and what they print.
//
// An info string is a language and, in braces, attributes:
//
//	go {file=main.go}
//	console {norun="needs a second machine"}
//	goat {caption="Who asks whom"}
//	yaml {mark="3,5-7"}
//	console {tab="Linux"}
//
// Of blocks with a tab that follow one another, a reader sees one at a time. Marks point at lines by
// their numbers; console blocks have none, since prove rewrites their output.
//
// A console block holds commands and their output. A command begins with "$ "; the lines of a
// command that goes on begin with "> "; all other lines are output.
//
// A diff block holds lines that go ("-"), come ("+") or stay (" ", or an empty line), one after the
// other without a header. A line that begins with "@@" separates two places of the file.
package fence

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Attributes that a block of code may carry.
var listing = []string{"file", "mark", "tab"}

// Languages that a block may be in, each with the attributes it may carry.
var attributes = map[string][]string{
	"console":    {"norun", "tab"},
	"diff":       {"file", "tab"},
	"dockerfile": listing,
	"go":         listing,
	"goat":       {"caption"},
	"gomod":      listing,
	"gosum":      listing,
	"gowork":     listing,
	"html":       listing,
	"http":       {"mark", "tab"},
	"json":       listing,
	"makefile":   listing,
	"markdown":   listing,
	"sh":         listing,
	"text":       listing,
	"toml":       listing,
	"xml":        listing,
	"yaml":       listing,
}

// Info is what the opening line of a block says.
type Info struct {
	Lang  string
	Attrs map[string]string
}

// File is the name of the file that the block shows, or empty.
func (i Info) File() string { return i.Attrs["file"] }

// A Block is one fenced block of a page.
type Block struct {
	Info Info
	Pos  frontmatter.Position // of the first line inside the fence
	Text []byte               // the lines inside the fence
	Off  int                  // offset of Text in the body
	Top  bool                 // stands at the left margin, not in a list or quotation
}

// A Step is one command of a console block with the output it is shown to print.
type Step struct {
	Command string // without prompts; continued lines are joined by newlines
	Output  string // whole lines; empty when nothing is printed
	Line    int    // of the command, counted from 0 in the block
}

// A Line is one line of a diff block.
type Line struct {
	Kind byte   // '-', '+' or ' '; '@' for a line that separates two places
	Text string // after the sign; the whole of a line that separates
}

// ParseInfo reads an info string.
func ParseInfo(s string) (Info, error) {
	lang, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	info := Info{Lang: lang, Attrs: map[string]string{}}
	known, ok := attributes[lang]
	switch {
	case lang == "":
		return info, fmt.Errorf("block has no language: write one after the fence, such as ```text")
	case !ok:
		return info, fmt.Errorf("unknown language %q: use one of %s", lang, strings.Join(slices.Sorted(maps.Keys(attributes)), ", "))
	}
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return info, nil
	}
	if !strings.HasPrefix(rest, "{") || !strings.HasSuffix(rest, "}") {
		return info, fmt.Errorf("attributes %q stand outside braces: write {key=value}", rest)
	}
	rest = strings.TrimSpace(rest[1 : len(rest)-1])
	for rest != "" {
		key, value, tail, err := cutAttr(rest)
		if err != nil {
			return info, err
		}
		if !slices.Contains(known, key) {
			return info, fmt.Errorf("unknown attribute %q for a %s block", key, lang)
		}
		if _, twice := info.Attrs[key]; twice {
			return info, fmt.Errorf("attribute %q is given twice", key)
		}
		info.Attrs[key] = value
		rest = strings.TrimSpace(tail)
	}
	return info, nil
}

// cutAttr reads key=value or key="a value" at the start of s.
func cutAttr(s string) (key, value, rest string, err error) {
	key, rest, ok := strings.Cut(s, "=")
	if !ok || key == "" {
		return "", "", "", fmt.Errorf("attribute %q has no value: write key=value", s)
	}
	if quoted, ok := strings.CutPrefix(rest, `"`); ok {
		value, rest, ok = strings.Cut(quoted, `"`)
		if !ok {
			return "", "", "", fmt.Errorf("value of attribute %q has no closing quotation mark", key)
		}
	} else {
		value, rest, _ = strings.Cut(rest, " ")
	}
	if value == "" {
		return "", "", "", fmt.Errorf("attribute %q is empty", key)
	}
	return key, value, rest, nil
}

// Blocks returns the fenced blocks of a page body in order. The body begins at line first of file.
// Blocks with a wrong info string are left out and reported, all of them at once.
func Blocks(file string, body []byte, first int) ([]Block, []error) {
	var blocks []Block
	var errs []error
	root := goldmark.DefaultParser().Parse(text.NewReader(body))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		code, ok := n.(*ast.FencedCodeBlock)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		b, err := newBlock(file, body, first, code)
		if err != nil {
			errs = append(errs, err)
		} else {
			blocks = append(blocks, b)
		}
		return ast.WalkSkipChildren, nil
	})
	return blocks, errs
}

func newBlock(file string, body []byte, first int, code *ast.FencedCodeBlock) (Block, error) {
	var info []byte
	if code.Info != nil {
		info = code.Info.Segment.Value(body)
	}
	open := code.Pos() // the fence itself
	pos := frontmatter.Position{File: file, Line: first + bytes.Count(body[:open], []byte("\n")), Col: 1}
	parsed, err := ParseInfo(string(info))
	if err != nil {
		return Block{}, pos.Errorf("%w", err)
	}
	if at, err := CheckEnd(body, code); err != nil {
		pos.Line += bytes.Count(body[open:at], []byte("\n"))
		return Block{}, pos.Errorf("%w", err)
	}
	b := Block{Info: parsed, Pos: pos, Text: code.Lines().Value(body), Top: code.Parent().Kind() == ast.KindDocument}
	b.Pos.Line++
	b.Off = open + bytes.IndexByte(body[open:], '\n') + 1
	return b, nil
}

// Console splits the text of a console block into its steps. Lines before the first command are an
// error, told with their line number counted from 0.
func Console(text []byte) ([]Step, error) {
	var steps []Step
	n := 0
	for line := range strings.Lines(string(text)) {
		bare := strings.TrimSuffix(line, "\n")
		last := len(steps) - 1
		switch {
		case strings.HasPrefix(bare, "$ "):
			steps = append(steps, Step{Command: bare[2:], Line: n})
		case last < 0:
			return nil, fmt.Errorf("console block begins with output: its first line must be a command, after %q", "$ ")
		case (bare == ">" || strings.HasPrefix(bare, "> ")) && steps[last].Output == "":
			steps[last].Command += "\n" + strings.TrimPrefix(bare[1:], " ")
		default:
			steps[last].Output += bare + "\n"
		}
		n++
	}
	return steps, nil
}

// Format is the inverse of Console.
func Format(steps []Step) string {
	var b strings.Builder
	for _, s := range steps {
		command := strings.ReplaceAll(s.Command, "\n", "\n> ")
		command = strings.ReplaceAll(command, "\n> \n", "\n>\n")
		b.WriteString("$ " + command + "\n" + s.Output)
	}
	return b.String()
}

// Diff splits the text of a diff block into its lines.
func Diff(text []byte) ([]Line, error) {
	var lines []Line
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "":
			lines = append(lines, Line{Kind: ' '})
		case strings.HasPrefix(line, "@@"):
			lines = append(lines, Line{'@', line})
		case strings.IndexByte("-+ ", line[0]) >= 0:
			lines = append(lines, Line{line[0], line[1:]})
		default:
			return nil, fmt.Errorf("line %q of the diff begins with neither +, - nor a space", line)
		}
	}
	return lines, nil
}
