package render_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/slipway-workshop/slipway/site/cache"
	"github.com/slipway-workshop/slipway/site/render"
)

// FuzzRender holds that no text makes the renderer panic, or gets script, style or a foreign element
// into a page.
func FuzzRender(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.md")
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	for _, s := range []string{
		"## A {onclick=x}\n", "[a](https://x/\"onclick=\")\n", "```go {file=\"<script>\"}\n</code><script>\n```\n",
		"```goat {caption=\"' onload='x\"}\n<script>'style='\n```\n", "[a](glossary:x \"style='\")\n", "|a|\n|:-:|\n|`<b>`|\n",
		"![\"onerror='](x.png \"' onload='\")\n", "```sh {tab=\"<b>\"}\n```\n```go {tab='}\n```\n", "```go {mark=\"1,3-4\"}\na\nb`\nc\nd\n```\n",
		"> [!ANSWER]\n> - ```sh\n>   x\n", "[a][b] [b]\n\n[b]: #x\n## x {#x}\n<!-- c -->\n",
		"> [!NOTE]\n> > [!NOTE]\n> x\n", "[a]: javascript:x\n[a]\n", "&lt;script&gt;\n",
	} {
		f.Add(s)
	}
	r, err := render.New(cache.New(""))
	if err != nil {
		f.Fatal(err)
	}
	r = r.In(words)
	f.Fuzz(func(t *testing.T, md string) {
		page, err := r.Render(render.Source{File: "f.md", Line: 1, Text: []byte(md), Define: func(s string) string { return s }, Image: findImage})
		if err != nil {
			return
		}
		page.Markdown("T", render.Link.Href)
		nodes, err := html.ParseFragment(strings.NewReader(string(page.HTML)), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes {
			inspect(t, n)
		}
	})
}

var allowed = strings.Fields(`a blockquote br circle code del details div em figcaption figure g h2 h3 h4 h5 h6 hr img li mark ol p path
	polygon pre rect span strong summary svg table tbody td text th thead tr ul`)

func inspect(t *testing.T, root *html.Node) {
	t.Helper()
	for n := range withDescendants(root) {
		if n.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(allowed, n.Data) {
			t.Errorf("page holds <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || a.Key == "href" && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				t.Errorf("<%s> has the attribute %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
}

func withDescendants(root *html.Node) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if !yield(root) {
			return
		}
		for n := range root.Descendants() {
			if !yield(n) {
				return
			}
		}
	}
}
