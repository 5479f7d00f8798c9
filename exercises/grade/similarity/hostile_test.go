package similarity_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade/similarity"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// Whatever is in the files, a work takes little time and memory.
func TestHostile(t *testing.T) {
	const mb = 1 << 20
	for name, f := range map[string]workspace.File{
		"one line":      {Name: "a.txt", Data: []byte(strings.Repeat("x", mb))},
		"one word each": {Name: "a.txt", Data: []byte(strings.Repeat("x ", mb/2))},
		"words":         {Name: "a.txt", Data: []byte(words(5, 150_000))},
		"one Go line":   {Name: "a.go", Data: []byte("package a; var x = 0" + strings.Repeat("+1", mb/2-100))},
		"deep nesting":  {Name: "a.go", Data: []byte("package a; var x = " + strings.Repeat("(", mb/2))},
		"open comment":  {Name: "a.go", Data: []byte("package a /*" + strings.Repeat("/*", mb/3))},
		"open import":   {Name: "a.go", Data: []byte("package a; import (" + strings.Repeat("x;", mb/3))},
		"line comments": {Name: "a.go", Data: []byte(strings.Repeat("//line 99999999999\nx\n//line 4\n", mb/40))},
		"no UTF-8":      {Name: "a.go", Data: []byte(strings.Repeat("\xff\xfe(\x80", mb/4))},
		"no UTF-8 text": {Name: "a.txt", Data: []byte(strings.Repeat("\xff\xfe\xa0\n", mb/4))},
		"binary":        {Name: "a.go", Data: []byte(strings.Repeat("\x00\x01", mb/2))},
		"too large":     {Name: "a.txt", Data: make([]byte, 64*mb)},
		"link":          {Name: "a.go", Link: "../../etc/passwd"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			r := compareAll(t, nil, []similarity.Work{
				{Learner: "a", Task: "x90", Files: held(f)}, {Learner: "b", Task: "x90", Files: held(f)},
			}, similarity.Options{})
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			if took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if mbs := (after.TotalAlloc - before.TotalAlloc) / mb; mbs > 64 {
				t.Errorf("allocated %d MB", mbs)
			}
			if r.Tasks[0].Works != 2 {
				t.Errorf("%+v", r.Tasks[0])
			}
		})
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("a.go", []byte("package a\nimport \"b\"\nfunc f() {}"), []byte("package a"))
	f.Add("go.mod", []byte("module m\n"), []byte("module \xff\n"))
	f.Fuzz(func(t *testing.T, name string, a, b []byte) {
		r := compareAll(t, nil, []similarity.Work{
			{Learner: "a", Files: held(workspace.File{Name: name, Data: a})}, {Learner: "b", Files: held(workspace.File{Name: name, Data: b})},
		}, similarity.Options{Least: 1, From: 0.01})
		for _, p := range r.Tasks[0].Pairs {
			for _, m := range p.Matches {
				if m.A.From < 1 || m.A.To < m.A.From || m.B.From < 1 || m.B.To < m.B.From || p.OfA > 1 || p.OfB > 1 {
					t.Errorf("%+v", p)
				}
			}
		}
	})
}

// BenchmarkClass compares 500 programs of some 2,000 tokens each; every tenth is copied from the one before.
func BenchmarkClass(b *testing.B) {
	task, src := program(b)
	var works []similarity.Work
	text := ""
	for i := range 500 {
		if i%10 != 1 {
			text = src + "\n/*" + "*/\nvar table = []string{\n" + calls(uint64(i), 200) + "}\n"
		}
		works = append(works, work(fmt.Sprintf("l%03d", i), "x31", "proxy/proxy.go", text))
	}
	for b.Loop() {
		r := compareAll(b, []similarity.Task{task}, works, similarity.Options{})
		if len(r.Tasks[0].Pairs) != 50 {
			b.Fatalf("%d pairs", len(r.Tasks[0].Pairs))
		}
	}
}

// calls are lines of Go that differ in more than names.
func calls(seed uint64, n int) string {
	ops := []string{"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"}
	var out strings.Builder
	for i, word := range strings.Fields(words(seed, n)) {
		fmt.Fprintf(&out, "\tf(%d %s x, y[%d]) %s g,\n", i, ops[len(word)*int(word[0])%10], i, ops[int(word[len(word)-1])%10])
	}
	return out.String()
}
