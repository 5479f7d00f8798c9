package report_test

import (
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/report"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// pagesOf are the parsed pages of a class by their names.
func pagesOf(t *testing.T, files map[string]string) map[string]*html.Node {
	t.Helper()
	list := map[string]*html.Node{}
	for name, data := range files {
		if strings.HasSuffix(name, ".html") {
			doc, err := html.Parse(strings.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			list[name] = doc
		}
	}
	return list
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// textOf is all text below a node, with its white space made single spaces.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// TestPages holds all pages to: no script, style or handler, one policy, links that lead to pages and places that are
// there, and unique ids.
func TestPages(t *testing.T) {
	for _, opt := range []report.Options{{}, {ForLearners: true}} {
		files := written(t, class(30), opt)
		pages := pagesOf(t, files)
		if len(pages) != 1+30+3 {
			t.Fatalf("%d pages", len(pages))
		}
		ids := map[string]bool{}
		for name, doc := range pages {
			ids[name] = true
			for n := range doc.Descendants() {
				if id := attr(n, "id"); id != "" {
					if ids[name+"#"+id] {
						t.Errorf("%s: two of id %s", name, id)
					}
					ids[name+"#"+id] = true
				}
			}
		}
		for name, doc := range pages {
			checkPage(t, name, doc, files, ids)
		}
	}
}

var elements = regexp.MustCompile(`^(script|style|iframe|object|embed|form|img|base)$`)

func checkPage(t *testing.T, name string, doc *html.Node, files map[string]string, ids map[string]bool) {
	t.Helper()
	policies := 0
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && elements.MatchString(n.Data) {
			t.Errorf("%s has an element %s", name, n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s has an attribute %s", name, a.Key)
			}
		}
		if attr(n, "http-equiv") == "Content-Security-Policy" && strings.HasPrefix(attr(n, "content"), "default-src 'none'; style-src 'self';") {
			policies++
		}
		if href := attr(n, "href"); href != "" {
			file, place, _ := strings.Cut(href, "#")
			to := name
			if file != "" {
				to = path.Join(path.Dir(name), file)
			}
			if _, ok := files[to]; !ok || place != "" && !ids[to+"#"+place] {
				t.Errorf("%s leads to %s, which is not there", name, href)
			}
		}
	}
	if policies != 1 {
		t.Errorf("%s has %d policies", name, policies)
	}
}

// TestLearnerPage compares what a page says of each check with what verdict.Say says to the learner.
func TestLearnerPage(t *testing.T) {
	g := class(30)
	pages := pagesOf(t, written(t, g, report.Options{}))
	all := ""
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		if strings.Contains(name, "/learners/") {
			all += textOf(pages[name]) + "\n"
		}
	}
	lines, hidden := 0, 0
	for _, row := range g.Learners {
		for _, cell := range row.Cells {
			for _, c := range cell.Checks {
				if c.Hidden {
					hidden++
				}
				for _, l := range verdict.Say(c).Lines {
					lines++
					plain := strings.NewReplacer("\x1b", "<U+001B>", "\u202e", "<U+202E>").Replace(l.Text)
					if !strings.Contains(all, l.Label+" "+strings.Join(strings.Fields(plain), " ")) && !strings.Contains(all, l.Label+strings.Join(strings.Fields(plain), " ")) {
						t.Errorf("%s: no page says %s %s", row.ID, l.Label, plain)
					}
				}
			}
		}
	}
	if lines == 0 || strings.Count(all, "hidden check ") < hidden {
		t.Errorf("%d lines, %d of %d hidden checks marked", lines, strings.Count(all, "hidden check "), hidden)
	}
}

// TestStandings holds the words for what passed apart.
func TestStandings(t *testing.T) {
	g := class(0)
	g.Tasks = tasks[2:]
	g.Problems = nil
	for way := allPass; way <= nothingRight; way++ {
		g.Learners = append(g.Learners, grade.Row{ID: string(rune('a' + way)), OnRoster: true, Complete: true, Max: 10, Cells: []grade.Cell{cell(tasks[2], way)}})
	}
	unreadable := cell(tasks[2], absent)
	unreadable.Flags = []string{"z.zip could not be read: see the problems"}
	g.Learners = append(g.Learners, grade.Row{ID: "z", OnRoster: true, Complete: true, Max: 10, Cells: []grade.Cell{unreadable}})
	read := func() []string {
		var got []string
		for n := range pagesOf(t, written(t, g, report.Options{}))["html/index.html"].Descendants() {
			if n.Data == "td" && n.Parent.FirstChild.NextSibling != n && n.Parent.LastChild == n && attr(n.FirstChild, "href")+attr(n.FirstChild, "class") != "" {
				got = append(got, textOf(n))
			}
		}
		return got
	}
	want := []string{"10 all passed", "not handed in", "not judged, 1 flag", "8 public passed, hidden not run", "8 public passed, hidden 0 of 2", "4.8 1 check not passed, 2 days late", "2 2 checks not passed", "0 3 checks not passed", "nothing that can be read, 1 flag"}
	if got := read(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}

	// no hidden checks at hand: nothing says that all passed
	g.Hidden = ""
	for i := range g.Learners {
		g.Learners[i].Cells[0].HiddenRun = false
	}
	if got := strings.Join(read(), "; "); strings.Contains(got, "all passed") || !strings.Contains(got, "10 public passed, hidden not run") {
		t.Errorf("without hidden checks: %s", got)
	}
}

// TestTaskPage holds that the matrix has a word for each mark, and the right ones.
func TestTaskPage(t *testing.T) {
	g := class(30)
	doc := pagesOf(t, written(t, g, report.Options{}))["html/tasks/x06.html"]
	want := map[string]int{}
	for _, row := range g.Learners {
		cell := row.Cells[2]
		switch cell.State {
		case grade.Absent:
			want["·not handed in"] += 3
		case grade.Unjudged:
			for _, c := range cell.Checks {
				want[map[verdict.Status]string{"pass": "✓passed", "error": "!not judged"}[c.Status]]++
			}
			want["!not judged"] += 3 - len(cell.Checks)
		default:
			for _, c := range cell.Checks {
				want[map[verdict.Status]string{"pass": "✓passed", "fail": "✗not passed", "blocked": "–waits"}[c.Status]]++
			}
			want["○not run"] += 3 - len(cell.Checks)
		}
	}
	got := map[string]int{}
	for n := range doc.Descendants() {
		if n.Data == "td" && strings.HasPrefix(attr(n, "class"), "check ") {
			got[textOf(n)]++
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

var variable = regexp.MustCompile(`--[a-z-]+:[^;]+;`)

// TestStyleIsTheSites holds the variables of the report equal to those of the site, whose test computes contrasts.
func TestStyleIsTheSites(t *testing.T) {
	site, err := os.ReadFile("../../../site/style/site.css")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("report.css")
	if err != nil {
		t.Fatal(err)
	}
	found := variable.FindAllString(string(own), -1)
	if len(found) < 11 {
		t.Fatalf("variables: %q", found)
	}
	for _, v := range found {
		if !strings.Contains(string(site), v) {
			t.Errorf("site/style/site.css has no %s", v)
		}
	}
	_, rules, _ := strings.Cut(string(own), "\n}\n")
	if colour := regexp.MustCompile(`#[0-9a-f]{3,8}\b|\b(rgb|hsl)a?\(`).FindString(rules); colour != "" {
		t.Errorf("a rule names the colour %s", colour)
	}
}
