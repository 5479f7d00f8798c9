package site_test

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/site"
	"github.com/slipway-workshop/slipway/site/book/booktest"
)

// shippedTasks are those of the course that ships.
func shippedTasks(t testing.TB) task.Catalog {
	t.Helper()
	cat, err := exercises.Load(exercises.FS)
	if err != nil {
		t.Fatal(err)
	}
	onClusters, err := labs.Load(labs.FS)
	if err != nil {
		t.Fatal(err)
	}
	return append(cat.Tasks(), onClusters.Tasks()...)
}

// TestBook builds the small course with its books.
func TestBook(t *testing.T) {
	_, got := build(t, site.Options{Content: course(t), Tasks: tasks(), Publish: true})
	checkBookPage(t, "en/book.html", got)
	booktest.CheckEPUB(t, []byte(got["en/slipway.epub"]))
	for _, want := range []string{
		`<h2 class="part" id="book-part-modules">Modules</h2>`, `id="versions">Versions and how they are chosen</h3>`, `id="x06">Predict the build list</h4>`,
		"The answer is right", "Compute a build list by hand.", `<a href="#versions--how-a-version-is-chosen">`, `href="#glossary--mvs"`, `id="glossary">Glossary</h2>`,
		`<a href="#x06"><span class="label">Exercise x06</span>`,
	} {
		if !strings.Contains(got["en/book.html"], want) {
			t.Errorf("en/book.html does not hold %q", want)
		}
	}
	for _, gone := range []string{"Hint 1", "slipway start x06", `class="copy"`, "page-variants"} {
		if strings.Contains(got["en/book.html"], gone) {
			t.Errorf("en/book.html holds %q", gone)
		}
	}
	for _, link := range []string{`<a href="book.html">Whole course on one page</a>`, `<a href="slipway.epub">EPUB</a>`} {
		if !strings.Contains(got["en/index.html"], link) {
			t.Errorf("en/index.html does not hold %q", link)
		}
	}
	if strings.Contains(got["sitemap.xml"], "book.html") {
		t.Error("the sitemap tells of the book, whose text stands on the pages")
	}
}

// TestNoBook holds that pages lead to a book only where there is one.
func TestNoBook(t *testing.T) {
	_, got := build(t, site.Options{Content: course(t), Tasks: tasks()})
	for name, data := range got {
		if strings.Contains(name, "book.html") || strings.HasSuffix(name, ".epub") || strings.Contains(data, "book.html") {
			t.Errorf("%s is, or tells of, a book that nobody asked for", name)
		}
	}
}

// TestBookDeterminism builds the books twice, the second time over the first and after a change that was
// taken back.
func TestBookDeterminism(t *testing.T) {
	fsys, out := course(t), t.TempDir()
	b, err := site.NewBuilder(site.Options{Content: fsys, Out: out, Publish: true})
	if err != nil {
		t.Fatal(err)
	}
	rebuild := func() site.Report {
		t.Helper()
		report, err := b.Build(t.Context(), tasks())
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	rebuild()
	before := files(t, out)
	text := string(fsys["en/modules.md"].Data)
	set(fsys, "en/modules.md", text+"\nMore.\n")
	report := rebuild()
	for _, want := range []string{"en/modules.html", "en/book.html", "en/slipway.epub"} {
		if !slices.Contains(report.Written, want) {
			t.Errorf("a change of one chapter wrote %v, not %s", report.Written, want)
		}
	}
	set(fsys, "en/modules.md", text)
	rebuild()
	for name, data := range files(t, out) {
		if data != before[name] {
			t.Errorf("%s differs", name)
		}
	}
	if report := rebuild(); len(report.Written) > 0 {
		t.Errorf("a build of the same wrote %v", report.Written)
	}
}

// TestShippedBook holds the book of the course that ships to the same, and to EPUBCheck where that is
// installed.
func TestShippedBook(t *testing.T) {
	_, got := build(t, site.Options{Content: content.FS, Tasks: shippedTasks(t), Publish: true})
	checkBookPage(t, "en/book.html", got)
	epub := []byte(got["en/slipway.epub"])
	booktest.CheckEPUB(t, epub)
	t.Run("EPUBCheck", func(t *testing.T) { booktest.EPUBCheck(t, epub) })
}

// checkBookPage holds the course on one page to what holds for every page, but for its weight.
func checkBookPage(t *testing.T, name string, files map[string]string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(files[name]))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]map[string]bool{name: uniqueIDs(t, name, doc)}
	checkPolicy(t, name, doc)
	last := 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			level := int(n.Data[1] - '0')
			if level > last+1 || level == 1 && last > 0 {
				t.Errorf("%s: <h%d> after <h%d>", name, level, last)
			}
			last = level
		}
		for _, key := range []string{"href", "src"} {
			if ref, ok := attr(n, key); ok {
				checkRef(t, name, ref, files, ids)
			}
		}
	}
}

// TestColoursOfBooks holds that the EPUB has no colour that the site has not, whose contrast is tested.
func TestColoursOfBooks(t *testing.T) {
	epub, err := os.ReadFile("style/epub.css")
	if err != nil {
		t.Fatal(err)
	}
	main, err := os.ReadFile("style/site.css")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`#[0-9a-f]{6}`).FindAllString(string(epub), -1)
	if len(found) == 0 {
		t.Fatal("no colours")
	}
	for _, colour := range found {
		if !bytes.Contains(main, []byte(colour)) {
			t.Errorf("style/epub.css has the colour %s, which style/site.css does not have", colour)
		}
	}
}
