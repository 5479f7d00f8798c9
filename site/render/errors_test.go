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
		{"unknown callout", "Text.\n\n> [!TIP]\n> Text.\n", `p.md:12:1: unknown callout "[!TIP]": use [!NOTE], [!WARNING], [!ERRATUM], [!WHY] or [!ANSWER]`},
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
		{"image in a line", "An ![image](x.png).\n", `p.md:10:4: image "x.png": an image stands in a paragraph of its own`},
		{"two images", "![a](x.png) ![b](x.png)\n", `p.md:10:13: image "x.png": an image stands in a paragraph of its own`},
		{"image in a heading", "## ![a](x.png)\n", `p.md:10:4: image "x.png": an image stands in a paragraph of its own`},
		{"image without text", "Text.\n\n![](x.png)\n", `p.md:12:1: image "x.png": no alternative text`},
		{"image from elsewhere", "![a](https://example.test/x.png)\n", `p.md:10:1: image "https://example.test/x.png": a page loads nothing from elsewhere`},
		{"image from another host", "![a](//example.test/x.png)\n", `p.md:10:1: image "//example.test/x.png": a page loads nothing`},
		{"image in a folder", "![a](images/x.png)\n", `p.md:10:1: image "images/x.png": write the name of a file`},
		{"image by reference", "![a][b]\n\n[b]: x.png\n", `p.md:10:1: image "x.png": write the name of the file beside the text`},
		{"missing image", "![a](no.png)\n", `p.md:10:1: image "no.png": no such file`},
		{"tab alone", "Text.\n\n```go {tab=A}\n```\n\nText.\n\n```go {tab=B}\n```\n", "p.md:12:1: tab \"A\" is alone: let a block"},
		{"tab alone after a group", "```go {tab=A}\n```\n```go {tab=B}\n```\n\n> ```go {tab=C}\n> ```\n", `p.md:15:3: tab "C" is alone`},
		{"tab twice", "```go {tab=A}\n```\n\n```sh {tab=A}\n```\n", `p.md:13:1: tab "A" is in its group twice`},
		{"tab of a figure", "```goat {tab=A}\n```\n", `p.md:10:1: unknown attribute "tab" for a goat block`},
		{"mark out of range", "```go {mark=3}\na\nb\n```\n", `p.md:10:1: mark "3": the block has no line 3: its last is 2`},
		{"mark of an empty block", "```go {mark=1}\n```\n", `p.md:10:1: mark "1": the block has no line 1`},
		{"mark backwards", "```go {mark=2-1}\na\nb\n```\n", `p.md:10:1: mark "2-1": "2-1" names no lines: write numbers and ranges`},
		{"mark of nothing", "```go {mark=\"1,,2\"}\na\nb\n```\n", `p.md:10:1: mark "1,,2": "" names no lines`},
		{"mark from 0", "```go {mark=0}\na\n```\n", `p.md:10:1: mark "0": "0" names no lines`},
		{"mark twice", "```go {mark=\"1-2,2\"}\na\nb\n```\n", `p.md:10:1: mark "1-2,2": line 2 is marked twice`},
		{"mark in commands", "```console {mark=1}\n$ go version\n```\n", `p.md:10:1: unknown attribute "mark" for a console block`},
		{"wide code", "```go\na\n" + strings.Repeat("x", 100) + "é\n```\n", `p.md:12:101: line of code has 101 columns, which do not fit`},
		{"wide code with tabs", "```go\n\t" + strings.Repeat("x", 97) + "\n```\n", `p.md:11:98: line of code has 101 columns`},
		{"wide characters", "```sh\n" + strings.Repeat("版", 51) + "\n```\n", `p.md:11:151: line of code has 102 columns`},
		{"wide diff", "```diff\n+" + strings.Repeat("x", 100) + "\n```\n", `p.md:11:101: line of code has 101 columns`},
		{"block without end", "Text.\n\n```go\nfunc f()\n\n## Next\n", "p.md:12:1: block has no end: close it with a line \"```\""},
		{"block without end in a list", "- item\n\n  ```go\n  f()\n\nText.\n", "p.md:12:3: block has no end"},
		{"block without end in a quotation", "> ```go\n> f()\n\nText.\n", "p.md:10:3: block has no end"},
		{"block in a block", "```go\nfunc f()\n\nText.\n\n```console\n$ go version\n```\n", "p.md:15:1: line \"```console\" inside a block would open another: close the block that begins with \"```go\" before it"},
		{"unknown reference", "See\n[it][nope].\n", "p.md:11:4: link to \"[nope]\": no such reference: write [text](address)"},
		{"unknown reference in a heading", "## A [b][c]\n", `p.md:10:8: link to "[c]": no such reference`},
		{"collapsed reference", "[it][]\n", `p.md:10:4: link to "[]": no such reference`},
		{"address with a space", "[it](chapter: versions)\n", `p.md:10:4: link "(chapter: versions)" is text`},
		{"address without end", "[it](#two\n", `p.md:10:4: link "(#two" is text`},
		{"cell too many", "| a | b |\n|---|---|\n| c | d |\n| `e | f` | g |\n", `p.md:13:1: row has 3 cells, the table 2 columns: write \| for a bar`},
		{"table with another head", "| a | b | c |\n|---|---|\n| d | e |\n", `p.md:11:1: table is text: its head has 3 cells and the line of dashes 2`},
		{"comment without end", "Text.\n\n<!-- remark\n\n## Next\n", `p.md:12:1: comment has no end: close it with -->`},
		{"comment in a line without end", "Text <!-- remark\n", `p.md:10:6: comment has no end`},
		{"HTML block", "<div>\n\nx\n\n</div>\n", `p.md:10:1: raw HTML is not allowed`},
		{"HTML in a line", "a <b>c</b>\n", `p.md:10:3: raw HTML is not allowed`},
		{"HTML after a comment", "<!-- a --> <script>alert(1)</script> <!-- b -->\n", `p.md:10:1: raw HTML is not allowed`},
	}
	r := newRenderer(t, "")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := r.Render(render.Source{File: "p.md", Line: 10, Text: []byte(tt.md), Reserved: []string{"check"}, Image: findImage})
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v\nwant    %s", err, tt.want)
			}
		})
	}
}

