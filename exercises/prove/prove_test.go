package prove

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/content/fence"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

func TestMatch(t *testing.T) {
	norms := normalisers{}
	tests := []struct {
		shown, output string
		want          bool
	}{
		{"", "", true},
		{"", "a\n", false},
		{"a\n", "a", true},
		{"a\nb\n", "a  \nb\n", true},
		{"a\n", "a\nb\n", false},
		{"...\n", "", true},
		{"...\nb\n", "a\na\nb\n", true},
		{"a\n...\nc\n...\ne\n", "a\nb\nc\nd\ne\n", true},
		{"a\n...\n", "b\n", false},
		{"...\nb\n", "b\nc\n", false},
		{"found  a\n       ...\nwhy    b\n", "found  a\n       x\nwhy    b\n", true},
	}
	for _, tt := range tests {
		if got := norms.match(tt.shown, tt.output); got != tt.want {
			t.Errorf("match(%q, %q) = %v", tt.shown, tt.output, got)
		}
	}
}

func TestNormalisers(t *testing.T) {
	norms, err := loadNormalisers(os.DirFS("../../content"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]string{
		{"go version go1.26.8 linux/amd64", "go version go1.26.1 darwin/arm64"},
		{"proxy http://127.0.0.1:41523/proxy", "proxy http://127.0.0.1:3999/proxy"},
		{"go: go.mod says go 1.26.8", "go: go.mod says go 1.26.11"},
		{"ok  greet.test  0.002s", "ok  greet.test  1.341s"},
		{"image (slipway/node:v1.36.3-aac612579ebb)", "image (kindest/node:v1.36.4@sha256:099e)"},
		{`pod "web-65c94dcc8c-d4p49" deleted`, `pod "web-65c94dcc8c-jjl8b" deleted`},
		{"kube-proxy-rdmmb   DaemonSet", "kube-proxy-wc7fw   DaemonSet"},
		{"web   10.244.0.9", "web   10.244.3.117"},
		{"worker   v1.36.3", "worker   v1.36.4"},
		{"containerd://2.4.2+unknown", "containerd://2.3.0"},
		{"net:[4026532866]", "net:[4026533665]"},
		{"--node-ip=172.18.0.2", "--node-ip=172.31.255.254"},
		{"web   10.96.1.2", "web   10.96.200.17"},
		{"made 2026-11-29T02:57:10Z", "made 2027-01-02T13:01:00Z"},
		{"[::1]:57220->[::1]:6443", "[::1]:33001->[::1]:6443"},
	} {
		if !norms.match(pair[0], pair[1]) {
			t.Errorf("%q and %q differ: %q, %q", pair[0], pair[1], norms.apply(pair[0]), norms.apply(pair[1]))
		}
	}
	for _, pair := range [][2]string{
		{"example.test/c v1.0.1", "example.test/c v1.0.2"},
		{"go 1.26", "go 1.25"},
		{"go1.26.8", "go1.25.8"},
		{"slipway/node:v1", "slipway/toolbox:v1"},
		{"web-65c94dcc8c-d4p49", "web-589f44dc88-d4p49"},
		{"slipway-four-worker", "slipway-four-worker2"},
		{"kube-proxy", "kube-router"},
		{"10.244.0.9", "10.96.0.9"},
		{"--node-ip=172.18.0.2", "--node-ip=172.40.0.2"},
		{"web   10.96.1.2", "web   10.97.1.2"},
		{"made 2026-11-29", "made 2026-11-30"},
		{"[::1]:57220->[::1]:6443", "[::1]:57220->[::1]:2379"},
		{"v1.36.3", "v1.37.0"},
		{"containerd://2.4.2", "docker://29.0.0"},
		{"net:[4026532866]", "pid:[4026532866]"},
	} {
		if norms.match(pair[0], pair[1]) {
			t.Errorf("%q and %q count as the same", pair[0], pair[1])
		}
	}
}

func TestLeak(t *testing.T) {
	tk := &task.Task{
		Text:  "Require example.test/shown v1.0.0 in go.mod.",
		Start: &task.Archive{Files: []task.File{{Name: "go.mod", Data: []byte("module app.test\n\ngo 1.26\n")}}},
		Solutions: []task.Change{{Files: []task.File{{
			Name: "go.mod", Data: []byte("module app.test\n\ngo 1.26\n\nrequire example.test/c v1.0.2\nrequire example.test/shown v1.0.0\n"),
		}}}},
	}
	tests := []struct{ name, text, own, want string }{
		{"harmless", "Which module asks for c?", "", ""},
		{"what the start shows", "module app.test", "", ""},
		{"a line of the solution", "Write: require   example.test/c\nv1.0.2 there.", "", "require example.test/c v1.0.2"},
		{"a line that the learner wrote", "found require example.test/c v1.0.2", "require example.test/c v1.0.2", ""},
		{"a long run over lines", "use 1.26 require example.test/c v1.0.2 req", "", "require example.test/c v1.0.2"},
	}
	for _, tt := range tests {
		if got := leak(tk, tt.text, []task.File{{Data: []byte(tt.own)}}); got != tt.want {
			t.Errorf("%s: leak = %q, want %q", tt.name, got, tt.want)
		}
	}
	long := "func compute(a, b int) int { return a*b + a }"
	tk.Solutions[0].Files[0].Data = []byte("// one line before\n" + long + " // and after\n")
	if got := leak(tk, "It is "+long+".", nil); got == "" {
		t.Error("a long run inside a line is not seen")
	}
}

func TestUpdateSays(t *testing.T) {
	tests := []struct{ name, before, after string }{
		{"new", "title: T\n-- a --\nx\n", "title: T\nsays: |\n  expected  A\n            B\n-- a --\nx\n"},
		{"replaced", "title: T\nsays: |\n  old\n  older\n-- a --\nx\n", "title: T\nsays: |\n  expected  A\n            B\n-- a --\nx\n"},
		{"without files", "title: T\nremoves: [a]\n", "title: T\nremoves: [a]\nsays: |\n  expected  A\n            B\n"},
	}
	for _, tt := range tests {
		name := filepath.Join(t.TempDir(), "w.txtar")
		if err := os.WriteFile(name, []byte(tt.before), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := updateSays(name, "expected  A\n          B\n"); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil || string(got) != tt.after {
			t.Errorf("%s: %q, %v\nwant %q", tt.name, got, err, tt.after)
		}
	}
}

func TestPatch(t *testing.T) {
	dir := t.TempDir()
	s := &shell{dir: dir}
	if err := s.write("a.go", []byte("one\ntwo\n\nthree\n")); err != nil {
		t.Fatal(err)
	}
	block := func(text string) fence.Block {
		return fence.Block{Info: fence.Info{Lang: "diff", Attrs: map[string]string{"file": "a.go"}}, Text: []byte(text)}
	}
	for _, bad := range []string{" nowhere\n+x\n", "+x\n"} {
		if err := s.patch(block(bad)); err == nil || !strings.Contains(err.Error(), "does not apply") {
			t.Errorf("patch %q: %v", bad, err)
		}
	}
	if err := s.patch(block(" one\n-two\n+2\n+2.5\n\n three\n")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "a.go")); string(got) != "one\n2\n2.5\n\nthree\n" {
		t.Errorf("patched to %q", got)
	}
	if err := s.patch(block("@@ the first\n-one\n+1\n@@\n 2.5\n \n-three\n+3\n")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "a.go")); string(got) != "1\n2\n2.5\n\n3\n" {
		t.Errorf("two places patched to %q", got)
	}
	if err := s.patch(block("-1\n+one\n@@\n-nowhere\n")); err == nil || !strings.Contains(err.Error(), "does not apply") {
		t.Errorf("patch: %v", err)
	}
	if err := s.patch(block("?\n")); err == nil || !strings.Contains(err.Error(), "begins with neither") {
		t.Errorf("patch: %v", err)
	}
	if err := s.write("../x", nil); err == nil {
		t.Error("a file outside of the chapter's folder is written")
	}
}

