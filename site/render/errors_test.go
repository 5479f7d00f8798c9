package render_test

import (
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/site/render"
)

// TestMistakes holds that each mistake is reported with its place and with what to write instead.
// The text begins at line 10 of its file.
func TestMistakes(t *testing.T) {
	tests := []struct{ name, md, want string }{
		{"unknown language", "Text.\n\n```golang\n```\n", `p.md:12:1: unknown language "golang": use one of`},
		{"no language", "```\n```\n", `p.md:10:1: block has no language`},
		{"unknown attribute", "- item\n\n  ```go {fiel=x}\n  ```\n", `p.md:12:3: unknown attribute "fiel"`},
		{"output first", "```console\nout\n$ go version\n```\n", `p.md:10:1: console block begins with output`},
		{"indented block", "Text.\n\n    code\n", `p.md:12:5: block is indented`},
		{"figure without caption", "```goat\n-->\n```\n", `p.md:10:1: figure has no caption: write goat {caption=`},
		{"figure with tab", "```goat {caption=c}\n\t-->\n```\n", `p.md:10:1: figure holds a tab`},
		{"figure with control character", "```goat {caption=c}\n a\x01\n```\n", `p.md:10:1: figure cannot be drawn`},
		{"diff without signs", "```diff\npackage main\n```\n", `p.md:10:1: line "package main" of the diff`},
		{"diff with a header", "```diff\ndiff --git a/x b/x\n```\n", `p.md:10:1: line "diff --git a/x b/x" of the diff`},
		{"unknown callout", "Text.\n\n> [!TIP]\n> Text.\n", `p.md:12:1: unknown callout "[!TIP]": use [!NOTE], [!WARNING]`},
		{"callout in small letters", "> [!note]\n> Text.\n", `p.md:10:1: unknown callout "[!note]"`},
		{"callout with title", "> [!NOTE] Mind\n> Text.\n", `p.md:10:1: callout [!NOTE] shares its line with "Mind"`},
		{"empty callout", "> [!NOTE]\n", `p.md:10:1: callout [!NOTE] is empty`},
		{"level 1", "# Title\n", `p.md:10:1: heading "Title" has level 1`},
		{"skipped level", "## A\n\n#### B\n", `p.md:12:1: heading "B" has level 4 under level 2`},
		{"level 3 first", "### A\n", `p.md:10:1: heading "A" has level 3 under level 1`},
		{"anchor twice", "## A b\n\n## A `b`!\n", `p.md:12:1: heading "A b!": anchor "a-b" is already used on this page`},
		{"anchor of the page", "## Check\n", `p.md:10:1: heading "Check": anchor "check" is already used`},
		{"no anchor", "## ?!\n", `p.md:10:1: heading "?!": no anchor follows from this text`},
		{"bad anchor", "## A {#B}\n", `anchor "B" may hold small letters`},
		{"heading with class", "## A {.red}\n", `p.md:10:1: heading "A": unknown attribute "class"`},
		{"file link", "See\n[it](versions.md).\n", `p.md:11:1: link to "versions.md": write chapter:<slug>`},
		{"script link", "[it](javascript:alert)\n", `p.md:10:1: link to "javascript:alert"`},
		{"link to a folder", "[it](chapter:../x)\n", `p.md:10:1: link to "chapter:../x"`},
		{"link without host", "[it](https:///x)\n", `p.md:10:1: link to "https:///x"`},
		{"link without text", "[](chapter:versions)\n", `p.md:10:1: link to "chapter:versions" has no text`},
		{"mail address", "<me@example.test>\n", `p.md:10:1: link to "me@example.test": only addresses`},
		{"image", "An ![image](x.png).\n", `p.md:10:4: images are not supported: draw a goat block`},
		{"HTML block", "<div>\n\nx\n\n</div>\n", `p.md:10:1: raw HTML is not allowed`},
		{"HTML in a line", "a <b>c</b>\n", `p.md:10:3: raw HTML is not allowed`},
		{"HTML after a comment", "<!-- a --> <script>alert(1)</script> <!-- b -->\n", `p.md:10:1: raw HTML is not allowed`},
	}
	r := newRenderer(t, "")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := r.Render(render.Source{File: "p.md", Line: 10, Text: []byte(tt.md), Reserved: []string{"check"}})
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v\nwant    %s", err, tt.want)
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	md := "# A\n\n![x](y)\n\n```nope\n```\n"
	_, err := newRenderer(t, "").Render(render.Source{File: "p.md", Line: 1, Text: []byte(md)})
	if err == nil {
		t.Fatal("no error")
	}
	if got := strings.Count(err.Error(), "p.md:"); got != 3 {
		t.Errorf("%d mistakes, want 3:\n%v", got, err)
	}
}

func TestPage(t *testing.T) {
	md := "See [a](chapter:versions#x),\n[b](task:x06), [c](#two), [d](glossary:mvs), <https://go.dev>.\n\n" +
		"## One\n\n### Two\n\n```console\n$ go version\n```\n\n```console {norun=why}\n$ reboot\n```\n"
	page, err := newRenderer(t, "").Render(render.Source{File: "p.md", Line: 7, Text: []byte(md)})
	if err != nil {
		t.Fatal(err)
	}
	var links []string
	for _, l := range page.Links {
		links = append(links, l.Pos.String()+" "+l.To+" "+l.Target+" "+l.Anchor)
	}
	want := "p.md:7:5 chapter versions x|p.md:8:1 task x06 |p.md:8:16   two|p.md:8:27 glossary mvs |p.md:8:46 web https://go.dev "
	if got := strings.Join(links, "|"); got != want {
		t.Errorf("links = %s\nwant    %s", got, want)
	}
	if h := page.Headings; len(h) != 2 || h[0] != (render.Heading{Level: 2, ID: "one", Text: "One"}) || h[1].Level != 3 {
		t.Errorf("headings = %v", h)
	}
	if page.Commands != 1 || page.NotRun != 1 {
		t.Errorf("%d blocks run, %d not; want 1 and 1", page.Commands, page.NotRun)
	}
}

func TestSlug(t *testing.T) {
	tests := []struct{ in, want string }{
		{"How a version is chosen", "how-a-version-is-chosen"},
		{"go.mod & go.sum", "gomod--gosum"},
		{" a_b-c ", "a_b-c"},
		{"构建列表：第一节", "构建列表第一节"},
		{"Ärger", "ärger"},
		{"?", ""},
	}
	for _, tt := range tests {
		if got := render.Slug(tt.in); got != tt.want {
			t.Errorf("Slug(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestPlain(t *testing.T) {
	got := newRenderer(t, "").Plain("The *versions* of `go.mod` &\n[more](glossary:x) \\* <https://go.dev>.")
	if want := "The versions of go.mod & more * https://go.dev."; got != want {
		t.Errorf("Plain = %q, want %q", got, want)
	}
}