// TestNoMistakes holds that what looks like one of the mistakes above, and is none, passes.
func TestNoMistakes(t *testing.T) {
	for _, md := range []string{
		"`[a][b]`, a \\[b\\][c\\], [a] [b] and [^1]; f(x)[1]\n",
		"[1][a](#x)\n\n## X\n",
		"[a][b] and [b][] and [b]\n\n[b]: https://example.test/\n",
		"| a | b |\n|---|---|\n| `x \\| y` | c |\n| d |\na | b\n",
		"a | b\n--|--\nc | d\n",
		"Text\n---\n",
		"- a\n  - b\n\n    ```go\n    x\n    ```\n- c\n",
		"> > ```go\n> > x\n> > ```\n",
		"````markdown\n```go\nx\n```\n````\n",
		"~~~text\n```\n~~~\n",
		"```text\n``` not a language\n" + strings.Repeat("x", 200) + "\n```\n",
		"```go\n" + strings.Repeat("x", 100) + "\n" + strings.Repeat("版", 50) + "\n" + strings.Repeat("\t", 25) + "\n```\n",
		"```go\nx\n```",
		"a <!-- b --> c `<!--`\n",
		"![a](x.png)\n\n- ![a](x.png \"b\")\n",
	} {
		if _, err := newRenderer(t, "").Render(render.Source{File: "p.md", Line: 1, Text: []byte(md), Image: findImage}); err != nil {
			t.Errorf("%s\n%v", md, err)
		}
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
