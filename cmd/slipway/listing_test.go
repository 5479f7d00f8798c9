package main

import (
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/content"
)

func TestListChapter(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"block", "parts:\n- id: a\n  chapters:\n  - x\n  - y\n- id: b\n", "parts:\n- id: a\n  chapters:\n  - x\n  - y\n  - new\n- id: b\n"},
		{"comments", "parts:\n  - chapters:\n      # first\n      - x # last\n      # no more\n", "parts:\n  - chapters:\n      # first\n      - x # last\n      - new\n      # no more\n"},
		{"no end of line", "parts:\n- chapters:\n  - x", "parts:\n- chapters:\n  - x\n  - new\n"},
		{"flow", "parts:\n- {id: a, title: {zh: 模块}, chapters: [x, 'y']} # all\n", "parts:\n- {id: a, title: {zh: 模块}, chapters: [x, 'y', new]} # all\n"},
		{"flow over lines", "parts:\n- chapters: [\n    x,\n    y,\n  ]\n", "parts:\n- chapters: [\n    x,\n    y, new,\n  ]\n"},
		{"empty", "parts:\n- chapters: []\n", "parts:\n- chapters: [new]\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := listChapter([]byte(tt.src), 0, "new")
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v\nwant %q", got, err, tt.want)
			}
		})
	}
	if _, err := listChapter([]byte("parts:\n- chapters:\n"), 0, "new"); err == nil || !strings.Contains(err.Error(), "write chapters: []") {
		t.Errorf("a part without a list: %v", err)
	}
}

func TestFreeNumber(t *testing.T) {
	part := func(numbers ...int) *content.Part {
		p := &content.Part{}
		for _, n := range numbers {
			p.Chapters = append(p.Chapters, &content.Chapter{Number: n})
		}
		return p
	}
	tests := []struct {
		parts []*content.Part
		at    int
		want  int // 0 for an error
	}{
		{[]*content.Part{part()}, 0, 1},
		{[]*content.Part{part(1, 2), part(7)}, 1, 8},
		{[]*content.Part{part(1, 2), part(7)}, 0, 3},
		{[]*content.Part{part(1, 2), part(), part(3)}, 0, 0},
		{[]*content.Part{part(1, 2), part(), part(4)}, 1, 3},
	}
	for i, tt := range tests {
		got, err := freeNumber(tt.parts, tt.at)
		if got != tt.want || (err != nil) != (tt.want == 0) {
			t.Errorf("%d: %d, %v, want %d", i, got, err, tt.want)
		}
	}
}
