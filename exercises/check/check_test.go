package check_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/exercises/world"
)

const start = `-- go.mod --
module app.test

go 1.26
-- main.go --
package main

func main() { println("hello") }
-- sub/doc.txt --
text
`

// head is the head of a check without its id.
const head = "# title: It holds\n# points: 2\n# why: It matters.\n# next: go build\n"

// load makes a task of checks, given as name and script in turns.
func load(t testing.TB, checks ...string) *task.Task {
	t.Helper()
	var txt strings.Builder
	points := 0
	for i := 0; i < len(checks); i += 2 {
		script := checks[i+1]
		if !strings.HasPrefix(script, "# title") {
			script = head + script
		}
		points += 2
		fmt.Fprintf(&txt, "-- %s.txt --\n%s\n", checks[i], script)
	}
	txt.WriteString("-- files/hello.sh --\necho hello $1\n")
	txt.WriteString("-- files/fails.txt --\npackage main\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) { t.Fail() }\n")
	txt.WriteString("-- files/extra.go --\npackage main\n\nconst extra = 1\n")
	txt.WriteString("-- files/wide.go --\npackage main\n\nfunc main()  {   println(\"hello\") }\n\n\n")
	txt.WriteString("-- files/want.txt --\n" + matchesWant + "-- files/empty.txt --\n\n-- files/sub/want.txt --\na = 1\n-- files/sub/a.sh --\n\n")
	fsys := fstest.MapFS{
		"x99-test/task.md":      {Data: fmt.Appendf(nil, "---\ntitle: T\nminutes: 1\npoints: %d\nchapter: c\nobjectives: [o]\n---\nText.\n\n## Hint 1\n\nH.\n", points)},
		"x99-test/start.txtar":  {Data: []byte(start)},
		"x99-test/checks.txtar": {Data: []byte(txt.String())},
	}
	tk, err := task.Load(fsys, "x99-test")
	if err != nil {
		t.Fatal(err)
	}
	return tk
}

