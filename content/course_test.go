package content_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-workshop/slipway/content"
)

const course = `title: T
description: {en: D}
url: https://example.test/course
source: https://example.test/src
parts:
  - id: one
    title: {en: One}
    chapters: [a, b]
`

func chapter(number, needs string) string {
	return "---\nnumber: " + number + "\ntitle: T\noutcome: O.\nminutes: 5\nneeds: [" + needs + "]\n---\nBody.\n"
}

func files(kv ...string) fstest.MapFS {
	fsys := fstest.MapFS{
		"course.yaml": {Data: []byte(course)},
		"en/a.md":     {Data: []byte(chapter("1", ""))},
		"en/b.md":     {Data: []byte(chapter("2", "a"))},
	}
	for i := 0; i < len(kv); i += 2 {
		fsys[kv[i]] = &fstest.MapFile{Data: []byte(kv[i+1])}
	}
	return fsys
}

func TestLoad(t *testing.T) {
	c, err := content.Load(files(), "en")
	if err != nil {
		t.Fatal(err)
	}
	body, first, err := c.Chapter("b").Body([]byte(chapter("2", "a")))
	if err != nil || string(body) != "Body.\n" || first != 8 {
		t.Errorf("Body = %q at line %d, %v", body, first, err)
	}
	if c.URL != "https://example.test/course/" {
		t.Errorf("URL = %q", c.URL)
	}
}

func TestLoadErrors(t *testing.T) {
	tests := []struct {
		name string
		fsys fstest.MapFS
		want []string
	}{
		{"no course", fstest.MapFS{}, []string{"read course"}},
		{"unknown key", files("course.yaml", course+"colour: red\n"), []string{`course.yaml:9:1: unknown field "colour"`}},
		{"all at once", files("en/a.md", chapter("3", "b, zzz"), "en/b.md", "no front matter"), []string{
			`en/b.md:1:1: page does not begin with front matter`,
			`en/a.md:6:9: unknown chapter "b"`,
			`en/a.md:6:12: unknown chapter "zzz"`,
		}},
		{"later chapter", files("en/a.md", chapter("1", "b")), []string{`en/a.md:6:9: needs chapter "b", which comes later`}},
		{"numbers go down", files("en/b.md", chapter("1", "a")), []string{`en/b.md:2:9: chapter 1 comes after chapter 1`}},
		{"not listed", files("en/c.md", chapter("3", "")), []string{`en/c.md: chapter is not listed in course.yaml`}},
		{"no file", files("course.yaml", strings.Replace(course, "a, b", "a, b, c", 1)), []string{`course.yaml:8:22: chapter "c" has no file`}},
		{"listed twice", files("course.yaml", strings.Replace(course, "a, b", "a, b, a", 1)), []string{`course.yaml:8:22: chapter "a" is listed twice`}},
		{"slug that is no slug", files("course.yaml", strings.Replace(course, "a, b", "a, b, 'q<b>'", 1)), []string{`course.yaml:8:22: chapter "q<b>" is not of small letters`}},
		{"part twice", files("course.yaml", course+"  - id: one\n    title: {en: Again}\n    chapters: []\n"), []string{`part id "one" is used twice`}},
		{"no title in the language", files("course.yaml", strings.Replace(course, "en: One", "zh: 一", 1)), []string{`course.yaml:6:`, `title in "en"`}},
		{"term twice", files("en/glossary.yaml", "terms:\n- {id: x, name: X, text: t}\n- {id: x, name: X, text: t}\n"), []string{`en/glossary.yaml:3:8: term "x" is defined twice`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := content.Load(tt.fsys, "en")
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error does not contain %q:\n%v", want, err)
				}
			}
		})
	}
}

func TestAttach(t *testing.T) {
	tests := []struct {
		name  string
		tasks []*content.Task
		want  string
	}{
		{"good", []*content.Task{{ID: "x1", Chapter: "a"}, {ID: "x2", Chapter: "b", Needs: []string{"x1"}}}, ""},
		{"same id", []*content.Task{{ID: "x1", Chapter: "a"}, {ID: "x1", Chapter: "b"}}, "used twice"},
		{"unknown chapter", []*content.Task{{ID: "x1", Chapter: "z"}}, `unknown chapter "z"`},
		{"unknown task", []*content.Task{{ID: "x1", Chapter: "a", Needs: []string{"x9"}}}, `unknown task "x9"`},
		{"later task", []*content.Task{{ID: "x1", Chapter: "b"}, {ID: "x2", Chapter: "a", Needs: []string{"x1"}}}, "comes later"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := content.Load(files(), "en")
			if err != nil {
				t.Fatal(err)
			}
			err = c.Attach(tt.tasks)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("Attach = %v, want %q", err, tt.want)
			}
		})
	}
}

// TestCourse loads the course that ships.
func TestCourse(t *testing.T) {
	if _, err := content.Load(content.FS, "en"); err != nil {
		t.Fatal(err)
	}
}

// inventory counts the items of the curriculum's inventory that chapters must cover, by the article that
// they come from. An item is covered where a chapter's front matter says so.
var inventory = []struct {
	prefix string
	items  int
}{
	{"A", 25},
	{"B1.", 10},
	{"B5.", 39},
}

func TestInventory(t *testing.T) {
	c, err := content.Load(content.FS, "en")
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]string{}
	for ch := range c.Chapters() {
		for _, item := range ch.Covers {
			covered[item] = ch.Slug
		}
	}
	for _, article := range inventory {
		for n := range article.items {
			if item := fmt.Sprintf("%s%d", article.prefix, n+1); covered[item] == "" {
				t.Errorf("item %s of the inventory is covered by no chapter", item)
			}
		}
	}
	for item, slug := range covered {
		if !regexp.MustCompile(`^([ACDE]|B[1-5]\.)[1-9][0-9]?$`).MatchString(item) {
			t.Errorf("chapter %s covers %q, which is no item of the inventory", slug, item)
		}
	}
}
