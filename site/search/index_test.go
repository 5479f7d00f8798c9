package search

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"
)

// A store is the folder of the site.
type store struct {
	mu           sync.Mutex
	files        map[string][]byte
	staged, kept []string
}

func (s *store) index(t testing.TB, rules *Rules, last State, names []string, changed map[string]Page) State {
	t.Helper()
	s.staged, s.kept = nil, nil
	x := rules.Begin(Files{
		Folder: "en", Names: names,
		Stage: func(name string, data []byte) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.files[name] = data
			s.staged = append(s.staged, name)
			return nil
		},
		Keep: func(name string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.kept = append(s.kept, name)
		},
		Read: func(name string) ([]byte, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if data, ok := s.files[name]; ok {
				return data, nil
			}
			return nil, fmt.Errorf("no file %s", name)
		},
	}, last)
	var workers sync.WaitGroup
	for _, name := range names {
		workers.Go(func() {
			err := x.Keep
			if page, ok := changed[name]; ok {
				err = func(name string) error { return x.Add(name, page) }
			} else if len(last.of) == 0 {
				err = func(name string) error { return x.Add(name) } // a file without pages
			}
			if err := err(name); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	state, err := x.End()
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// titles reads the shards that the manifest names.
func (s *store) titles(t *testing.T) []string {
	t.Helper()
	var manifest struct{ Shards []string }
	handedOver(t, s.files["en/search.js"], &manifest)
	var list []string
	for _, name := range manifest.Shards {
		var shard [][]json.RawMessage
		handedOver(t, s.files["en/"+name], &shard)
		for _, file := range shard {
			for _, raw := range file[1:] {
				var p pageLine
				if err := json.Unmarshal(raw, &p); err != nil {
					t.Fatal(err)
				}
				list = append(list, p.Title)
			}
		}
	}
	return list
}

func handedOver(t *testing.T, script []byte, v any) {
	t.Helper()
	data := bytes.TrimSuffix(bytes.TrimPrefix(script, []byte("slipwaySearch(")), []byte(");\n"))
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%v in %.200s", err, script)
	}
}

func course(n int) (names []string, pages map[string]Page) {
	pages = map[string]Page{}
	for i := range n {
		name := fmt.Sprintf("en/c%04d.html", i)
		names = append(names, name)
		pages[name] = Page{Title: fmt.Sprintf("Title %04d", i), Kind: Chapter, Sections: []Section{{Text: "Some text."}}}
	}
	return names, pages
}

func want(t *testing.T, pages map[string]Page) []string {
	t.Helper()
	var list []string
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		list = append(list, pages[name].Title)
	}
	return list
}

func TestIndex(t *testing.T) {
	rules, s := newRules(t), &store{files: map[string][]byte{}}
	names, pages := course(3*perShard + 5)
	delete(pages, names[7]) // has no page
	state := s.index(t, rules, State{}, names, pages)
	if len(s.staged) != 5 {
		t.Errorf("staged %q, want 4 shards and the manifest", s.staged)
	}
	if got := s.titles(t); !slices.Equal(got, want(t, pages)) {
		t.Errorf("pages of a new index: %q", got)
	}

	edited := names[perShard+3]
	pages[edited] = Page{Title: "Title 0067, edited"}
	state = s.index(t, rules, state, names, map[string]Page{edited: pages[edited]})
	if len(s.staged) != 2 || len(s.kept) != 3 {
		t.Errorf("an edit staged %q and kept %q, want one shard, the manifest, and three shards", s.staged, s.kept)
	}
	if got := s.titles(t); !slices.Equal(got, want(t, pages)) {
		t.Errorf("pages after an edit: %q", got)
	}

	state = s.index(t, rules, state, names, nil)
	if len(s.staged) != 1 || len(s.kept) != 4 {
		t.Errorf("a build without an edit staged %q and kept %q", s.staged, s.kept)
	}

	gone, added := names[2], "en/c0009-more.html"
	delete(pages, gone)
	pages[added] = Page{Title: "Title 0009, more"}
	names = slices.Sorted(maps.Keys(pages)) // moves pages between shards
	s.index(t, rules, state, names, map[string]Page{added: pages[added]})
	if got := s.titles(t); !slices.Equal(got, want(t, pages)) {
		t.Errorf("pages after a page has gone and another has come: %q", got)
	}
}

func TestIndexReportsWhatItLacks(t *testing.T) {
	x := newRules(t).Begin(Files{Folder: "en", Names: []string{"en/a.html"}}, State{})
	if _, err := x.End(); err == nil || !strings.Contains(err.Error(), "1 files are missing") {
		t.Errorf("error %v", err)
	}
	if err := x.Keep("en/a.html"); err == nil || !strings.Contains(err.Error(), "en/a.html") {
		t.Errorf("error %v", err)
	}
}

// TestImpact holds that a title counts more than a heading, and a heading more than a text.
func TestImpact(t *testing.T) {
	got := newRules(t).words(Page{Title: "Ferry", Label: "Lab 1", Sections: []Section{
		{Heading: "Quay", Text: strings.Repeat("anchor ", 20) + "ferry"},
	}})
	impact := func(word string) int {
		_, rest, ok := strings.Cut(got, " "+word+":")
		if !ok {
			t.Fatalf("no %s in %q", word, got)
		}
		return strings.IndexByte(digits, rest[1])
	}
	if f, q, c := impact("ferry"), impact("quay"), impact("anchor"); f <= q || q <= c || c < 1 {
		t.Errorf("impacts: title %d, heading %d, text %d", f, q, c)
	}
	if !strings.Contains(got, " ferry:0") || !strings.Contains(got, "1") {
		t.Errorf("postings %q", got)
	}
}

// TestOrder holds that words are compared as scripts compare them, by units of UTF-16.
func TestOrder(t *testing.T) {
	words := []string{"", "a", "ab", "b", "é", "版", "版本", "\ue000", "\U00020000", "\U00020000\uff21", "a\U00020000", "a\uf900"}
	for _, a := range words {
		for _, b := range words {
			want := slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
			if got := cmp.Compare(inScripts(a, b), 0); got != want {
				t.Errorf("%q and %q compare as %d, want %d", a, b, got, want)
			}
		}
	}
}

// BenchmarkLine indexes a page of the size of a chapter.
func BenchmarkLine(b *testing.B) {
	rules := newRules(b)
	text := strings.Repeat("The go command fetches harbour.test/clock@v1.2.1 from its proxies, and verifies go.sum. ", 25)
	page := Page{Title: "Versions", Kind: Chapter}
	for i := range 10 {
		page.Sections = append(page.Sections, Section{Anchor: "a", Heading: fmt.Sprintf("Section %d", i), Text: text})
	}
	b.SetBytes(int64(10 * len(text)))
	for b.Loop() {
		line, err := rules.line("versions.html", []Page{page})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(line)), "bytes/line")
	}
}

// BenchmarkEdit makes one shard anew after an edit of one of its 64 pages, of the size of exercises.
func BenchmarkEdit(b *testing.B) {
	rules, s := newRules(b), &store{files: map[string][]byte{}}
	names, pages := course(1000)
	for name, p := range pages {
		for i := range 300 {
			p.Sections[0].Text += fmt.Sprintf(" word%d and number%d.", i, i*7)
		}
		pages[name] = p
	}
	state := s.index(b, rules, State{}, names, pages)
	b.ResetTimer()
	for range b.N {
		state = s.index(b, rules, state, names, map[string]Page{names[100]: pages[names[100]]})
	}
}
