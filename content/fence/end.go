package fence

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// CheckEnd reports a block without a closing fence, which swallows what follows it: all of the page,
// or all up to the end of the next block, whose opening line is then inside this one. The offset is
// that of the line to look at.
func CheckEnd(src []byte, n *ast.FencedCodeBlock) (off int, err error) {
	open := n.Pos()
	fence := src[open : open+run(src[open:])]
	first := len(src) // offset of the first line inside
	if i := bytes.IndexByte(src[open:], '\n'); i >= 0 {
		first = open + i + 1
	}
	end := first
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		text := bytes.TrimLeft(src[line.Start:line.Stop], " ")
		if info, ok := bytes.CutPrefix(text, fence); ok && opens(fence, info) {
			return line.Start, fmt.Errorf("line %q inside a block would open another: close the block that begins with %q before it, or give that one a longer fence",
				bytes.TrimSpace(text), bytes.TrimSpace(src[open:first]))
		}
		end = line.Stop
	}
	if !bytes.HasPrefix(bytes.TrimLeft(src[min(end, len(src)):], " \t>"), fence) {
		return open, fmt.Errorf("block has no end: close it with a line %q", fence)
	}
	return 0, nil
}

// run is the number of characters at the start of b that are the same.
func run(b []byte) int {
	return len(b) - len(bytes.TrimLeft(b, string(b[:1])))
}

// opens reports whether a fence followed by info opens a block in a known language.
func opens(fence, info []byte) bool {
	lang := strings.TrimLeft(string(info), string(fence[:1]))
	_, err := ParseInfo(lang)
	return err == nil
}
