package render_test

import (
	"os"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/site/render"
)

func TestSections(t *testing.T) {
	md := "Before *any* `\\*` heading,\nand \\*on\\*.\n\n<!-- no -->\n\n" +
		"## One `x` & two\n\n- a [link](https://example.test)\n- <https://go.dev>\n\n| A | B |\n|---|---|\n| c | d |\n\n" +
		"> [!NOTE]\n> Noted.\n\n```go {file=a.go}\nvar x = \"<y>\"\n```\n\n" +
		"### Deeper {#deep}\n\n```console\n$ cat <<E\n> go\n> E\ngo\n```\n\n```diff\n@@ here\n-old\n+new\n```\n\n" +
		"```goat {caption=\"Who asks\"}\n-->\n```\n\n![A picture](x.png \"Its caption\")\n\n版本由\n算法决定。\n\n## Empty\n"
	page, err := newRenderer(t, "").Render(render.Source{File: "p.md", Line: 1, Text: []byte(md), Image: findImage})
	if err != nil {
		t.Fatal(err)
	}
	want := []render.Section{
		{Text: "Before any \\* heading, and *on*."},
		{Anchor: "one-x--two", Heading: "One x & two", Text: "a link https://go.dev A B c d Noted. var x = \"<y>\""},
		{Anchor: "deep", Heading: "Deeper", Text: "cat <<E go E go old new Who asks Its caption A picture 版本由算法决定。"},
		{Anchor: "empty", Heading: "Empty"},
	}
	if len(page.Sections) != len(want) {
		t.Fatalf("%d sections, want %d: %q", len(page.Sections), len(want), page.Sections)
	}
	for i := range want {
		if page.Sections[i] != want[i] {
			t.Errorf("section %d is\n%q, want\n%q", i, page.Sections[i], want[i])
		}
	}
}

// TestSectionOfNothing holds that every page has a first section.
func TestSectionOfNothing(t *testing.T) {
	page, err := newRenderer(t, "").Render(render.Source{File: "p.md"})
	if err != nil || len(page.Sections) != 1 || page.Sections[0] != (render.Section{}) {
		t.Errorf("sections = %q, %v", page.Sections, err)
	}
}

func TestMarkdown(t *testing.T) {
	md := "See [a *b*](chapter:versions#x), [`c](task:x)`](<task:x06> \"t\"),\n[d][ref], [ref], <https://go.dev> and [w](https://go.dev).\n\n" +
		"<!-- a remark -->\n## One {#first}\n\n`[x](chapter:y)` [s](#first) <!-- no --> end\n\n" +
		"> [!NOTE]\n> [g](glossary:mvs)\n>\n> <!-- a\n> remark -->\n> end\n\n```markdown {file=a.md}\n[x](chapter:y)\n## A {#b}\n```\n\n![p](x.png \"c\")\n\n[ref]: chapter:nodes\n"
	want := "# The title\n\nSee [a *b*](chapter/versions/x), [`c](task:x)`](<task/x06/> \"t\"),\n[d](chapter/nodes/), [ref](chapter/nodes/), <https://go.dev> and [w](https://go.dev).\n\n" +
		"\n## One\n\n`[x](chapter:y)` [s](//first)  end\n\n" +
		"> [!NOTE]\n> [g](glossary/mvs/)\n>\n> \n> end\n\n```markdown {file=a.md}\n[x](chapter:y)\n## A {#b}\n```\n\n![p](../assets/x-0123.png \"c\")\n\n"
	page, err := newRenderer(t, "").Render(render.Source{File: "p.md", Line: 1, Text: []byte(md), Image: findImage})
	if err != nil {
		t.Fatal(err)
	}
	got := string(page.Markdown("The title", func(l render.Link) string { return l.To + "/" + l.Target + "/" + l.Anchor }))
	if strings.TrimRight(got, "\n") != strings.TrimRight(want, "\n") {
		t.Errorf("Markdown =\n%q, want\n%q", got, want)
	}
}

// TestMarkdownReadsAlike renders the Markdown of a page again: with the addresses of the page it must
// give the same page.
func TestMarkdownReadsAlike(t *testing.T) {
	src, err := os.ReadFile("testdata/all.md")
	if err != nil {
		t.Fatal(err)
	}
	r := newRenderer(t, "")
	page, err := r.Render(render.Source{File: "all.md", Line: 1, Text: src})
	if err != nil {
		t.Fatal(err)
	}
	md := page.Markdown("Title", func(l render.Link) string { return "https://example.test/" + l.Href() })
	_, body, _ := strings.Cut(string(md), "\n\n")
	again, err := r.Render(render.Source{File: "again.md", Line: 1, Text: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(string(page.HTML), `id="here"`, `id="anchored"`)
	want = strings.NewReplacer(`href="#here"`, `href="#anchored"`, `href="#what`, `href="https://example.test/#what`, ` class="term" data-definition=""`, "",
		`href="glossary`, `href="https://example.test/glossary`, `href="workspaces`, `href="https://example.test/workspaces`, `href="x06`, `href="https://example.test/x06`).Replace(want)
	got := strings.ReplaceAll(string(again.HTML), `href="#what`, `href="https://example.test/#what`)
	if got != want {
		t.Errorf("page of the Markdown differs:\n%s\nwant\n%s", got, want)
	}
}

func BenchmarkRender(b *testing.B) {
	src, err := os.ReadFile("testdata/all.md")
	if err != nil {
		b.Fatal(err)
	}
	r := newRenderer(b, "")
	for b.Loop() {
		if _, err := r.Render(render.Source{File: "all.md", Line: 1, Text: src, Define: define}); err != nil {
			b.Fatal(err)
		}
	}
}
