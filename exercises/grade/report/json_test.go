package report_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/report"
)

func schemaText(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Schema(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("gradebook.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("gradebook.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func gradebookJSON(t *testing.T, g *grade.Gradebook) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.JSON(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJSONHoldsToSchema(t *testing.T) {
	s := compiled(t)
	for _, g := range []*grade.Gradebook{class(30), class(0), {Version: 1, Policy: grade.Policy{Attempts: "last"}}} {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(gradebookJSON(t, g)))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Error(err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	for _, change := range [][2]string{
		{`"version": 1`, `"version": 2`},
		{`"state": "absent"`, `"state": "zero"`},
		{`"hiddenRun": true`, `"hiddenRan": true`},
		{`"seconds": 0`, `"seconds": 1.5`},
		{`"attempts": "best"`, `"attempts": "first"`},
		{`"points": 6`, `"points": "6"`},
	} {
		text := string(gradebookJSON(t, class(8)))
		if !strings.Contains(text, change[0]) {
			t.Fatalf("no %s in the gradebook", change[0])
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(text, change[0], change[1], 1)))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(doc) == nil {
			t.Errorf("the schema takes %s", change[1])
		}
	}
}

func TestJSONIsRead(t *testing.T) {
	want := class(30)
	data := gradebookJSON(t, want)
	if bytes.Contains(data, []byte(`\u003c`)) {
		t.Error("HTML is escaped")
	}
	var got grade.Gradebook
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if again := gradebookJSON(t, &got); !bytes.Equal(again, data) {
		t.Error("a gradebook that is read and written again differs")
	}
}

// TestSchemaHasTheFieldsOfTheStructs walks the schema and the types side by side: each field is in both, is required
// where it is always written, and is described.
func TestSchemaHasTheFieldsOfTheStructs(t *testing.T) {
	var doc node
	if err := json.Unmarshal(schemaText(t), &doc); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	compareType(t, doc.Defs, "Gradebook", reflect.TypeFor[grade.Gradebook](), seen)
	for name, def := range doc.Defs {
		if def.Properties != nil && !seen[name] {
			t.Errorf("the schema defines %s, which nothing uses", name)
		}
	}
}

type node struct {
	Defs        map[string]node `json:"$defs"`
	Ref         string          `json:"$ref"`
	Description string          `json:"description"`
	Additional  *bool           `json:"additionalProperties"`
	Required    []string        `json:"required"`
	Properties  map[string]node `json:"properties"`
	Items       *node           `json:"items"`
}

func compareType(t *testing.T, defs map[string]node, name string, typ reflect.Type, seen map[string]bool) {
	t.Helper()
	if seen[name] {
		return
	}
	seen[name] = true
	def := defs[name]
	if def.Additional == nil || *def.Additional {
		t.Errorf("%s takes additional properties", name)
	}
	var fields, required []string
	for i := range typ.NumField() {
		f := typ.Field(i)
		tag, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields = append(fields, tag)
		if opts == "" {
			required = append(required, tag)
		}
		p, ok := def.Properties[tag]
		if !ok {
			t.Errorf("the schema of %s has no %s", name, tag)
			continue
		}
		if p.Description == "" {
			t.Errorf("%s.%s has no description", name, tag)
		}
		of := f.Type
		if of.Kind() == reflect.Slice {
			of = of.Elem()
			p = *p.Items
		}
		if of.Kind() == reflect.Struct && of != reflect.TypeFor[time.Time]() {
			compareType(t, defs, strings.TrimPrefix(p.Ref, "#/$defs/"), of, seen)
		}
	}
	slices.Sort(fields)
	if got := slices.Sorted(maps.Keys(def.Properties)); !slices.Equal(got, fields) {
		t.Errorf("%s: the schema has %v, the type %v", name, got, fields)
	}
	slices.Sort(required)
	if got := slices.Sorted(slices.Values(def.Required)); !slices.Equal(got, required) {
		t.Errorf("%s: the schema requires %v, always written are %v", name, got, required)
	}
}
