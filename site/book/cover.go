package book

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
)

// The cover is drawn on a sheet of 1200 by 1800.
const (
	coverLine   = 34  // cells of a line of the description
	coverFirst  = 880 // baseline of its first line
	coverHeight = 78  // of a line
)

// cover draws the cover: a slipway, the title, and below it what the book is about.
func (b *Book) cover() []byte {
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" xml:lang="%s" viewBox="0 0 1200 1800" width="1200" height="1800">
<rect width="1200" height="1800" fill="#0b3f49"/>
<rect y="1500" width="1200" height="300" fill="#0b6472"/>
<g transform="translate(110 130) scale(15)" fill="none" stroke="#8fd6e1" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"><path d="M3 19h18M5 19 17 7h4v12M5 14h5"/></g>
<g font-family="Helvetica, Arial, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', sans-serif" fill="#ffffff">
<text x="150" y="740" font-size="150" font-weight="700">%s</text>
`, xmlText.Replace(b.Language), xmlText.Replace(b.Title))
	for i, line := range wrap(b.Description, coverLine) {
		fmt.Fprintf(&out, `<text x="150" y="%d" font-size="52" fill="#d3eef2">%s</text>`+"\n", coverFirst+i*coverHeight, xmlText.Replace(line))
	}
	out.WriteString("</g>\n</svg>\n")
	return []byte(out.String())
}

// wrap breaks a text into lines of some cells. Between characters of a script that knows no spaces a
// line may end anywhere.
func wrap(s string, cells int) []string {
	var lines []string
	var line string
	for _, w := range pieces(s) {
		if line != "" && runewidth.StringWidth(strings.TrimRight(line+w, " ")) > cells {
			lines = append(lines, strings.TrimSpace(line))
			line = ""
		}
		line += w
	}
	return append(lines, strings.TrimSpace(line))
}

// pieces cuts a text into what must stay on one line: words with the space behind them, and single wide
// characters with the punctuation that follows.
func pieces(s string) []string {
	const closing = "，。、；：！？）》」』"
	var list []string
	begin := true
	for _, r := range s {
		wide := runewidth.RuneWidth(r) == 2
		switch {
		case strings.ContainsRune(closing, r) && len(list) > 0:
			list[len(list)-1] += string(r)
			begin = true
		case begin || wide:
			list = append(list, string(r))
			begin = wide
		default:
			list[len(list)-1] += string(r)
			begin = r == ' '
		}
	}
	return list
}
