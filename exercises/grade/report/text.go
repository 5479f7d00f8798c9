package report

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slipway-workshop/slipway/exercises/grade"
)

// visible spells out, as <U+202E>, the characters that nobody sees and that steer a terminal, turn the direction of
// text or end a line in some programs only. What is not UTF-8 becomes U+FFFD. New lines and tabs stay, and so do the
// joiners that Indic and Persian names need.
func visible(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if !strings.ContainsFunc(s, steers) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if steers(r) {
			fmt.Fprintf(&b, "<U+%04X>", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func steers(r rune) bool {
	switch r {
	case '\n', '\t', '\u00ad', '\u200c', '\u200d':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// oneLine is visible text with each run of white space made one space, cut to so many characters.
func oneLine(s string, most int) string {
	runes := []rune(strings.Join(strings.Fields(visible(s)), " "))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}

// inert is one line that starts no command of GitHub Actions or Azure Pipelines when it stands in a log.
func inert(s string, most int) string {
	s = oneLine(s, most)
	for _, mark := range []string{"::", "##[", "##vso"} {
		for strings.Contains(s, mark) {
			s = strings.ReplaceAll(s, mark, mark[:1]+" "+mark[1:])
		}
	}
	return s
}

// shown is a copy of the gradebook in which all text is visible.
func shown(g *grade.Gradebook) *grade.Gradebook {
	return mapText(g, visible)
}

// mapText is a copy of the gradebook in which each text is what f makes of it.
func mapText(g *grade.Gradebook, f func(string) string) *grade.Gradebook {
	return mapValue(reflect.ValueOf(g), f).Interface().(*grade.Gradebook)
}

func mapValue(v reflect.Value, f func(string) string) reflect.Value {
	switch v.Kind() {
	case reflect.String:
		to := reflect.New(v.Type()).Elem()
		to.SetString(f(v.String()))
		return to
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem().Kind() != reflect.Struct {
			return v
		}
		to := reflect.New(v.Type().Elem())
		to.Elem().Set(mapValue(v.Elem(), f))
		return to
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		to := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			to.Index(i).Set(mapValue(v.Index(i), f))
		}
		return to
	case reflect.Struct:
		to := reflect.New(v.Type()).Elem()
		to.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				to.Field(i).Set(mapValue(v.Field(i), f))
			}
		}
		return to
	}
	return v
}
