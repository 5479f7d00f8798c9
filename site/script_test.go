package site

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	wordUse   = regexp.MustCompile(`\bWORDS\.(\w+)`)
	pluralUse = regexp.MustCompile(`\bplural\("(\w+)"`)
)

// TestScriptWords holds that scripts, and that of the companion, ask for words that there are, and that
// none is left over.
func TestScriptWords(t *testing.T) {
	names, err := fs.Glob(embedded, "script/*.js")
	deeper, _ := fs.Glob(embedded, "script/*/*.js")
	names = append(names, deeper...)
	if err != nil || len(names) == 0 {
		t.Fatal("no scripts", err)
	}
	var all strings.Builder
	for _, name := range append(names, "companion/static/companion.js") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if strings.HasPrefix(name, "companion/") {
			text = strings.ReplaceAll(text, " words.", " WORDS.")
			text = strings.ReplaceAll(text, "(words.", "(WORDS.")
		}
		all.WriteString(text)
	}
	used := map[string]bool{}
	for _, m := range wordUse.FindAllStringSubmatch(all.String(), -1) {
		used[m[1]] = true
	}
	for _, m := range pluralUse.FindAllStringSubmatch(all.String(), -1) {
		used[m[1]+"One"], used[m[1]+"Other"] = true, true
	}
	w, err := readWords("en")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(w.Script)), slices.Sorted(maps.Keys(used)); !slices.Equal(got, want) {
		t.Errorf("words under script: in i18n/en.yaml\n%q\nwords that scripts show\n%q", got, want)
	}
}
