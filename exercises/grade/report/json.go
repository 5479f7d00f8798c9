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

// JSON writes the gradebook as gradebook.schema.json describes it: the bytes that were accepted. What is not UTF-8 becomes
// U+FFFD.
func JSON(w io.Writer, g *grade.Gradebook) error {
	data, err := mapText(g, func(s string) string { return strings.ToValidUTF8(s, "\ufffd") }).Encode()
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

func indented(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}
