package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/prove"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/exercises/world"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) shellCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "shell (ID | CHAPTER) [-- COMMAND…]",
		GroupID: groupLearn,
		Short:   "Open a shell in a workspace, with what the task or chapter has around it",
		Long: `Shell opens your shell in the workspace of a task, or in an empty folder for trying what a chapter
shows, which goes when the shell ends. While it is open, the course's module proxy, its
checksum database and whatever else the task has around it run on 127.0.0.1 and the go command uses them;
nothing is fetched from elsewhere. slipway world env says what is set and why, slipway world log what was asked. For a lab, or a chapter
about clusters, kubectl leads to its cluster, and node NAME COMMAND runs a command on a node. What is
set is printed first. Your own module cache, go env -w settings and kubeconfig are not touched. With a
command after --, that command runs instead. Shell ends with the exit code of what it ran.`,
		Example:           "  slipway shell x06\n  slipway shell lab-7\n  slipway shell versions\n  slipway shell x06 -- go list -m all",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.open()
			if err != nil {
				return err
			}
			return a.shell(cmd.Context(), c, args[0], args[1:])
		},
	}
}

func (a *app) shell(ctx context.Context, c *course, name string, command []string) error {
	dir, cfg, err := a.shellDir(c, name)
	if err != nil {
		return err
	}
	j, err := a.newJudge(ctx, c)
	if err != nil {
		return err
	}
	home, err := os.MkdirTemp("", "slipway-shell-")
	if err != nil {
		return fmt.Errorf("open shell: %w", err)
	}
	defer workspace.RemoveAll(home)
	if err := gotool.MakeHome(home); err != nil {
		return err
	}
	trial := dir == ""
	if trial {
		dir = filepath.Join(home, name)
		if err := os.Mkdir(dir, 0o777); err != nil {
			return fmt.Errorf("open shell: %w", err)
		}
	}
	work, err := filepath.Abs(a.work(c).Dir)
	if err != nil {
		return fmt.Errorf("open shell: %w", err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("open shell: %w", err)
	}
	state := filepath.Join(home, "world")
	if err := os.Mkdir(state, 0o777); err != nil {
		return fmt.Errorf("open shell: %w", err)
	}
	w, err := world.Start(j.runner.Library, cfg, dir, state)
	if err != nil {
		return err
	}
	defer w.Close()
	env := w.Into(append(shellEnv(j.runner.Go, home), workEnv+"="+work, "PWD="+dir))
	if env, err = withSlipway(env, home); err != nil {
		return err
	}
	cluster, err := a.clusterEnv(ctx, j, name)
	if err != nil {
		return err
	}
	programs, err := j.programs(ctx, name)
	if err != nil {
		return err
	}
	env = check.WithKit(check.WithKit(env, cluster), programs)
	a.noteWorkspaceFile(dir)
	interactive := len(command) == 0
	if interactive {
		command = []string{userShell()}
		a.note("A shell in %s with %s; exit ends it.\nIt sets\n\n  %s\n\n",
			dir, a.surroundings(cluster), strings.Join(told(env, w.Variables()), "\n  "))
	}
	if trial && interactive {
		a.note("This folder is empty, and goes when the shell ends: make the files that the chapter shows. Pages call it %s/%s.\n\n", "/home/you", name)
	}
	return a.runShell(command, dir, env)
}

// withSlipway puts this program on the PATH of a shell, under the name that pages call it by. Windows
// keeps links for administrators.
func withSlipway(env []string, home string) ([]string, error) {
	if runtime.GOOS == "windows" {
		return env, nil
	}
	self, err := os.Executable()
	if err == nil {
		env, err = prove.Shim(env, filepath.Join(home, "bin"), self)
	}
	if err != nil {
		return nil, fmt.Errorf("open shell: %w", err)
	}
	return env, nil
}

// told returns the variables of a shell that a reader wants to see: not those that are empty or set again
// further on, and not those that say the same in small letters for other programs. Below those that lead into
// the world stands what they are for.
func told(env []string, variables []world.Variable) []string {
	why := map[string]string{}
	for _, v := range variables {
		why[v.Name+"="+v.Value] = v.Why
	}
	var list []string
	seen := map[string]bool{"PWD": true, "PATH": true}
	for _, kv := range slices.Backward(env) {
		name, value, _ := strings.Cut(kv, "=")
		if !seen[name] && value != "" && name != strings.ToLower(name) {
			if why[kv] != "" {
				kv += "\n      " + why[kv]
			}
			list = append(list, kv)
		}
		seen[name] = true
	}
	slices.Reverse(list)
	return list
}

// clusterEnv returns the variables that lead to the cluster of a lab or a chapter that has one.
func (a *app) clusterEnv(ctx context.Context, j *judge, name string) ([]string, error) {
	var env []string
	var err error
	if l := j.course.catalog.onCluster(strings.ToLower(name)); l != nil {
		env, err = j.engine.Shell(ctx, l)
		err = tellSetUp(l, err)
	} else if ch := j.course.Chapter(name); ch != nil && ch.Cluster != "" {
		var release func()
		if env, release, err = j.engine.Cluster(ctx, chapterPlace(ch)); err == nil {
			release() // a shell may stay open for days
		}
	}
	if err != nil || env == nil {
		return nil, err
	}
	return env, nil
}

// noteWorkspaceFile tells of a go.work above the workspace that dir is: go commands typed in the shell
// obey it, and checks do not.
func (a *app) noteWorkspaceFile(dir string) {
	for at := dir; ; at = filepath.Dir(at) {
		name := filepath.Join(at, "go.work")
		if _, err := os.Stat(name); err == nil {
			if at != dir {
				a.note("slipway: %s is in force here, and not in checks: name a folder elsewhere with --work\n", name)
			}
			return
		}
		if at == filepath.Dir(at) {
			return
		}
	}
}

// surroundings says what a shell has around it.
func (a *app) surroundings(cluster []string) string {
	if cluster == nil {
		return "the course's module proxy and checksum database running"
	}
	return "kubectl for the cluster, node NAME COMMAND for its nodes, and the course's module proxy running"
}

// shellDir returns the folder that a shell opens in, or nothing for a chapter: no go.mod may stand above
// what a chapter makes.
func (a *app) shellDir(c *course, name string) (string, world.Config, error) {
	root := a.work(c)
	if c.Chapter(name) != nil {
		cfg, err := world.OfChapter(c.content, name)
		return "", cfg, err
	}
	x, err := c.task(name)
	if err != nil {
		return "", world.Config{}, usagef("shell: %q is no task and no chapter: type slipway list to see them", name)
	}
	if !root.Started(x.ID) {
		return "", world.Config{}, usagef("%s is not started: type slipway start %s", x.ID, x.ID)
	}
	cfg, err := c.catalog.world(x.ID)
	return root.Path(x.ID), cfg, err
}

// shellEnv returns what a shell sets beyond the learner's own environment, beside the module world.
func shellEnv(tool gotool.Tool, home string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"GOPATH=" + filepath.Join(home, "go"),
		"GOMODCACHE=" + filepath.Join(home, "go", "pkg", "mod"),
		"GOCACHE=" + tool.Cache,
		"GOENV=" + filepath.Join(home, "go.env"),
		"GOTOOLCHAIN=local",
		"GOFLAGS=",
		"GO111MODULE=",
		"GOWORK=",
	}
}