func runner(t testing.TB) *check.Runner {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	tool, err := gotool.Find(context.Background(), filepath.Join(cache, "slipway"))
	if err != nil {
		t.Fatal(err)
	}
	lib, err := world.LoadLibrary(fstest.MapFS{
		"example.test_greet_v1.0.0.txtar": {Data: []byte("-- go.mod --\nmodule example.test/greet\n-- g.go --\npackage greet\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &check.Runner{Go: tool, Library: lib}
}

func run(t testing.TB, tk *task.Task) verdict.Result {
	t.Helper()
	res, err := runner(t).Run(context.Background(), check.Job{Task: tk, Files: workspace.FromTask(tk.Start.Files)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestCommands(t *testing.T) {
	tests := []struct {
		name, script string
		want         []string // what is found, one part a finding; none means that the check passes
	}{
		{"go succeeds", "go list -m\nprints ^app\\.test$", nil},
		{"go fails", "go build ./nope", []string{"`go build ./nope` fails:\n"}},
		{"go should fail", "! go list -m", []string{"`go list -m` succeeds:\napp.test"}},
		{"go fails as it should", "! go build ./nope\nprints nope", nil},
		{"prints nothing like it", "go list -m\nprints other", []string{"`go list -m` prints:\napp.test"}},
		{"does not print", "go list -m\n! prints app", []string{"`go list -m` prints:\napp.test"}},
		{"counts", "go env GOOS GOARCH GOVERSION\ncounts 3", nil},
		{"counts wrong", "go list -m\ncounts 2", []string{"`go list -m` prints:\napp.test"}},
		{"all findings at once", "has a\nhas b\n! has main.go", []string{"there is no a", "there is no b", "main.go is there"}},
		{"the same once", "go list -m\nprints a1\nprints a2", []string{"`go list -m` prints:\napp.test"}},
		{"same", "same go.mod sub", nil},
		{"same from another folder", "cd sub\nsame doc.txt ../main.go\nrm ../main.go\nsame ../main.go", []string{"main.go is gone"}},
		{"the same but for formatting", "cp $FILES/wide.go main.go\nsame main.go", nil},
		{"not the same", "cp $FILES/extra.go main.go\nrm sub\nsame main.go sub", []string{"main.go has changed", "sub/doc.txt is gone"}},
		{"not requested", "go list -m\n! requested .\nrequested greet", []string{"there was no such request"}},
		{"requested", "go get example.test/greet\nrequested greet/@v/v1\\.0\\.0\\.zip\n! requested zip", []string{"GET proxy.slipway.test/example.test/greet/@v/v1.0.0.zip 200"}},
		{"requests are a command's output", "go get example.test/greet@v1.0.0\nrequests '@v/v1.0.0.(mod|zip) '\ncounts 2\nprints 'mod 200$'\nrequests nothing\ncounts 1", []string{"`slipway world log nothing` prints nothing"}},
		{"a program on PATH", "run git --version\nprints '^git version'\n! run git no-such-command", nil},
		{"a script of the workspace", "cp $FILES/hello.sh hello.sh\nrun hello.sh you\nprints '^hello you$'\nrun sh hello.sh me\nprints you", []string{"`sh hello.sh me` prints:\nhello me"}},
		{"no such program", "run nonesuch", []string{"nonesuch cannot be run"}},
		{"changed environment", "env GOWORK=off\ngo env GOWORK\nprints ^off$", nil},
		{"new in the environment", "env GOOS=plan9 GOARCH=arm64\ngo env GOARCH GOOS\nprints ^arm64$\nprints ^plan9$", nil},
		{"commands can be pasted", "go list -trimpath -m 'a@>=v1' 'it''s' ''", []string{"`go list -m 'a@>=v1' 'it'\\''s' ''` fails"}},
		{"durations are nobody's", "cp $FILES/fails.txt app_test.go\ngo test -trimpath ./...\nprints nothing", []string{"--- FAIL: TestIt\nFAIL\nFAIL\tapp.test\nFAIL"}},
		{"paths are the learner's", "! go list -m -f {{.Dir}} extra\ngo list -m -f {{.Dir}}\nprints nope", []string{"prints:\n."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := run(t, load(t, "10-it", tt.script)).Checks[0]
			if c.Status == verdict.Error {
				t.Fatal(c.Fault)
			}
			if (c.Status == verdict.Pass) != (tt.want == nil) || len(c.Findings) != len(tt.want) {
				t.Fatalf("status %s, findings %+v", c.Status, c.Findings)
			}
			for i, want := range tt.want {
				if !strings.Contains(c.Findings[i].Actual, want) {
					t.Errorf("found %q, want %q", c.Findings[i].Actual, want)
				}
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"right", "# mine\n  app.test/sub   # spaced\napp.test\n", ""},
		{"right as a query", "app.test@\napp.test/sub\n", ""},
		{"wrong", "app.test\napp.test/wrong\n", "f.txt has lines that are not right:\n  app.test/wrong"},
		{"empty", "# later\n\n", "f.txt holds no answer yet"},
		{"short", "app.test\n", "f.txt lacks 1 more"},
		{"wrong and short", "app.test/wrong\n", "f.txt has lines that are not right:\n  app.test/wrong\nf.txt lacks 1 more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tk := load(t, "10-it", "go list ./...\nanswers f.txt")
			files := append(workspace.FromTask(tk.Start.Files), workspace.File{Name: "f.txt", Data: []byte(tt.file)},
				workspace.File{Name: "sub/sub.go", Data: []byte("package sub\n")})
			res, err := runner(t).Run(context.Background(), check.Job{Task: tk, Files: files}, nil)
			if err != nil {
				t.Fatal(err)
			}
			c := res.Checks[0]
			if tt.want == "" && c.Status != verdict.Pass || tt.want != "" && (len(c.Findings) != 1 || c.Findings[0].Actual != tt.want) {
				t.Errorf("status %s, findings %+v, fault %s", c.Status, c.Findings, c.Fault)
			}
		})
	}
}

// What a learner's program prints can neither paint over the verdict nor hide in its own length.
func TestHostileOutput(t *testing.T) {
	tests := []struct{ name, body, script, want string }{
		{"control characters", `print("\x1b[2J\x1b[32mfine\a")`, "go run -trimpath .\nprints nothing", `prints:` + "\n" + `\x1b[2J\x1b[32mfine\a`},
		{"nothing but control characters", `for range 100000 { print("\x1b") }`, "go run -trimpath .\nprints nothing", `\x1b\x1b\x1…`},
		{"a long line", `for range 2000 { print("ab") }`, "go run -trimpath .\nprints nothing", strings.Repeat("ab", 149) + "a…"},
		{"more than is kept", `for range 200000 { print("0123456789") }; print("SECRET")`, "go run -trimpath .\n! prints SECRET", "prints more than 1 MB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tk := load(t, "10-it", tt.script)
			files := []workspace.File{{Name: "go.mod", Data: []byte("module app.test\n\ngo 1.26\n")}, {Name: "main.go", Data: []byte("package main\n\nfunc main() { " + tt.body + " }\n")}}
			res, err := runner(t).Run(context.Background(), check.Job{Task: tk, Files: files}, nil)
			if err != nil {
				t.Fatal(err)
			}
			c := res.Checks[0]
			if len(c.Findings) != 1 || !strings.HasSuffix(c.Findings[0].Actual, tt.want) {
				t.Errorf("status %s %s, findings %.500v", c.Status, c.Fault, c.Findings)
			}
		})
	}
}

// A program that puts a link to another file in the place of the answer does not make the check
// tell that file.
func TestAnswerBehindALink(t *testing.T) {
	tk := load(t, "10-it", "go run -trimpath .\nanswers f.txt")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("the secret\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	main := fmt.Sprintf("package main\n\nimport \"os\"\n\nfunc main() { os.Symlink(%q, \"f.txt\") }\n", secret)
	files := []workspace.File{{Name: "go.mod", Data: []byte("module app.test\n")}, {Name: "main.go", Data: []byte(main)}}
	res, err := runner(t).Run(context.Background(), check.Job{Task: tk, Files: files}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := res.Checks[0]; len(c.Findings) != 1 || c.Findings[0].Actual != "there is no f.txt" {
		t.Errorf("status %s %s, findings %v", c.Status, c.Fault, c.Findings)
	}
}

// A go command that fails because our folders cannot be written is our fault.
func TestFullDisk(t *testing.T) {
	r := runner(t)
	cache := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(cache, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	r.Go.Cache = cache // no folder, so that nothing can be written below it
	tk := load(t, "10-it", "go build -trimpath .")
	res, err := r.Run(context.Background(), check.Job{Task: tk, Files: workspace.FromTask(tk.Start.Files)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := res.Checks[0]; c.Status != verdict.Error || !strings.Contains(c.Fault, "cannot be written") {
		t.Errorf("status %s %s, findings %v", c.Status, c.Fault, c.Findings)
	}
}

func TestExpectWhyNext(t *testing.T) {
	c := run(t, load(t, "10-it", "has a\nexpect 'a file b'\nwhy 'b is needed'\nnext 'touch b'\nhas b\nexpect 'a file c'\nhas c")).Checks[0]
	want := []verdict.Finding{
		{Expected: "It holds", Actual: "there is no a", Why: "It matters.", Next: "go build", At: "x99-test/checks.txtar:6"},
		{Expected: "a file b", Actual: "there is no b", Why: "b is needed", Next: "touch b", At: "x99-test/checks.txtar:10"},
		{Expected: "a file c", Actual: "there is no c", Why: "It matters.", Next: "go build", At: "x99-test/checks.txtar:12"},
	}
	for i, w := range want {
		if c.Findings[i] != w {
			t.Errorf("finding %d = %+v, want %+v", i, c.Findings[i], w)
		}
	}
}

// A check that breaks by itself is our fault, and costs nobody anything.
func TestFaults(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"a file that is not there", "cp nowhere.go main.go\nhas main.go", "checks.txtar:6: the check itself is broken"},
		{"unknown command", "go list -m\nprnts x", `command "prnts" is not for checks`},
		{"skip", "go list -m\nskip 'not today'", `command "skip" is not for checks`},
		{"has without a file", "has", "usage: [!] has FILE"},
		{"same as nothing", "same nosuch.go", "the start has no file or folder nosuch.go"},
		{"wrong use", "prints", "usage: [!] prints REGEXP"},
		{"no number", "go list -m\ncounts many", "checks.txtar:7: the check itself is broken"},
		{"bad regexp", "go list -m\nprints (", "checks.txtar:7: the check itself is broken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := run(t, load(t, "10-it", tt.script))
			if c := res.Checks[0]; c.Status != verdict.Error || !strings.Contains(c.Fault, tt.want) {
				t.Errorf("status %s, fault %q, want %q", c.Status, c.Fault, tt.want)
			}
			if res.Status != verdict.Error {
				t.Errorf("result is %s", res.Status)
			}
		})
	}
}

func TestBlockedAndOrder(t *testing.T) {
	tk := load(t,
		"10-a", "go list -m", "20-b", "has nothing",
		"30-c", strings.Replace(head, "points: 2", "points: 2\n# needs: [10-a, 20-b]", 1)+"go list -m",
		"40-d", strings.Replace(head, "points: 2", "points: 2\n# needs: [10-a]", 1)+"go list -m")
	var order []string
	res, err := runner(t).Run(context.Background(), check.Job{Task: tk, Files: workspace.FromTask(tk.Start.Files)},
		func(c verdict.Check) { order = append(order, c.ID+" "+string(c.Status)) })
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, ", "); got != "10-a pass, 20-b fail, 30-c blocked, 40-d pass" {
		t.Errorf("reported %s", got)
	}
	if w := res.Checks[2].WaitsFor; len(w) != 1 || w[0] != "It holds" || res.Points != 4 {
		t.Errorf("waits for %v, %d points", w, res.Points)
	}
}

func TestEnvironmentComesFromNothing(t *testing.T) {
	for _, kv := range []string{"GOFLAGS=-mod=mod", "GOPROXY=https://leak.test", "GOPRIVATE=*", "GONOSUMDB=*", "GOTOOLCHAIN=go1.99", "GOWORK=/leak/go.work", "LEAK=1"} {
		k, v, _ := strings.Cut(kv, "=")
		t.Setenv(k, v)
	}
	c := run(t, load(t, "10-it", `go env GOFLAGS GOPROXY GOPRIVATE GONOSUMDB GOTOOLCHAIN GOWORK GOENV GOMODCACHE
! prints leak|mod=mod|1.99
prints ^http://proxy\.slipway\.test$
prints ^local$
prints /home/go/pkg/mod$`)).Checks[0]
	if c.Status != verdict.Pass {
		t.Errorf("%+v %s", c.Findings, c.Fault)
	}
}

// A program that never ends is ended with all it started, and the learner is told.
func TestDeadline(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows ends only the command itself, as slipway doctor says")
	}
	tk := load(t, "10-it", "go run -trimpath .")
	files := append(workspace.FromTask(tk.Start.Files), workspace.File{Name: "loop.go", Data: []byte("package main\n\nfunc init() {\n\tfor {\n\t}\n}\n")})
	r := runner(t)
	r.Deadline = 5 * time.Second
	begin := time.Now()
	res, err := r.Run(context.Background(), check.Job{Task: tk, Files: files}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := res.Checks[0]
	if c.Status != verdict.Fail || !strings.Contains(c.Findings[0].Actual, "still running after 5s") {
		t.Errorf("status %s %+v %s", c.Status, c.Findings, c.Fault)
	}
	if d := time.Since(begin); d > 12*time.Second {
		t.Errorf("took %s", d)
	}
}

func TestCancel(t *testing.T) {
	tk := load(t, "10-it", "go list std", "20-it", "go list std")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := runner(t).Run(ctx, check.Job{Task: tk}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v", err)
	}
}

func TestRunDirLeavesTheWorkspaceAlone(t *testing.T) {
	dir := t.TempDir()
	tk := load(t, "10-it", "rm main.go\nrm sub\ngo mod edit -module=changed.test\nhas go.mod")
	if err := workspace.Materialise(dir, workspace.FromTask(tk.Start.Files)); err != nil {
		t.Fatal(err)
	}
	before, err := workspace.Snapshot(dir)
	if err != nil {
		t.Fatal(err)
	}
	res, err := runner(t).RunDir(context.Background(), check.Job{Task: tk}, dir, nil)
	if err != nil || res.Status != verdict.Pass {
		t.Fatalf("RunDir = %+v, %v", res, err)
	}
	after, err := workspace.Snapshot(dir)
	if err != nil || fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("workspace changed: %v, %v", after, err)
	}
}

func TestRefusedWorkspace(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "secrets")); err != nil {
		t.Fatal(err)
	}
	var told int
	res, err := runner(t).RunDir(context.Background(), check.Job{Task: load(t, "10-it", "go list -m")}, dir, func(verdict.Check) { told++ })
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != verdict.Fail || told != 2 || res.Max != 2 || res.Checks[1].Status != verdict.Blocked ||
		!strings.Contains(res.Checks[0].Findings[0].Actual, "secrets: it is a symbolic link that leads out") {
		t.Errorf("result %+v", res)
	}
}

func TestLint(t *testing.T) {
	tests := []struct{ script, want string }{
		{"go list -m\nprints app", ""},
		{"! go build\ncp a b", ""},
		{"[linux] go build", "checks.txtar:6:1: command has the condition [linux]"},
		{"  go build", "checks.txtar:6:1: command is indented"},
		{"exec go list", `x99-test/checks.txtar:6:1: command "exec" is not for checks`},
		{"go list\nskip", `checks.txtar:7:1: command "skip"`},
		{"stdout x", `command "stdout"`},
		{"expect 'x'\ncp a b", "check 10-it judges nothing"},
	}
	for _, tt := range tests {
		err := check.Lint(load(t, "10-it", tt.script).Checks[0], nil)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("Lint(%q) = %v, want %q", tt.script, err, tt.want)
		}
	}
}
