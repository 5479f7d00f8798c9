package check

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// own are the commands of every check, beside those of Builtins and of a Kit.
// An assertion that does not hold records a finding and the script goes on, so that all findings are
// told at once; a command that ends as it should not also ends the script, since what follows builds
// on it.
var own = map[string]Command{
	"expect":    {Usage: "expect TEXT: what the assertions below look for, in the words of the task; clears why and next", Run: cmdExpect},
	"why":       {Usage: "why TEXT: why it matters, in place of the check's own why", Run: cmdWhy},
	"next":      {Usage: "next TEXT: what to type next, in place of the check's own next", Run: cmdNext},
	"go":        {Usage: "[!] go ARGS…: the go command succeeds [fails]", Judges: true, Run: cmdGo},
	"prints":    {Usage: "[!] prints REGEXP: the last command printed a match, on either output", Judges: true, Run: cmdPrints},
	"answers":   {Usage: "answers FILE: the lines of FILE are those that the last command printed, in any order", Judges: true, Run: cmdAnswers},
	"matches":   {Usage: "matches FILE: the last command printed the lines of FILE, each once, in any order, and no others; FILE lies in $FILES, where no command is given it or its folder", Judges: true, Run: cmdMatches},
	"has":       {Usage: "[!] has FILE…: the files or folders exist", Judges: true, Run: cmdHas},
	"same":      {Usage: "same FILE…: the files or folders are as they were at the start, Go files but for formatting", Judges: true, Run: cmdSame},
	"counts":    {Usage: "counts NUMBER: the last command printed so many lines", Judges: true, Run: cmdCounts},
	"run":       {Usage: "[!] run PROGRAM ARGS…: a program of the workspace, or one on PATH such as git, ends with 0 [with another code]", Judges: true, Run: cmdRun},
	"requested": {Usage: "[!] requested REGEXP: a line of the world's request log matches: GET proxy.slipway.test/example.test/greet/@v/list 200", Judges: true, Run: cmdRequested},
	"requests":  {Usage: "requests [REGEXP]: makes the lines of the request log that match what the last command printed", Run: cmdRequests},
	"stage":     {Usage: "stage NUMBER: moves the world to a stage, as slipway world stage does", Run: cmdStage},
}

// Builtins returns the commands of testscript that a check may use: they prepare, they do not judge.
func Builtins() []string {
	return []string{"cd", "chmod", "cp", "env", "mkdir", "mv", "rm", "symlink"}
}

func cmdExpect(s *Session, neg bool, args []string) (Outcome, error) {
	return setText(neg, args, func(text string) { s.expect, s.why, s.next = text, s.check.Why, s.check.Next })
}

func cmdWhy(s *Session, neg bool, args []string) (Outcome, error) {
	return setText(neg, args, func(text string) { s.why = text })
}

func cmdNext(s *Session, neg bool, args []string) (Outcome, error) {
	return setText(neg, args, func(text string) { s.next = text })
}

func setText(neg bool, args []string, set func(string)) (Outcome, error) {
	if neg || len(args) != 1 {
		return Outcome{}, errors.New("usage: expect|why|next 'text'")
	}
	set(args[0])
	return Outcome{}, nil
}

// find records that something is not as expected. What several assertions find alike is told once.
func (s *Session) find(actual string) {
	f := verdict.Finding{Expected: s.expect, Actual: s.plain(actual), Why: s.why, Next: s.next}
	if slices.ContainsFunc(s.findings, func(g verdict.Finding) bool { g.At = ""; return g == f }) {
		return
	}
	f.At = fmt.Sprintf("%s:%d", s.check.Pos.File, s.line)
	s.findings = append(s.findings, f)
}

// plain takes out of a text what belongs to the check and not to the learner's work: the folders of
// this run, the addresses of its world, progress messages, and how long tests took.
func (s *Session) plain(text string) string {
	ws := filepath.Join(s.work, "ws")
	text = strings.NewReplacer(
		ws+string(filepath.Separator), "", ws, ".",
		filepath.Join(s.work, "home"), "$HOME", s.work, "$WORK", s.Files(), "$WORK/files", "../"+filepath.Base(s.work)+"/", "../", s.root, "$WORK/..", s.world.Address(), "$HTTP_PROXY",
	).Replace(text)
	if s.job.Kit != nil {
		text = s.job.Kit.Plain(text)
	}
	if s.isolated() {
		text = s.timeless(text)
	}
	text = buildFolder.ReplaceAllString(text, "go-build")
	text = elapsed.ReplaceAllString(text, "$1")
	return downloading.ReplaceAllString(text, "")
}

var (
	downloading = regexp.MustCompile(`(?m)^go: downloading .*\n?`)
	buildFolder = regexp.MustCompile(`\bgo-build[0-9]+`)
	elapsed     = regexp.MustCompile(`(?m)(^(?:FAIL|ok)[ \t]+\S+)[ \t]+[0-9.]+s$|[ \t]+\([0-9.]+s\)$`)
)

