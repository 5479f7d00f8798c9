package report

import (
	_ "embed"
	"encoding/json"
	"io"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/grade"
)

//go:embed gradebook.schema.json
var schema []byte

// Schema writes the JSON Schema of gradebook.json.
func Schema(w io.Writer) error {
	_, err := w.Write(schema)
	return err
}

// JSON writes the gradebook as gradebook.schema.json describes it. What is not UTF-8 becomes U+FFFD.
func JSON(w io.Writer, g *grade.Gradebook) error {
	g = mapText(g, func(s string) string { return strings.ToValidUTF8(s, "\ufffd") })
	return indented(w, withLists(g))
}

func indented(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}

// withLists is the gradebook with [] in place of null where nothing is in a list.
func withLists(g *grade.Gradebook) *grade.Gradebook {
	whole := *g
	whole.Tasks = append([]grade.Column{}, g.Tasks...)
	whole.Learners = append([]grade.Row{}, g.Learners...)
	for i := range whole.Tasks {
		c := &whole.Tasks[i]
		c.Checks = append([]grade.Check{}, c.Checks...)
	}
	for i := range whole.Learners {
		r := &whole.Learners[i]
		r.Cells = append([]grade.Cell{}, r.Cells...)
	}
	return &whole
}
