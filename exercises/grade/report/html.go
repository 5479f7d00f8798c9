package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

//go:embed templates report.css
var embedded embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"number": number, "plural": verdict.Count, "most": most, "sum": func(a, b int) int { return a + b },
	"day": func(t *time.Time) string { return t.Format("2006-01-02 15:04 -07:00") },
	"iso": func(t *time.Time) string { return t.Format(time.RFC3339) },
}).ParseFS(embedded, "templates/*.html"))

// A frame is what every page shows around its text.
type frame struct {
	Root  string // leads from the page to index.html
	Title string
	Alone bool // the page leads to no page about other learners
}

type classPage struct {
	frame
	*grade.Gradebook
	Counts    []string
	Policy    string
	Hidden    string
	Credit    string // why results must not count for credit, or nothing
	Figures   figures
	Flags     []flagged
	TaskLines []taskLine
	Rows      []classRow
}

type (
	// flagged is what a person should look at, and where.
	flagged struct {
		Text  string
		Cells []place
	}
	place    struct{ Href, Learner, Task string }
	taskLine struct {
		grade.Column
		Href    string
		Tally   string
		Figures figures
		Bars    []bar
	}
	classRow struct {
		grade.Row
		Called string
		Href   string
		Cells  []cellView
	}
	// A cellView is a cell in words.
	cellView struct {
		grade.Cell
		Task     grade.Column
		Href     string
		Standing string
		Outcome  string
		Kind     string // class of its look: ok, part, none, fault
		Late     string
		Checks   []checkView
	}
	checkView struct {
		verdict.Spoken
		Hidden bool
		Mark   string
		Word   string
		Kind   string
	}
)

type learnerPage struct {
	frame
	classRow
	Notice string
}

type taskPage struct {
	frame
	taskLine
	Checks []checkLine
	Rows   []classRow
}

// A checkLine tells of one check how many passed it.
type checkLine struct {
	grade.Check
	Number       int
	Passed, Seen int
}

// htmlFiles makes all pages, by their names below html.
func htmlFiles(g *grade.Gradebook, alone bool) (map[string][]byte, error) {
	g = shown(g)
	v := viewer{g: g, alone: alone}
	css, err := embedded.ReadFile("report.css")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"report.css": css}
	add := func(name, page string, data any) {
		var b bytes.Buffer
		if e := pages.ExecuteTemplate(&b, page, data); e != nil && err == nil {
			err = fmt.Errorf("write html/%s: %w", name, e)
		}
		files[name] = b.Bytes()
	}
	add("index.html", "class", v.class())
	for i, col := range g.Tasks {
		add("tasks/"+fileName(col.ID)+".html", "task", v.task(i))
	}
	for _, row := range g.Learners {
		add("learners/"+fileName(row.ID)+".html", "learner", v.learner(row))
	}
	return files, err
}
