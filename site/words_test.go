package site

import (
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// languages are those that the site has words in.
func languages(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(embedded, "i18n/*.yaml")
	if err != nil || len(names) < 2 {
		t.Fatalf("languages: %v, %v", names, err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	return names
}

var braces = regexp.MustCompile(`\{[a-z]+\}`)

// TestWords holds that each language has all words, also those inside other values, with the same
// places in them.
func TestWords(t *testing.T) {
	english, err := readWords("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range languages(t) {
		w, err := readWords(lang)
		if err != nil {
			t.Error(err)
			continue
		}
		compareWords(t, lang, reflect.ValueOf(*english), reflect.ValueOf(*w))
	}
}

func compareWords(t *testing.T, name string, want, got reflect.Value) {
	t.Helper()
	switch want.Kind() {
	case reflect.String:
		if got.String() == "" {
			t.Errorf("%s is empty", name)
		}
		for _, p := range braces.FindAllString(want.String(), -1) {
			if strings.HasSuffix(name, ".One") { // a language may have no place for the number one
				continue
			}
			if !strings.Contains(got.String(), p) {
				t.Errorf("%s has no place %s: %s", name, p, got)
			}
		}
	case reflect.Struct:
		for i := range want.NumField() {
			compareWords(t, name+"."+want.Type().Field(i).Name, want.Field(i), got.Field(i))
		}
	case reflect.Map:
		for _, key := range want.MapKeys() {
			value := got.MapIndex(key)
			if !value.IsValid() {
				t.Errorf("%s has no %s", name, key)
				continue
			}
			compareWords(t, name+"."+key.String(), want.MapIndex(key), value)
		}
		for _, key := range got.MapKeys() {
			if !want.MapIndex(key).IsValid() {
				t.Errorf("%s has %s, which no other language has", name, key)
			}
		}
	}
}

func TestText(t *testing.T) {
	got, err := text("with {go} on {date}").With("go", "go1.26", "date", 21)
	if want := "with go1.26 on 21"; err != nil || got != want {
		t.Errorf("With = %q, %v; want %q", got, err, want)
	}
	if _, err := text("with").With("go", "go1.26"); err == nil {
		t.Error("a text without the place is accepted")
	}
	p := plural{One: "{n} page", Other: "{n} pages"}
	for n, want := range map[int]string{0: "0 pages", 1: "1 page", 12: "12 pages"} {
		if got := p.Of(n); got != want {
			t.Errorf("Of(%d) = %q, want %q", n, got, want)
		}
	}
}
