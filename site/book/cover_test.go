package book

import (
	"slices"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"one two three", []string{"one two", "three"}},
		{"abcdefghijkl mn", []string{"abcdefghijkl", "mn"}},
		{"学会模块，和集群。", []string{"学会模", "块，和集", "群。"}},
		{"学 Go 模块", []string{"学 Go 模", "块"}},
	} {
		if got := wrap(tt.text, 8); !slices.Equal(got, tt.want) {
			t.Errorf("wrap(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}
