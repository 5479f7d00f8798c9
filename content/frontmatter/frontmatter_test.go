package frontmatter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/content/frontmatter"
)

type page struct {
	Title   string   `yaml:"title"`
	Minutes int      `yaml:"minutes"`
	Needs   []string `yaml:"needs,omitempty"`
}

func Example() {
	src := []byte("---\ntitle: Versions\nminutes: 20\nneeds: [modules]\n---\nText.\n")
	doc, body, err := frontmatter.Split("versions.md", src)
	if err != nil {
		fmt.Println(err)
		return
	}
	var meta page
	if err := doc.Decode(&meta); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, %d minutes, %q\n", meta.Title, meta.Minutes, body)
	fmt.Println(doc.At("$.needs[0]"))
	// Output:
	// Versions, 20 minutes, "Text.\n"
	// versions.md:4:9
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name, src string
		want      []string
	}{
		{"no front matter", "# Title\n", []string{`p.md:1:1: page does not begin with front matter`}},
		{"no end", "---\ntitle: x\n", []string{`p.md:1:1: front matter has no end`}},
		{"unknown key", "---\ntitle: x\nminutes: 1\nauthor: me\n---\n", []string{`p.md:4:1: unknown field "author"`}},
		{"repeated key", "---\ntitle: x\nminutes: 1\ntitle: y\n---\n", []string{`p.md:4:1: `}},
		{"wrong type", "---\ntitle: x\nminutes: soon\n---\n", []string{`p.md:3:10: `}},
		{"two missing keys", "---\nneeds: []\n---\n", []string{`p.md:2:1: missing key "title"`, `p.md:2:1: missing key "minutes"`}},
		{"empty", "---\n---\n", []string{`p.md:2:1: missing key "title"`, `missing key "minutes"`}},
		{"line ends of another system", "---\ntitle: x\r\nminutes: 1\r\n---\r\n", []string{"p.md:2: line ends with CRLF"}},
		{"not yaml", "---\ntitle: [x\n---\n", []string{`p.md:`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, _, err := frontmatter.Split("p.md", []byte(tt.src))
			if err == nil {
				err = doc.Decode(new(page))
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not contain %q", err, want)
				}
			}
		})
	}
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte("---\ntitle: x\nminutes: 1\n---\nbody"))
	f.Add([]byte("---\r\ntitle: x\r\n---\r\n"))
	f.Add([]byte("---"))
	f.Add([]byte("---\na: &a [*a]\n---\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, body, err := frontmatter.Split("f.md", src)
		if err != nil {
			return
		}
		if !strings.HasSuffix(string(src), string(body)) {
			t.Fatalf("body %q is not the end of %q", body, src)
		}
		var meta page
		if err := doc.Decode(&meta); err == nil && (meta.Title == "" || meta.Minutes == 0) {
			t.Fatalf("accepted %q without its required keys", src)
		}
		doc.At("$.needs[0]")
	})
}