func userShell() string {
	if runtime.GOOS == "windows" {
		return "powershell.exe"
	}
	if sh := os.Getenv("SHELL"); sh != "" {
		return sh
	}
	return "/bin/sh"
}

// shellGrace is how long a command may take to end when it is asked to.
const shellGrace = 3 * time.Second

// runShell runs a command for the learner. At a terminal, Ctrl-C reaches the command from there and is not
// for us. To be asked to end is handed on to the command, which is killed after a grace; at a terminal it is
// told to hang up as well, since an interactive shell heeds nothing else.
func (a *app) runShell(command []string, dir string, env []string) error {
	cmd := exec.Command(onPath(command[0], env), command[1:]...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, a.in, a.out, a.err
	cmd.Env = append(slices.Clone(os.Environ()), env...)
	job := newJob(cmd, a.atTerminal())
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, job.signals...)
	defer signal.Stop(asked)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run %s: %w", command[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var err error
	select {
	case err = <-ended:
	case sig := <-asked:
		job.end(sig, ended)
		return &exitError{exitInterrupted, errors.New("interrupted")}
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return &exitError{code: exit.ExitCode()}
	}
	err = fmt.Errorf("run %s: %w", command[0], err)
	if exit != nil {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return &exitError{128 + int(status.Signal()), err} // as shells do: 130 after Ctrl-C
		}
	}
	return err
}

// onPath finds a program on the last PATH of an environment, which is the one that it will have: there
// kubectl and node are those of the lab. A name that is not found there is left as it is.
func onPath(name string, env []string) string {
	if filepath.Base(name) != name {
		return name
	}
	path := ""
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, "PATH="); ok {
			path = value
		}
	}
	for _, dir := range filepath.SplitList(path) {
		if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil && filepath.IsAbs(found) {
			return found
		}
	}
	return name
}

// atTerminal reports whether the learner sits at a terminal: a command run there keeps its job control.
func (a *app) atTerminal() bool {
	for _, stream := range []any{a.in, a.out, a.err} {
		if f, ok := stream.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			return true
		}
	}
	return false
}
