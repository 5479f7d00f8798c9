package fence_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/content/fence"
)

func TestParseInfo(t *testing.T) {
	tests := []struct {
		in      string
		want    map[string]string
		wantErr string
	}{
		{"go", map[string]string{}, ""},
		{"go {file=cmd/main.go}", map[string]string{"file": "cmd/main.go"}, ""},
		{`console {norun="needs two machines"}`, map[string]string{"norun": "needs two machines"}, ""},
		{`go {mark="3,5-7" tab="macOS"}`, map[string]string{"mark": "3,5-7", "tab": "macOS"}, ""},
		{`console {tab=Linux}`, map[string]string{"tab": "Linux"}, ""},
		{"console {mark=1}", nil, `unknown attribute "mark" for a console block`},
		{"goat {tab=a}", nil, `unknown attribute "tab" for a goat block`},
		{"", nil, "no language"},
		{"golang", nil, `unknown language "golang"`},
		{"go {fiel=main.go}", nil, `unknown attribute "fiel" for a go block`},
		{"go file=main.go", nil, "outside braces"},
		{"go {file}", nil, "no value"},
		{`go {file="main.go}`, nil, "no closing quotation mark"},
		{"go {file=a file=b}", nil, "twice"},
		{"console {file=a}", nil, "unknown attribute"},
		{"console {norun=\"\"}", nil, "empty"},
	}
	for _, tt := range tests {
		got, err := fence.ParseInfo(tt.in)
		switch {
		case tt.wantErr == "" && err != nil:
			t.Errorf("ParseInfo(%q): %v", tt.in, err)
		case tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)):
			t.Errorf("ParseInfo(%q) = %v, want error with %q", tt.in, err, tt.wantErr)
		case tt.wantErr == "" && !reflect.DeepEqual(got.Attrs, tt.want):
			t.Errorf("ParseInfo(%q) = %v, want %v", tt.in, got.Attrs, tt.want)
		}
	}
}

func TestBlocks(t *testing.T) {
	body := "Text.\n\n```go {file=main.go}\npackage main\n```\n\n- item\n\n  ```text\n  deep\n  ```\n\n```nope\n```\n\n```console\n```\n"
	blocks, errs := fence.Blocks("p.md", []byte(body), 10)
	if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), "p.md:22:1: unknown language") {
		t.Errorf("errors = %v", errs)
	}
	if len(blocks) != 3 {
		t.Fatalf("%d blocks, want 3", len(blocks))
	}
	main, deep, empty := blocks[0], blocks[1], blocks[2]
	if got := main.Pos.String(); got != "p.md:13:1" || string(main.Text) != "package main\n" || !main.Top {
		t.Errorf("first block at %s top %v: %q", got, main.Top, main.Text)
	}
	if got := body[main.Off : main.Off+len(main.Text)]; got != string(main.Text) {
		t.Errorf("offset of the first block leads to %q", got)
	}
	if deep.Top || string(deep.Text) != "deep\n" {
		t.Errorf("second block top %v: %q", deep.Top, deep.Text)
	}
	if body[empty.Off:empty.Off+3] != "```" {
		t.Errorf("offset of the empty block leads to %q", body[empty.Off:])
	}
}

// TestEnds holds that a block which swallows what follows is reported, and left out.
func TestEnds(t *testing.T) {
	tests := []struct{ body, want string }{
		{"Text.\n\n```go\nx\n", "p.md:12:1: block has no end: close it with a line \"```\""},
		{"```go", "p.md:10:1: block has no end"},
		{"~~~~go\nx\n~~~\n", "p.md:10:1: block has no end: close it with a line \"~~~~\""},
		{"> ```go\n> x\n\n```sh\n```\n", "p.md:10:1: block has no end"},
		{"```go\nx\n\n```sh {file=a}\ny\n```\n", "p.md:13:1: line \"```sh {file=a}\" inside a block would open another"},
		{"````markdown\n```go\nx\n```\n````\n", ""},
		{"```go\nx\n```", ""},
		{"```go\n```\n", ""},
		{"- ```go\n  x\n  ```\n", ""},
		{"> - ```go\n>   x\n>   ```\n", ""},
		{"```text\n```nope\n```\n", ""},
	}
	for _, tt := range tests {
		_, errs := fence.Blocks("p.md", []byte(tt.body), 10)
		switch {
		case tt.want == "" && len(errs) > 0:
			t.Errorf("%q: %v", tt.body, errs)
		case tt.want != "" && (len(errs) == 0 || !strings.HasPrefix(errs[0].Error(), tt.want)):
			t.Errorf("%q: errors %v, want %s", tt.body, errs, tt.want)
		}
	}
}

func TestConsole(t *testing.T) {
	text := "$ go version\ngo version go1.26.8\n$ cat <<EOF\n> a\n>\n> b\n> EOF\na\n\nb\n> not a command\n"
	steps, err := fence.Console([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []fence.Step{
		{Command: "go version", Output: "go version go1.26.8\n"},
		{Command: "cat <<EOF\na\n\nb\nEOF", Output: "a\n\nb\n> not a command\n", Line: 2},
	}
	if !reflect.DeepEqual(steps, want) {
		t.Errorf("steps = %+v\nwant    %+v", steps, want)
	}
	if got := fence.Format(steps); got != text {
		t.Errorf("Format = %q\nwant     %q", got, text)
	}
	if _, err := fence.Console([]byte("output\n")); err == nil {
		t.Error("a block that begins with output is accepted")
	}
}

func TestDiff(t *testing.T) {
	got, err := fence.Diff([]byte("@@ one\n-- old\n+++ new\n same\n\n@@\n--- x\n"))
	want := []fence.Line{
		{Kind: '@', Text: "@@ one"}, {Kind: '-', Text: "- old"}, {Kind: '+', Text: "++ new"}, {Kind: ' ', Text: "same"}, {Kind: ' '},
		{Kind: '@', Text: "@@"}, {Kind: '-', Text: "-- x"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Diff = %q, %v\nwant %q", got, err, want)
	}
	for _, bad := range []string{"package main\n", "diff --git a/x b/x\n", "\\ No newline at end of file\n"} {
		if _, err := fence.Diff([]byte(bad)); err == nil {
			t.Errorf("Diff(%q) is accepted", bad)
		}
	}
}
