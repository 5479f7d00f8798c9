package similarity_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/scanner"
	"go/token"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/grade/similarity"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

func catalogue(t testing.TB) exercises.Catalog {
	t.Helper()
	cat, err := exercises.Load(exercises.FS)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// program is a file that a learner of x31 could have written, and the task it belongs to.
func program(t testing.TB) (task similarity.Task, src string) {
	t.Helper()
	task = similarity.Of(catalogue(t).Get("x31").Task)
	return task, fileOf(t, task.Solutions[0], "proxy/proxy.go")
}

func fileOf(t testing.TB, files []workspace.File, name string) string {
	t.Helper()
	i := slices.IndexFunc(files, func(f workspace.File) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("no %s", name)
	}
	return string(files[i].Data)
}

// held returns the reading of files that are held in memory.
func held(files ...workspace.File) func() ([]workspace.File, error) {
	return func() ([]workspace.File, error) { return files, nil }
}

// compareAll compares works that can all be read.
func compareAll(t testing.TB, tasks []similarity.Task, works []similarity.Work, o similarity.Options) *similarity.Report {
	t.Helper()
	r, err := similarity.Compare(tasks, works, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func work(learner, task, name, src string) similarity.Work {
	return similarity.Work{Learner: learner, Task: task, Files: held(workspace.File{Name: name, Data: []byte(src)})}
}

// renamed gives every name that the file declares another one.
func renamed(t *testing.T, src string) string {
	fset, f := parsed(t, src)
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Obj != nil && id.Name != "_" {
			id.Name = "my" + strings.ToUpper(id.Name[:1]) + id.Name[1:]
		}
		return true
	})
	return printed(t, fset, f)
}

func reordered(t *testing.T, src string) string {
	fset, f := parsed(t, src)
	out := []string{"package proxy\n"}
	for _, d := range slices.Backward(f.Decls) {
		var b bytes.Buffer
		if err := format.Node(&b, fset, d); err != nil {
			t.Fatal(err)
		}
		out = append(out, b.String())
	}
	return strings.Join(out, "\n\n")
}

// reformatted has comments, line ends and semicolons in other places.
func reformatted(_ *testing.T, src string) string {
	fset := token.NewFileSet()
	var s scanner.Scanner
	s.Init(fset.AddFile("", -1, len(src)), []byte(src), nil, 0)
	var out strings.Builder
	for {
		_, tok, text := s.Scan()
		switch tok {
		case token.EOF:
			return out.String()
		case token.SEMICOLON:
			out.WriteString(" ; /* next */ ")
		case token.COMMA, token.LPAREN, token.LBRACE:
			out.WriteString(tok.String() + " // here\n\n")
		default:
			out.WriteString(" " + cmp.Or(text, tok.String()))
		}
	}
}

func withDeadCode(t *testing.T, src string) string {
	fset, f := parsed(t, src)
	dead, err := parser.ParseExpr(`func() { if false { for i := range 10 { println("never", i) } } }`)
	if err != nil {
		t.Fatal(err)
	}
	body := dead.(*ast.FuncLit).Body.List
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			fn.Body.List = slices.Concat(body, fn.Body.List)
		}
	}
	return printed(t, fset, f)
}

func parsed(t *testing.T, src string) (*token.FileSet, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fset, f
}