// A shaky bench gives each trial the results that were laid out for it, one a try.
type shakyBench struct {
	results map[string][]verdict.Result
	again   bool
}

func (shakyBench) Lint(task.Check) error { return nil }
func (shakyBench) Parallel() int         { return 1 }
func (b shakyBench) Again() bool         { return b.again }

func (b shakyBench) Try(_ context.Context, _ *task.Task, c task.Change) (verdict.Result, error) {
	next := b.results[c.Name][0]
	b.results[c.Name] = b.results[c.Name][1:]
	return next, nil
}

func TestTrialsThatAreTriedAgain(t *testing.T) {
	pass := verdict.New("lab-9", "", []verdict.Check{{ID: "10-it", Status: verdict.Pass, Points: 1, Max: 1}})
	fail := verdict.New("lab-9", "", []verdict.Check{{ID: "10-it", Status: verdict.Fail, Max: 1, Findings: []verdict.Finding{
		{Expected: "e", Actual: "a", Why: "w", Next: "n"},
	}}})
	says := "expected  e\nfound     a\nwhy       w\nnext      n\n"
	lab := &task.Task{
		ID: "lab-9", Name: "lab-9-it", Start: &task.Archive{Name: "start.txtar"}, Checks: []task.Check{{ID: "10-it"}},
		Solutions: []task.Change{{Name: "one", File: "one", Files: []task.File{{Name: "1"}}}, {Name: "two", File: "two"}},
		Wrong:     []task.Change{{Name: "a", File: "a", CaughtBy: "10-it", Says: says}, {Name: "b", File: "b", CaughtBy: "10-it", Says: says}, {Name: "c", File: "c", CaughtBy: "10-it", Says: says}},
	}
	tests := []struct {
		name               string
		one                []verdict.Result // of the first solution
		again, rewrite     bool
		problems, unsteady int
	}{
		{"right at once", []verdict.Result{pass}, true, false, 0, 0},
		{"right when tried again", []verdict.Result{fail, pass}, true, false, 0, 1},
		{"wrong twice", []verdict.Result{fail, fail}, true, false, 1, 0},
		{"tried once where time has no say", []verdict.Result{fail}, false, false, 1, 0},
		{"tried once when rewriting", []verdict.Result{fail}, true, true, 1, 0},
	}
	for _, tt := range tests {
		bench := shakyBench{again: tt.again, results: map[string][]verdict.Result{
			"": {fail}, "one": tt.one, "two": {pass}, "a": {fail}, "b": {fail}, "c": {fail},
		}}
		p, err := (&Prover{Rewrite: tt.rewrite}).Task(t.Context(), lab, bench)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Problems) != tt.problems || len(p.Unsteady) != tt.unsteady || len(p.Solutions) != 2 || len(p.Kills) != 3 {
			t.Errorf("%s: problems %q, unsteady %q, solutions %v, %d kills", tt.name, p.Problems, p.Unsteady, p.Solutions, len(p.Kills))
		}
	}
}
