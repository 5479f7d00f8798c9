package check

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/exercises/task"
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
	"same":      "same FILE…: the files or folders are as they were at the start, Go files but for formatting",
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
	var env []string
	for _, name := range s.vars {
		env = append(env, name+"="+ts.Getenv(name)) // the script may have changed it
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
	if failed {
		s.blameDisk(ts)
	}
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

// blameDisk ends the script as a fault when the go command may have failed because a folder of ours
// cannot be written, a full disk say: that is never the learner's mistake.
func (s *session) blameDisk(ts *testscript.TestScript) {
	for _, dir := range []string{s.work, s.runner.Go.Cache} {
		if err := probe(dir); err != nil {
			s.broken = fmt.Sprintf("a folder that checks write to cannot be written: %v: make room, or set TMPDIR or SLIPWAY_CACHE to another disk", err)
			ts.Fatalf("fault")
		}
	}
}

// probe writes to a folder what a go command may want to, and takes it away again.
func probe(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".slipway-probe-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 1<<20))
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

func (s *session) cmdPrints(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || s.command == "" {
		ts.Fatalf("usage: [!] prints REGEXP, after a go command")
	}
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	if !s.cut() && re.Match(s.last.Stdout) == neg {
		s.find("`%s` prints%s", s.command, strings.TrimPrefix(quote(s.last.Stdout), " and prints"))
	}
}

func (s *session) cmdCounts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || s.command == "" {
		ts.Fatalf("usage: counts NUMBER, after a go command")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if !s.cut() && len(lineSet(string(s.last.Stdout)).order) != want {
		s.find("`%s` prints%s", s.command, strings.TrimPrefix(quote(s.last.Stdout), " and prints"))
	}
}

func (s *session) cmdHas(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: [!] has FILE…")
	}
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
	if neg || len(args) == 0 {
		ts.Fatalf("usage: same FILE…")
	}
	for _, name := range args {
		inside, err := filepath.Rel(filepath.Join(s.work, "ws"), ts.MkAbs(name))
		ts.Check(err)
		inside = filepath.ToSlash(inside)
		compared := 0
		for _, f := range s.job.Task.Start.Files {
			if f.Name == inside || strings.HasPrefix(f.Name, inside+"/") {
				s.compare(ts, f)
				compared++
			}
		}
		if compared == 0 {
			ts.Fatalf("the start has no file or folder %s", inside)
		}
	}
}

func (s *session) compare(ts *testscript.TestScript, f task.File) {
	data, err := s.read(ts, filepath.Join(s.work, "ws", filepath.FromSlash(f.Name)))
	if err != nil {
		s.find("%s is gone", f.Name)
	} else if !bytes.Equal(formatted(f.Name, data), formatted(f.Name, f.Data)) {
		s.find("%s has changed", f.Name)
	}
}

// formatted returns a Go file as gofmt writes it, since an editor may have done so, and any other
// file as it is.
func formatted(name string, data []byte) []byte {
	if path.Ext(name) != ".go" {
		return data
	}
	if out, err := format.Source(data); err == nil {
		return bytes.TrimSpace(out)
	}
	return data
}

// read reads a file of the check's folder. A program that was run may have put a link in its place
// that leads elsewhere; what is there is not the learner's work.
func (s *session) read(ts *testscript.TestScript, name string) ([]byte, error) {
	path, err := filepath.EvalSymlinks(ts.MkAbs(name))
	if err != nil {
		return nil, err
	}
	if inside, err := filepath.Rel(s.work, path); err != nil || !filepath.IsLocal(inside) {
		return nil, fmt.Errorf("%s leads out of the workspace", name)
	}
	return os.ReadFile(path)
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
