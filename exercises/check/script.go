package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/exercises/world"
)

// A Session is one run of one check.
type Session struct {
	ctx    context.Context
	runner *Runner
	job    Job
	check  task.Check

	ts       *testscript.TestScript // while one of our commands runs
	line     int                    // of the check script, in its archive
	begin    time.Time
	root     string   // folder of this run: the judge's own
	work     string   // folder below it, which commands may change: home, ws and what they make beside these
	env      []string // that commands begin with
	vars     []string // names of what is in env, or may be set by the script
	cell     Cell
	shown    map[string]isolation.Mode // files of the check that commands see
	world    *world.World
	expect   string
	why      string
	next     string
	last     sandbox.Result
	command  string // the last command, as the learner would type it
	limit    string // which one a command ran into
	misled   bool   // it did not end as it should: what it printed is beside the point
	findings []verdict.Finding
	ended    bool   // a finding ended the script
	broken   string // what is wrong on our side, where the script could not go on
	ends     []func()
}

// check runs one check in a folder of its own.
func (r *Runner) check(ctx context.Context, job Job, c task.Check, in *cells) verdict.Check {
	ctx, cancel := context.WithTimeout(ctx, r.deadline())
	defer cancel()
	begin := time.Now()
	s := &Session{ctx: ctx, begin: begin, runner: r, job: job, check: c, why: c.Why, next: c.Next, expect: c.Title}
	v := verdict.Check{ID: c.ID, Title: c.Title, Max: c.Points, Hidden: c.Hidden}
	fault := s.run(in)
	v.Findings, v.Limit, v.Seconds = s.findings, s.limit, time.Since(begin).Seconds()
	switch {
	case fault != "":
		v.Status, v.Fault = verdict.Error, fault
	case len(s.findings) > 0:
		v.Status = verdict.Fail
	default:
		v.Status, v.Points = verdict.Pass, c.Points
	}
	return v
}

// run runs the script and returns what went wrong on our side, or nothing.
func (s *Session) run(in *cells) (fault string) {
	if err := Lint(s.check, s.job.Kit); err != nil {
		return err.Error()
	}
	var err error
	if s.cell, err = in.of(s.ctx, s.check); err != nil {
		return err.Error()
	}
	root, err := os.MkdirTemp(s.cell.Dir(), "slipway-check-")
	if err != nil {
		return s.blameRoom("make a folder for the check: " + err.Error())
	}
	defer func() {
		if err := workspace.RemoveAll(root); err != nil && fault == "" {
			fault = "remove the folder of the check: " + err.Error()
		}
	}()
	defer func() { fault = s.blameRoom(fault) }()
	if err := os.Chmod(root, 0o711); err != nil { // commands of another user go through it to what they are shown
		return "open the folder of the check: " + err.Error()
	}
	s.root = root
	script := filepath.Join(root, s.check.ID+".txt")
	if err := os.WriteFile(script, []byte(numberLines(s.check.Script, s.check.Pos.Line)), 0o666); err != nil {
		return "write the check: " + err.Error()
	}
	t := &recorder{}
	t.Run(s.check.ID, func(testscript.T) {
		testscript.RunT(t, testscript.Params{
			Files: []string{script}, WorkdirRoot: root, RequireExplicitExec: true,
			Setup: s.setup, Cmds: s.scriptCommands(), Condition: s.condition,
		})
	})
	for _, end := range slices.Backward(s.ends) {
		end()
	}
	if s.world != nil {
		s.tellIgnored()
		s.world.Close()
	}
	switch {
	case t.fault != "":
		return t.fault
	case s.broken != "":
		return s.broken
	case t.failed && !s.ended:
		return fmt.Sprintf("%s:%d: the check itself is broken:\n%s", s.check.Pos.File, s.line, tail(t.log.String(), 8))
	}
	return ""
}

// tellIgnored adds to the first finding which of the learner's releases are not published: it is the
// likeliest cause, and the go command does not know of it.
func (s *Session) tellIgnored() {
	ignored := s.world.Ignored()
	if len(s.findings) == 0 || len(ignored) == 0 {
		return
	}
	for i, line := range ignored {
		ignored[i] = told(line)
	}
	s.findings[0].Actual += "\nnot published: " + strings.Join(ignored, "; ")
}

