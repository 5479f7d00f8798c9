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

	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/exercises/world"
	"github.com/spf13/cobra"
)

func (a *app) shellCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "shell (ID | CHAPTER) [-- COMMAND…]",
		GroupID: groupLearn,
		Short:   "Open a shell in a workspace, with the module world running",
		Long: `Shell opens your shell in the workspace of an exercise, or in a folder for trying what a chapter
shows. While it is open, the course's module proxy and checksum database run on 127.0.0.1 and the go
command uses them; nothing is fetched from elsewhere. What is set is printed first. Your own module
cache and go env -w settings are not touched. With a command after --, that command runs instead.`,
		Example:           "  slipway shell x06\n  slipway shell versions\n  slipway shell x06 -- go list -m all",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: a.completeIDs,
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
	w, err := world.Start(j.runner.Library, cfg, dir)
	if err != nil {
		return err
	}
	defer w.Close()
	env := shellEnv(j.runner.Go, home, w)
	if len(command) == 0 {
		command = []string{userShell()}
		a.note("A shell in %s with the module world running; exit ends both. It sets\n\n  %s\n\n", dir, strings.Join(env, "\n  "))
	}
	return a.runShell(command, dir, env)
}

// shellDir returns the folder that a shell opens in. A chapter's is made on the way.
func (a *app) shellDir(c *course, name string) (string, world.Config, error) {
	root := a.work(c)
	if ch := c.Chapter(name); ch != nil {
		dir := root.Path(name)
		return dir, world.Config{}, os.MkdirAll(dir, 0o777)
	}
	x, err := c.exercise(name)
	if err != nil {
		return "", world.Config{}, usagef("shell: %q is no exercise and no chapter: type slipway list to see them", name)
	}
	if !root.Started(x.ID) {
		return "", world.Config{}, usagef("%s is not started: type slipway start %s", x.ID, x.ID)
	}
	cfg, err := worldOf(x)
	return root.Path(x.ID), cfg, err
}

// worldOf reads the world that an exercise asks for.
func worldOf(x *exercises.Exercise) (world.Config, error) {
	return world.ParseConfig(x.Name+"/world.yaml", x.World)
}

// shellEnv returns what a shell sets beyond the learner's own environment.
func shellEnv(tool gotool.Tool, home string, w *world.World) []string {
	return append([]string{
		"GOPATH=" + filepath.Join(home, "go"),
		"GOMODCACHE=" + filepath.Join(home, "go", "pkg", "mod"),
		"GOCACHE=" + tool.Cache,
		"GOENV=" + filepath.Join(home, "go.env"),
		"GOTOOLCHAIN=local",
		"GOFLAGS=",
		"GO111MODULE=",
		"GOWORK=",
	}, w.Env()...)
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

// runShell runs a command at the learner's terminal. Ctrl-C reaches that command from the terminal and
// is not for us; to be asked to end is passed on.
func (a *app) runShell(command []string, dir string, env []string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, a.in, a.out, a.err
	cmd.Env = append(slices.Clone(os.Environ()), env...)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run %s: %w", command[0], err)
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(asked)
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-asked:
			_ = cmd.Process.Kill()
		case <-ended:
		}
	}()
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return &exitError{code: exit.ExitCode()}
	}
	return fmt.Errorf("run %s: %w", command[0], err)
}