func printed(t *testing.T, fset *token.FileSet, f *ast.File) string {
	t.Helper()
	var b bytes.Buffer
	if err := format.Node(&b, fset, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What people do to hide where their work is from changes little.
func TestDisguises(t *testing.T) {
	task, src := program(t)
	task.Solutions = nil // the program is one of them
	for name, tt := range map[string]struct {
		change func(*testing.T, string) string
		least  float64
	}{
		"renamed":     {renamed, 1},
		"reformatted": {reformatted, 1},
		"reordered":   {reordered, 0.8},
		"dead code":   {withDeadCode, 0.6},
		"all together": {func(t *testing.T, s string) string {
			return reformatted(t, reordered(t, renamed(t, withDeadCode(t, s))))
		}, 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			other := tt.change(t, src)
			if other == src {
				t.Fatal("nothing is changed")
			}
			r := compareAll(t, []similarity.Task{task}, []similarity.Work{
				work("ana", "x31", "proxy/proxy.go", src), work("bo", "x31", "proxy/proxy.go", other),
			}, similarity.Options{})
			if len(r.Tasks[0].Pairs) != 1 || min(r.Tasks[0].Pairs[0].OfA, r.Tasks[0].Pairs[0].OfB) < tt.least {
				t.Errorf("pairs %+v, want one of %v", r.Tasks[0].Pairs, tt.least)
			}
		})
	}
}

// The solutions of an exercise were written to differ, so none is like another; where they differ in one file of two,
// what they share is known to be the task's.
func TestIndependentSolutions(t *testing.T) {
	compared := 0
	for _, x := range catalogue(t) {
		task := similarity.Of(x.Task)
		var works []similarity.Work
		for i, files := range task.Solutions {
			works = append(works, similarity.Work{Learner: fmt.Sprint("learner", i), Task: x.ID, Files: held(files...)})
		}
		alone := task
		alone.Solutions = nil
		r := compareAll(t, []similarity.Task{alone}, works, similarity.Options{}).Tasks[0]
		compared += r.Works - len(r.TooShort)
		if share := x.ID == "x23"; share != (len(r.Pairs) > 0) { // both have the same main.go
			t.Errorf("%s: pairs %+v", x.ID, r.Pairs)
		}
		if r := compareAll(t, []similarity.Task{task}, works, similarity.Options{}).Tasks[0]; len(r.Pairs) > 0 {
			t.Errorf("%s: with solutions known, pairs %+v", x.ID, r.Pairs)
		}
	}
	if compared < 12 {
		t.Errorf("only %d solutions are long enough to be compared", compared)
	}
}

// Work that is the start, or little more, is never alike.
func TestStart(t *testing.T) {
	for _, x := range catalogue(t) {
		task := similarity.Of(x.Task)
		more := append(slices.Clone(task.Start), workspace.File{Name: "note.txt", Data: []byte("I have tried\n")})
		r := compareAll(t, []similarity.Task{task}, []similarity.Work{
			{Learner: "a", Task: x.ID, Files: held(task.Start...)}, {Learner: "b", Task: x.ID, Files: held(task.Start...)}, {Learner: "c", Task: x.ID, Files: held(more...)},
		}, similarity.Options{}).Tasks[0]
		if len(r.Pairs) > 0 || !slices.Equal(r.TooShort, []string{"a", "b", "c"}) {
			t.Errorf("%s: %+v", x.ID, r)
		}
	}
}

// Two learners copied, twenty worked for themselves, and all of them have a part that the task text gives.
func TestClass(t *testing.T) {
	task := similarity.Task{ID: "x90"}
	text := words(1, 60)
	works := []similarity.Work{
		work("copied", "x90", "essay.txt", text+"\n\n"+words(2, 300)),
		work("lent", "x90", "notes/essay.txt", "by me\n"+words(2, 300)+"\n"+text),
	}
	for i := range 20 {
		works = append(works, work(fmt.Sprint("l", i), "x90", "essay.txt", text+"\n"+words(uint64(10+i), 300)))
	}
	first := reportOf(t, task, works)
	r := first.Tasks[0]
	if len(r.Pairs) != 1 || r.Pairs[0].A != "copied" || r.Pairs[0].B != "lent" || r.Pairs[0].OfA < 0.95 || r.Common == 0 {
		t.Fatalf("%+v", r)
	}
	want := similarity.Match{A: similarity.Range{File: "essay.txt", From: 9, To: 38}, B: similarity.Range{File: "notes/essay.txt", From: 2, To: 31}}
	got := r.Pairs[0].Matches[0]
	if got.Fingerprints = 0; got != want {
		t.Errorf("match %+v, want %+v", got, want)
	}
	for seed := range uint64(5) {
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(works), func(i, j int) { works[i], works[j] = works[j], works[i] })
		if again := reportOf(t, task, works); !bytes.Equal(jsonOf(t, first), jsonOf(t, again)) {
			t.Error("the order of the works changes the report")
		}
	}
}

// words are lines of ten words.
func words(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "%x", r.Uint32()%10_000)
		out.WriteString([]string{" ", "\n"}[btoi(i%10 == 9)])
	}
	return out.String()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func reportOf(t *testing.T, task similarity.Task, works []similarity.Work) *similarity.Report {
	t.Helper()
	return compareAll(t, []similarity.Task{task}, works, similarity.Options{})
}

func jsonOf(t *testing.T, r *similarity.Report) []byte {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestText(t *testing.T) {
	text := words(3, 200)
	r := reportOf(t, similarity.Task{}, []similarity.Work{
		work("王芳", "x90", "a.txt", text), work("\x1b[31m\n::error::x", "x90", "b b.txt", "one\n"+text),
		work("ana", "x01", "a.txt", "four five"), work("bo", "x01", "a.txt", "four five"), work("bo", "x02", "a.out", "\x7fELF\x00"),
	})
	var out strings.Builder
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	for _, want := range []string{
		"a hint for people, not a verdict",
		"\nx01  2 works, 2 too short to tell, 0 fingerprints left out as common\n",
		"\nx90  2 works, 0 fingerprints left out as common\n",
		`"\x1b[31m\n::error::x" and 王芳: 100% of the first and 100% of the second is alike`,
		`    "b b.txt":2-21  is like  a.txt:1-20` + "\n",
		"  not read whole: a.out of bo\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("text has no %q:\n%s", want, got)
		}
	}
	if strings.ContainsRune(got, '\x1b') || strings.Contains(got, "\n::") {
		t.Errorf("a name speaks to the terminal: %q", got)
	}
}

// Work that cannot be read any more is no work that is like no other.
func TestUnreadable(t *testing.T) {
	gone := errors.New("it has changed")
	_, err := similarity.Compare(nil, []similarity.Work{
		{Learner: "a", Task: "x90", Files: held()}, {Learner: "b", Task: "x90", Files: func() ([]workspace.File, error) { return nil, gone }},
	}, similarity.Options{})
	if !errors.Is(err, gone) || !strings.Contains(err.Error(), "the work of b on x90") {
		t.Errorf("Compare: %v", err)
	}
}