func cmdGo(s *Session, neg bool, args []string) (Outcome, error) {
	res, err := s.Run(ShellLine(append([]string{"go"}, args...)), sandbox.Command{Args: append([]string{s.runner.Go.Path()}, args...)})
	if err != nil {
		return Outcome{}, err
	}
	if s.runner.Trace != nil {
		s.runner.Trace(Traced{Args: args, Elapsed: res.Elapsed})
	}
	if res.ExitCode != 0 && res.Limit == "" && !s.isolated() { // a cell has a limit of its own on what is written
		if err := s.blameDisk(); err != nil {
			return Outcome{}, err
		}
	}
	out := s.Ran(neg)
	out.Ends = len(out.Found) > 0
	return out, nil
}

// blameDisk returns a fault when a command may have failed because a folder of ours cannot be
// written, a full disk say: that is never the learner's mistake.
func (s *Session) blameDisk() error {
	for _, dir := range []string{s.work, s.runner.Go.Cache} {
		if err := probe(dir); err != nil {
			return Fault{fmt.Errorf("a folder that checks write to cannot be written: %w: make room, or set TMPDIR or SLIPWAY_CACHE to another disk", err)}
		}
	}
	return nil
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

func cmdPrints(s *Session, neg bool, args []string) (Outcome, error) {
	if len(args) != 1 || s.command == "" {
		return Outcome{}, errors.New("usage: [!] prints REGEXP, after a command")
	}
	re, err := regexp.Compile("(?m)" + args[0])
	if err != nil {
		return Outcome{}, err
	}
	if s.misled || s.last.Truncated {
		return s.cut(), nil
	}
	if re.Match(s.last.Stdout) == neg {
		return s.prints(), nil
	}
	return Outcome{}, nil
}

// prints tells what the last command printed, where that is not as it should be.
func (s *Session) prints() Outcome {
	return Found("`%s` prints%s", s.command, strings.TrimPrefix(quote(s.last.Stdout), " and prints"))
}

func cmdCounts(s *Session, neg bool, args []string) (Outcome, error) {
	if neg || len(args) != 1 || s.command == "" {
		return Outcome{}, errors.New("usage: counts NUMBER, after a command")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return Outcome{}, err
	}
	if s.misled || s.last.Truncated {
		return s.cut(), nil
	}
	if len(lineSet(string(s.last.Stdout)).order) != want {
		return s.prints(), nil
	}
	return Outcome{}, nil
}

func cmdHas(s *Session, neg bool, args []string) (Outcome, error) {
	if len(args) == 0 {
		return Outcome{}, errors.New("usage: [!] has FILE…")
	}
	var out Outcome
	for _, name := range args {
		_, err := os.Lstat(s.Abs(name))
		switch {
		case err != nil && !neg:
			out.Found = append(out.Found, "there is no "+name)
		case err == nil && neg:
			out.Found = append(out.Found, name+" is there")
		}
	}
	return out, nil
}

func cmdSame(s *Session, neg bool, args []string) (Outcome, error) {
	if neg || len(args) == 0 {
		return Outcome{}, errors.New("usage: same FILE…")
	}
	var out Outcome
	for _, name := range args {
		inside, err := filepath.Rel(filepath.Join(s.work, "ws"), s.Abs(name))
		if err != nil {
			return out, err
		}
		inside = filepath.ToSlash(inside)
		compared := 0
		for _, f := range s.job.Task.Start.Files {
			if f.Name == inside || strings.HasPrefix(f.Name, inside+"/") {
				if found := s.compare(f); found != "" {
					out.Found = append(out.Found, found)
				}
				compared++
			}
		}
		if compared == 0 {
			return out, fmt.Errorf("the start has no file or folder %s", inside)
		}
	}
	return out, nil
}

// compare says what has become of a file of the start, or nothing if it is as it was.
func (s *Session) compare(f task.File) string {
	data, err := s.read(filepath.Join(s.work, "ws", filepath.FromSlash(f.Name)))
	switch {
	case err != nil:
		return f.Name + " is gone"
	case !bytes.Equal(formatted(f.Name, data), formatted(f.Name, f.Data)):
		return f.Name + " has changed"
	}
	return ""
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
func (s *Session) read(name string) ([]byte, error) {
	path, err := filepath.EvalSymlinks(s.Abs(name))
	if err != nil {
		return nil, err
	}
	if inside, err := filepath.Rel(s.work, path); err != nil || !filepath.IsLocal(inside) {
		return nil, fmt.Errorf("%s leads out of the workspace", name)
	}
	return readUpTo(path, mostRead)
}

// mostRead is what is read of one file: no answer is longer.
const mostRead = 16 << 20

// readUpTo reads a file whole, unless it is larger than most.
func readUpTo(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s is larger than %d MB", filepath.Base(path), most>>20)
	}
	return data, err
}
