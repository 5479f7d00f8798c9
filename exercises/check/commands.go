package check

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// Commands tells the commands of a check, beside those of Builtins, and how each is used.
// An assertion that does not hold records a finding and the script goes on, so that all findings are
// told at once; a go command that ends as it should not also ends the script, since what follows
// builds on it.
var Commands = map[string]string{
	"expect":    "expect TEXT: what the assertions below look for, in the words of the task; clears why and next",
	"why":       "why TEXT: why it matters, in place of the check's own why",
	"next":      "next TEXT: what to type next, in place of the check's own next",
	"go":        "[!] go ARGS…: the go command succeeds [fails]",
	"prints":    "[!] prints REGEXP: the last go command printed a match, on either output",
	"answers":   "answers FILE: the lines of FILE are those that the last go command printed, in any order",
	"has":       "[!] has FILE…: the files or folders exist",
	"same":      "same FILE…: the files or folders are as they were at the start",
	"counts":    "counts NUMBER: the last go command printed so many lines",
	"requested": "[!] requested REGEXP: the module proxy was asked for a path that matches",
}

// Builtins returns the commands of testscript that a check may use: they prepare, they do not judge.
func Builtins() []string {
	return []string{"cd", "chmod", "cp", "env", "mkdir", "mv", "rm", "symlink"}
}

type scriptCmd = func(ts *testscript.TestScript, neg bool, args []string)

func (s *session) commands() map[string]scriptCmd {
	return map[string]scriptCmd{
		"expect":    s.text(func(text string) { s.expect, s.why, s.next = text, s.check.Why, s.check.Next }),
		"why":       s.text(func(text string) { s.why = text }),
		"next":      s.text(func(text string) { s.next = text }),
		"go":        s.cmdGo,
		"prints":    s.cmdPrints,
		"answers":   s.cmdAnswers,
		"has":       s.cmdHas,
		"same":      s.cmdSame,
		"counts":    s.cmdCounts,
		"requested": s.cmdRequested,
	}
}

func (s *session) text(set func(string)) scriptCmd {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: expect|why|next 'text'")
		}
		set(args[0])
	}
}

// find records that something is not as expected. What several assertions find alike is told once.
func (s *session) find(format string, args ...any) {
	f := verdict.Finding{Expected: s.expect, Actual: s.plain(fmt.Sprintf(format, args...)), Why: s.why, Next: s.next}
	if slices.ContainsFunc(s.findings, func(g verdict.Finding) bool { g.At = ""; return g == f }) {
		return
	}
	f.At = fmt.Sprintf("%s:%d", s.check.Pos.File, s.line)
	s.findings = append(s.findings, f)
}

// plain takes out of a text what belongs to the check and not to the learner's work: the folders of
// this run, the addresses of its world, and progress messages.
func (s *session) plain(text string) string {
	ws := filepath.Join(s.work, "ws")
	text = strings.NewReplacer(
		ws+string(filepath.Separator), "", ws, ".",
		filepath.Join(s.work, "home"), "$HOME", s.work, "$WORK", s.world.URL(), "$GOPROXY",
	).Replace(text)
	return downloading.ReplaceAllString(text, "")
}

var downloading = regexp.MustCompile(`(?m)^go: downloading .*\n?`)

func (s *session) cmdGo(ts *testscript.TestScript, neg bool, args []string) {
	env := make([]string, len(s.env))
	for i, kv := range s.env {
		key, _, _ := strings.Cut(kv, "=")
		env[i] = key + "=" + ts.Getenv(key) // the script may have changed it
	}
	s.command = shellLine(append([]string{"go"}, args...))
	res, err := sandbox.Run(s.ctx, sandbox.Command{
		Args: append([]string{s.runner.Go.Path()}, args...),
		Dir:  ts.MkAbs("."), Env: env, Merge: true,
	})
	ts.Check(err)
	if s.runner.Trace != nil {
		s.runner.Trace(Traced{Args: args, Elapsed: res.Elapsed})
	}
	s.last = res
	failed := res.ExitCode != 0
	switch {
	case res.TimedOut:
		s.find("`%s` was still running after %s and was ended", s.command, s.runner.deadline())
	case failed && !neg:
		s.find("`%s` fails%s", s.command, quote(res.Stdout))
	case !failed && neg:
		s.find("`%s` succeeds%s", s.command, quote(res.Stdout))
	default:
		return
	}
	s.ended = true
	ts.Fatalf("finding recorded")
}

