package search

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slipway-workshop/slipway/site/cache"
)

// digits write numbers up to 63.
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"

// lineVersion names the way from pages to their line. It must change with that.
const lineVersion = "1"

// How much a word counts in a place. In a text it counts the more the oftener it stands there, up to
// 1; short texts count more. A heading and a title add to that, the more the shorter they are.
const (
	saturation = 1.2
	usual      = 150 // words of a section
	byLength   = 0.5 // how much the length matters
	inHeading  = 1.5
	inTitle    = 3
	most       = 3.2 // that the largest digit stands for
)

// A pageLine is a page as a shard holds it.
type pageLine struct {
	Title    string      `json:"t"`
	Kind     Kind        `json:"k"`
	Label    string      `json:"l,omitempty"`
	Anchor   string      `json:"a,omitempty"`
	Sections [][3]string `json:"s"`
	Words    string      `json:"w"`
}

// line is the line of a shard for a file. The cache keeps it.
func (r *Rules) line(name string, pages []Page) ([]byte, error) {
	parts := []string{r.key, name}
	for _, p := range pages {
		parts = append(parts, p.Title, string(p.Kind), p.Label, p.Anchor, strconv.Itoa(len(p.Sections)))
		for _, s := range p.Sections {
			parts = append(parts, s.Anchor, s.Heading, s.Text)
		}
	}
	key := cache.Key(parts...)
	if line, ok := r.cache.Get(key); ok {
		return []byte(line), nil
	}
	line, err := r.makeLine(name, pages)
	if err == nil {
		r.cache.Put(key, string(line))
	}
	return line, err
}

func (r *Rules) makeLine(name string, pages []Page) ([]byte, error) {
	entry := []any{name}
	for _, p := range pages {
		l := pageLine{Title: p.Title, Kind: p.Kind, Label: p.Label, Anchor: p.Anchor, Words: r.words(p), Sections: [][3]string{}}
		for _, s := range p.Sections {
			l.Sections = append(l.Sections, [3]string{s.Anchor, s.Heading, s.Text})
		}
		entry = append(entry, l)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // the script is a file of its own
	if err := enc.Encode(entry); err != nil {
		return nil, fmt.Errorf("index page %s: %w", name, err)
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

// A posting says how much a word counts in a section; 0 is the title.
type posting struct {
	section int
	impact  float64
}

// words lists the tokens of a page with their postings.
func (r *Rules) words(p Page) string {
	all := map[string][]posting{}
	t := r.tokeniser()
	title := t.fields(p.Title)
	for token := range title {
		all[token] = []posting{{0, inTitle / math.Sqrt(float64(len(title)))}}
	}
	for token := range t.fields(p.Label) {
		if title[token] == 0 {
			all[token] = []posting{{0, 1}}
		}
	}
	for i, s := range p.Sections {
		t.section(all, min(i+1, len(digits)-1), s)
	}
	var out strings.Builder
	for _, token := range slices.SortedFunc(maps.Keys(all), inScripts) {
		out.WriteByte(' ')
		out.WriteString(token)
		out.WriteByte(':')
		for _, at := range all[token] {
			out.WriteByte(digits[at.section])
			out.WriteByte(digits[max(1, int(math.Round(min(at.impact/most, 1)*float64(len(digits)-1))))])
		}
	}
	return out.String()
}

// inScripts compares as JavaScript does, by units of UTF-16: characters that take two of them come
// before those from U+E000 on, and in UTF-8 after them.
func inScripts(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := a[i], b[i]; x != y {
			if x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0) {
				x, y = y, x
			}
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

// section adds the postings of one section.
func (r tokeniser) section(all map[string][]posting, number int, s Section) {
	heading, text := r.fields(s.Heading), r.fields(s.Text)
	length := 0
	for _, n := range text {
		length += n
	}
	slack := saturation * (1 - byLength + byLength*float64(length)/usual)
	add := func(token string, impact float64) {
		list := all[token]
		if n := len(list); n > 0 && list[n-1].section == number {
			list[n-1].impact = max(list[n-1].impact, impact)
			return
		}
		all[token] = append(list, posting{number, impact})
	}
	for token, n := range text {
		impact := float64(n) / (float64(n) + slack)
		if heading[token] > 0 {
			impact += inHeading / math.Sqrt(float64(len(heading)))
		}
		add(token, impact)
	}
	for token := range heading {
		if text[token] == 0 {
			add(token, inHeading/math.Sqrt(float64(len(heading))))
		}
	}
}

// fields counts the tokens of a text.
func (r tokeniser) fields(text string) map[string]int {
	count := make(map[string]int, utf8.RuneCountInString(text)/16)
	r.tokens(text, func(token string) { count[token]++ })
	return count
}
