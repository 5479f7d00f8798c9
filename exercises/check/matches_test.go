package check_test

import (
	"context"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// matchesWant is files/want.txt of the tasks that load makes.
const matchesWant = "a = 1\nb = 2\n\nb = 2  \nc = 3\n"

func TestMatches(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"right", `print("c = 3\nb = 2\r\na = 1\n\nb = 2")`, ""},
		{"claims to be right", `print("right\n")`, "`go run .` prints what is not right:\nright\nBesides, 3 lines are missing"},
		{"ends too early", `print("a = 1\nb = 2\n"); os.Exit(0)`, "`go run .` prints nothing that is wrong, but 2 lines are missing"},
		{"prints nothing", ``, "`go run .` prints nothing that is wrong, but 4 lines are missing"},
		{"a line too few", `print("a = 1\nb = 2\nc = 3\n")`, "`go run .` prints nothing that is wrong, but 1 line is missing"},
		{"a line twice", `print("a = 1\na = 1\nb = 2\nb = 2\nc = 3\n")`, "`go run .` prints what is not right:\na = 1"},
		{"two answers to one question", `print("a = 1\na = 2\nb = 2\nb = 2\nc = 3\n")`, "`go run .` prints what is not right:\na = 2"},
		{"a wrong line for each", `print("a = 0\nb = 0\nb = 0\nc = 0\n")`, "`go run .` prints what is not right:\na = 0\nb = 0\nb = 0\nc = 0"},
		{"many wrong lines", `for range 9 { print("z\n") }`, "`go run .` prints what is not right:\nz\nz\nz\nz\n… and 5 more"},
		{"hidden by a carriage return", `print("a = 1\nb = 2\nb = 2\nc = 9\rc = 3\n")`, "`go run .` prints what is not right:\n" + `c = 9\rc = 3`},
		{"right, and fails", `print("a = 1\nb = 2\nb = 2\nc = 3\n"); os.Exit(1)`, "`go run .` fails:\na = 1\nb = 2\nb = 2\nc = 3\nexit status 1"},
		{"right, and more than is kept", `print("a = 1\nb = 2\nb = 2\nc = 3\n"); for range 200000 { print("          ") }`, "`go run .` prints more than 1 MB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := runMain(t, tt.body, "go run -trimpath .\nmatches $FILES/want.txt")
			if tt.want == "" && c.Status != verdict.Pass || tt.want != "" && (len(c.Findings) != 1 || c.Findings[0].Actual != tt.want) {
				t.Errorf("status %s %s, findings %q", c.Status, c.Fault, c.Findings)
			}
		})
	}
}

// A check that lets a learner's program read or write what it is compared with is broken.
func TestMatchesSecret(t *testing.T) {
	tests := []struct{ name, script, fault string }{
		{"in the workspace", "go run -trimpath .\nmatches go.mod", "is not a file of $FILES"},
		{"beside the workspace", "cp $FILES/want.txt $WORK/want.txt\ngo run -trimpath .\nmatches $WORK/want.txt", "is not a file of $FILES"},
		{"given to a command", "go run -trimpath . $FILES/want.txt\nmatches $FILES/want.txt", "$FILES/want.txt was given to a command"},
		{"in the environment of one", "env WANT=$FILES/want.txt\ngo run -trimpath .\nmatches $FILES/want.txt", "$FILES/want.txt was given to a command"},
		{"beside what was given", "run sh $FILES/sub/a.sh\ngo run -trimpath .\nmatches $FILES/sub/want.txt", "$FILES/sub was given to a command"},
		{"empty", "go run -trimpath .\nmatches $FILES/empty.txt", "the file holds no line"},
		{"not there", "go run -trimpath .\nmatches $FILES/nope.txt", "nope.txt"},
		{"of nothing", "matches $FILES/want.txt", "usage: matches FILE, after a command"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if c := runMain(t, "", tt.script); c.Status != verdict.Error || !strings.Contains(c.Fault, tt.fault) {
				t.Errorf("status %s, findings %v, fault %s; want the fault %s", c.Status, c.Findings, c.Fault, tt.fault)
			}
		})
	}
}

// runMain runs a script in a workspace with a program of the given body.
func runMain(t *testing.T, body, script string) verdict.Check {
	t.Helper()
	main := "package main\n\nimport \"os\"\n\nvar _ = os.Args\n\nfunc main() { " + body + " }\n"
	files := []workspace.File{{Name: "go.mod", Data: []byte("module app.test\n\ngo 1.26\n")}, {Name: "main.go", Data: []byte(main)}}
	res, err := runner(t).Run(context.Background(), check.Job{Task: load(t, "10-it", script), Files: files}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res.Checks[0]
}
