package engine

import (
	"encoding/json"
	"slices"
	"testing"
)

const podJSON = `{
  "spec": {"replicas": 3, "nodeName": null, "containers": [
    {"name": "web", "resources": {"requests": {"cpu": "500m", "memory": "64Mi"}}},
    {"name": "side", "resources": {"requests": {"cpu": "0.25"}}}
  ]},
  "status": {"conditions": [{"type": "Ready", "status": "True"}]}
}`

func TestFieldValues(t *testing.T) {
	var doc any
	if err := json.Unmarshal([]byte(podJSON), &doc); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		want []string
	}{
		{"{.spec.replicas}", []string{"3"}},
		{"{.spec.containers[*].name}", []string{"web", "side"}},
		{"{.spec.containers[0].resources.requests.cpu}", []string{"500m"}},
		{`{.status.conditions[?(@.type=="Ready")].status}`, []string{"True"}},
		{`{.status.conditions[?(@.type=="Gone")].status}`, nil},
		{"{.spec.nodeName}", nil},
		{"{.spec.none.at.all}", nil},
		{"{.spec.containers[7].name}", nil},
	}
	for _, tt := range tests {
		got, err := fieldValues(doc, tt.path)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("fieldValues(%s) = %q, %v, want %q", tt.path, got, err, tt.want)
		}
	}
	if _, err := fieldValues(doc, "{.spec["); err == nil {
		t.Error("a broken JSONPath is no error")
	}
}

func TestCompare(t *testing.T) {
	tests := []struct {
		have, op, want string
		holds          bool
	}{
		{"500m", "=", "0.5", true},
		{"500m", "!=", "0.5", false},
		{"1Gi", ">", "1G", true},
		{"64Mi", "<", "65Mi", true},
		{"64Mi", "<=", "64Mi", true},
		{"10", ">=", "9", true}, // as quantities, not as texts
		{"Running", "=", "Running", true},
		{"Running", "=", "running", false},
		{"sandbox-7c9", "matches", "^sandbox-", true},
		{"web", "matches", "^sandbox-", false},
	}
	for _, tt := range tests {
		if got, err := compare(tt.have, tt.op, tt.want); err != nil || got != tt.holds {
			t.Errorf("%s %s %s is %v, %v", tt.have, tt.op, tt.want, got, err)
		}
	}
	for _, op := range []string{"==", "", "like"} {
		if _, err := compare("1", op, "1"); err == nil {
			t.Errorf("comparison %q is known", op)
		}
	}
}

func TestJudgeField(t *testing.T) {
	web := object{"deployment/web", "shop"}
	tests := []struct {
		name   string
		values []string
		op     string
		want   string
		neg    bool
		found  string
	}{
		{"holds", []string{"3"}, "=", "3", false, ""},
		{"does not hold", []string{"3"}, "=", "2", false, "deployment/web in shop has {.x} 3"},
		{"one of several does not", []string{"3", "2"}, "=", "3", false, "deployment/web in shop has {.x} 3, 2"},
		{"is not there", nil, "=", "3", false, "deployment/web in shop has no {.x}"},
		{"must not hold and does not", []string{"3"}, "=", "2", true, ""},
		{"must not hold and is not there", nil, "=", "2", true, ""},
		{"must not hold and does", []string{"2"}, "=", "2", true, "deployment/web in shop has {.x} 2"},
	}
	for _, tt := range tests {
		out, err := judgeField(web, "{.x}", tt.values, tt.op, tt.want, tt.neg)
		if err != nil {
			t.Fatal(err)
		}
		if tt.found == "" && out.Found != nil || tt.found != "" && !slices.Equal(out.Found, []string{tt.found}) {
			t.Errorf("%s: found %q, want %q", tt.name, out.Found, tt.found)
		}
	}
}

func TestCutObject(t *testing.T) {
	o, rest, err := cutObject([]string{"pod/web", "-n", "shop", "{.x}", "=", "1"})
	if err != nil || o != (object{"pod/web", "shop"}) || !slices.Equal(rest, []string{"{.x}", "=", "1"}) {
		t.Errorf("cutObject = %v, %q, %v", o, rest, err)
	}
	if o, rest, err = cutObject([]string{"node/one", "{.x}"}); err != nil || o.namespace != "" || len(rest) != 1 {
		t.Errorf("cutObject = %v, %q, %v", o, rest, err)
	}
	for _, args := range [][]string{nil, {"web"}, {"pod/web", "-n"}} {
		if _, _, err := cutObject(args); err == nil {
			t.Errorf("cutObject(%q) is no error", args)
		}
	}
}