// shellLine renders a command as the learner would type it: -trimpath is there for the build cache
// that checks share.
func shellLine(args []string) string {
	quoted := slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "-trimpath" })
	for i, a := range quoted {
		if !plainArg.MatchString(a) {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		quoted[i] = a
	}
	return strings.Join(quoted, " ")
}

var plainArg = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

const quotedLines = 12

// quote renders what a command printed, cut where it gets long.
func quote(out []byte) string {
	text := strings.TrimSpace(downloading.ReplaceAllString(string(out), ""))
	if text == "" {
		return " and prints nothing"
	}
	lines := strings.Split(text, "\n")
	if more := len(lines) - quotedLines; more > 0 {
		lines = append(lines[:quotedLines], fmt.Sprintf("… and %d more lines", more))
	}
	return ":\n" + strings.Join(lines, "\n")
}

func (s *session) cmdPrints(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || s.command == "" {
		ts.Fatalf("usage: [!] prints REGEXP, after a go command")
	}
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	if re.Match(s.last.Stdout) == neg {
		s.find("`%s` prints%s", s.command, strings.TrimPrefix(quote(s.last.Stdout), " and prints"))
	}
}

func (s *session) cmdCounts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || s.command == "" {
		ts.Fatalf("usage: counts NUMBER, after a go command")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if len(lineSet(string(s.last.Stdout)).order) != want {
		s.find("`%s` prints%s", s.command, strings.TrimPrefix(quote(s.last.Stdout), " and prints"))
	}
}

func (s *session) cmdHas(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		_, err := os.Lstat(ts.MkAbs(name))
		switch {
		case err != nil && !neg:
			s.find("there is no %s", name)
		case err == nil && neg:
			s.find("%s is there", name)
		}
	}
}

func (s *session) cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: same FILE…")
	}
	for _, name := range args {
		for _, f := range s.job.Task.Start.Files {
			if f.Name != name && !strings.HasPrefix(f.Name, name+"/") {
				continue
			}
			data, err := os.ReadFile(ts.MkAbs(f.Name))
			if err != nil {
				s.find("%s is gone", f.Name)
			} else if !bytes.Equal(data, f.Data) {
				s.find("%s has changed", f.Name)
			}
		}
	}
}

const toldRequests = 5

func (s *session) cmdRequested(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] requested REGEXP")
	}
	re, err := regexp.Compile(args[0])
	ts.Check(err)
	var found []string
	for _, r := range s.world.Log.Requests() {
		if path, ok := strings.CutPrefix(r.Path, "proxy/"); ok && re.MatchString(path) {
			found = append(found, path)
		}
	}
	switch {
	case neg && len(found) > 0:
		s.find("the module proxy was asked for %s", strings.Join(found[:min(len(found), toldRequests)], ", "))
	case !neg && len(found) == 0:
		s.find("the module proxy was not asked for it")
	}
}

// cmdAnswers compares what the learner predicts with what the go command says. It tells which lines
// are wrong, never which would be right.
func (s *session) cmdAnswers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || s.command == "" {
		ts.Fatalf("usage: answers FILE, after a go command")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	if err != nil {
		s.find("there is no %s", args[0])
		return
	}
	given, want := lineSet(string(data)), lineSet(string(s.last.Stdout))
	if len(given.order) == 0 && len(want.order) > 0 {
		s.find("%s holds no answer yet", args[0])
		return
	}
	var wrong []string
	missing := 0
	for _, line := range given.order {
		if !want.has[line] {
			wrong = append(wrong, line)
		}
	}
	for _, line := range want.order {
		if !given.has[line] {
			missing++
		}
	}
	if len(wrong) == 0 && missing == 0 {
		return
	}
	s.find("%s", tellAnswers(args[0], wrong, missing))
}

func tellAnswers(file string, wrong []string, missing int) string {
	var parts []string
	if len(wrong) > 0 {
		parts = append(parts, fmt.Sprintf("%s has lines that are not right:\n  %s", file, strings.Join(wrong, "\n  ")))
	}
	if more := missing - len(wrong); more > 0 {
		parts = append(parts, fmt.Sprintf("%s lacks %d more", file, more))
	}
	return strings.Join(parts, "\n")
}

type lines struct {
	order []string
	has   map[string]bool
}

// lineSet reads lines without comments, empty lines and differences of spacing.
func lineSet(text string) lines {
	set := lines{has: map[string]bool{}}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.Join(strings.Fields(line), " ")
		if line == "" || set.has[line] || strings.HasPrefix(line, "go: ") {
			continue
		}
		set.has[line] = true
		set.order = append(set.order, line)
	}
	return set
}