var bareLine = regexp.MustCompile(`(?m)^[^#\s]`)

// numberLines puts a condition that is always true before every command of a script. It tells the
// session which line is about to run, which testscript tells nobody.
func numberLines(script string, first int) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		if bareLine.MatchString(line) {
			fmt.Fprintf(&b, "[line:%d] ", first)
		}
		b.WriteString(line)
		first++
	}
	return b.String()
}

func (s *Session) condition(cond string) (bool, error) {
	number, ok := strings.CutPrefix(cond, "line:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	var err error
	s.line, err = strconv.Atoi(number)
	return true, err
}

// setup lays out the folders of a check and starts its world.
func (s *Session) setup(env *testscript.Env) error {
	s.work = env.WorkDir
	home, ws, files, net := filepath.Join(s.work, "home"), filepath.Join(s.work, "ws"), s.Files(), filepath.Join(s.root, "world")
	for _, dir := range []string{home, ws, files, net} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
	}
	if err := gotool.MakeHome(home); err != nil {
		return err
	}
	if err := workspace.Materialise(ws, s.job.Files); err != nil {
		return err
	}
	if err := workspace.Materialise(files, workspace.FromTask(s.job.Task.Support)); err != nil {
		return err
	}
	l, err := s.cell.Listen()
	if err != nil {
		return err
	}
	w, err := world.StartOn(l, s.runner.Library, s.job.World, ws, net)
	if err != nil {
		return err
	}
	s.world = w
	if err := s.show(); err != nil {
		return err
	}
	s.env = w.Into(append(s.runner.Go.Env(home), "GOWORK="))
	if s.job.Kit != nil {
		s.env = WithKit(s.env, s.job.Kit.Env())
	}
	env.Vars = append(append(env.Vars, s.env...), "FILES="+files)
	s.vars = variables(s.env, s.check.Script)
	env.Cd = ws
	return nil
}

// WithKit adds the variables of a kit to an environment. Its PATH comes before the one that is there.
func WithKit(env, kit []string) []string {
	for _, kv := range kit {
		path, ok := strings.CutPrefix(kv, "PATH=")
		at := slices.IndexFunc(env, func(have string) bool { return strings.HasPrefix(have, "PATH=") })
		if ok && at >= 0 {
			env[at] = "PATH=" + path + string(os.PathListSeparator) + strings.TrimPrefix(env[at], "PATH=")
		} else {
			env = append(env, kv)
		}
	}
	return env
}

var setsVariables = regexp.MustCompile(`(?m)^env\s+(.*)$`)

// variables returns the names in an environment and those that a script sets with env.
func variables(env []string, script string) []string {
	var names []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		names = append(names, name)
	}
	for _, m := range setsVariables.FindAllStringSubmatch(script, -1) {
		for _, word := range strings.Fields(m[1]) {
			if name, _, ok := strings.Cut(word, "="); ok && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// A recorder is what testscript takes for a running test.
type recorder struct {
	log    strings.Builder
	failed bool
	fault  string
}

func (t *recorder) Parallel()     {}
func (t *recorder) Verbose() bool { return false }

func (t *recorder) Log(args ...any) { fmt.Fprintln(&t.log, args...) }

func (t *recorder) Fatal(args ...any) {
	t.Log(args...)
	t.FailNow()
}

func (t *recorder) FailNow() {
	t.failed = true
	panic(endOfTest{})
}

// Skip is never right in a check: what is not looked at must not count as passed.
func (t *recorder) Skip(args ...any) {
	t.fault = "the check skips itself: " + fmt.Sprint(args...)
	panic(endOfTest{})
}

// endOfTest unwinds a script to the recorder's Run.
type endOfTest struct{}

// Run runs f here and now.
func (t *recorder) Run(_ string, f func(testscript.T)) {
	defer func() {
		switch e := recover().(type) {
		case nil, endOfTest:
		default:
			t.fault = fmt.Sprintf("the check panics: %v\n%s", e, tail(string(debug.Stack()), 12))
		}
	}()
	f(t)
}

// tail returns the last n lines of a text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
