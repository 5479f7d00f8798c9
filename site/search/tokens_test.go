package search

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slipway-workshop/slipway/site/cache"
)

func newRules(t testing.TB) *Rules {
	t.Helper()
	r, err := NewRules(cache.New(""))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *Rules) list(text string) []string {
	all := []string{}
	r.tokeniser().tokens(text, func(token string) { all = append(all, token) })
	return all
}

// TestTokens holds this side to the table that the browser's side is held to by site/browsertest.
func TestTokens(t *testing.T) {
	data, err := os.ReadFile("testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var table []struct {
		Text   string
		Tokens []string
	}
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	if len(table) < 40 {
		t.Fatalf("table has %d lines", len(table))
	}
	r := newRules(t)
	for _, line := range table {
		if got := r.list(line.Text); !slices.Equal(got, line.Tokens) {
			t.Errorf("tokens of %q:\n%q, want\n%q", line.Text, got, line.Tokens)
		}
	}
}

// TestAliases holds that each name of a group can be found at all, and stands in one group only:
// the browser follows the first.
func TestAliases(t *testing.T) {
	r := newRules(t)
	seen := map[string]string{}
	for _, group := range r.data.Aliases {
		if len(group) < 2 {
			t.Errorf("group %q has no other name", group)
		}
		for _, name := range group {
			key := strings.Join(r.list(name), " ")
			if key == "" {
				t.Errorf("%q holds no word", name)
			}
			if other, ok := seen[key]; ok && other != group[0] {
				t.Errorf("%q stands in the groups of %q and %q", name, other, group[0])
			}
			seen[key] = group[0]
		}
	}
}

// FuzzTokens holds what the words of a page rely on: no token is empty or holds a separator, and a
// text of tokens is a text.
func FuzzTokens(f *testing.F) {
	for _, text := range []string{"go.sum", "kube-proxy/…", "伪版本 v0.0.0-2026", "ＧＯＰＲＯＸＹ", "a\xffb", "İstanbul", "CrashLoopBackOff", "..-.a=+b", "한국어 カタカナー"} {
		f.Add(text)
	}
	r := newRules(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, token := range r.list(text) {
			if token == "" || strings.ContainsAny(token, " :\"\\\n") {
				t.Fatalf("token %q of %q", token, text)
			}
			if utf8.ValidString(text) && !utf8.ValidString(token) {
				t.Fatalf("token %q of %q is cut within a character", token, text)
			}
			if n := utf8.RuneCountInString(token); n > longest+1 {
				t.Fatalf("token %q has %d characters", token, n)
			}
		}
	})
}
