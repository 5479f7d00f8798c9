package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/labs/host"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Exit codes, documented in slipway help exit-codes.
const (
	exitDone        = 0
	exitNotYet      = 1
	exitUsage       = 2
	exitFault       = 3
	exitInterrupted = 130
)

// An exitError carries the exit code of the program. Without a cause nothing more is said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usagef is an error of the person who typed the command.
func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

var errNotYet = &exitError{code: exitNotYet}

// An app is one run of the program.
type app struct {
	in       io.Reader
	out, err io.Writer

	courseDir string // of a checkout; empty means the one around the current folder, else the built-in course
	workDir   string
	noColour  bool
	began     bool // a command has begun: errors are no longer those of the command line
}

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) int {
	a := &app{in: in, out: out, err: errw}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errw)
	err := root.ExecuteContext(ctx)
	return a.exitCode(ctx, err)
}

func (a *app) exitCode(ctx context.Context, err error) int {
	var exit *exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit) && exit.err == nil:
		return exit.code
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(a.err, "slipway: interrupted")
		return exitInterrupted
	}
	fmt.Fprintf(a.err, "slipway: %v\n", err)
	if a.began {
		a.note("%s", explainRoom(err, a.stores(), host.ThisMachine().Free))
	}
	switch {
	case exit != nil:
		return exit.code
	case !a.began:
		fmt.Fprintln(a.err, "Type slipway help to see what there is.")
		return exitUsage
	}
	return exitFault
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "slipway",
		Short: "Learn Go modules and Kubernetes clusters by doing",
		Long: `Slipway is a workshop on your own machine: a course to read, exercises to work on,
and checks that say what is wrong and why.

Begin with the course in the browser, or with the first exercise in the terminal:

  slipway serve        read the course on http://127.0.0.1:8080
  slipway watch        work on the next exercise; it is checked whenever you save`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(*cobra.Command, []string) {
			a.began = true
		},
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.courseDir, "course", "", "folder of a checkout to take the course from (default: the checkout around this folder, else the built-in course)")
	flags.StringVar(&a.workDir, "work", "", "folder of the workspaces (default: SLIPWAY_WORK, else work in the checkout, else work here or above)")
	flags.BoolVar(&a.noColour, "no-color", false, "print without colour, as NO_COLOR=1 does")
	root.AddGroup(
		&cobra.Group{ID: groupLearn, Title: "Learn:"},
		&cobra.Group{ID: groupTeach, Title: "Teach:"},
		&cobra.Group{ID: groupAuthor, Title: "Write and publish:"},
		&cobra.Group{ID: groupOther, Title: "Help:"},
	)
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	root.AddCommand(
		a.serveCommand(), a.listCommand(), a.startCommand(), a.shellCommand(), a.checkCommand(), a.watchCommand(),
		a.hintCommand(), a.solutionCommand(), a.packCommand(), a.resetCommand(), a.downCommand(), a.nodeCommand(), a.worldCommand(),
		a.gradeCommand(), a.gradeWorkerCommand(), a.auditCommand(),
		a.proveCommand(), a.buildCommand(), a.bookCommand(), a.newCommand(),
		a.imageCommand(), a.kindCommand(), a.doctorCommand(), a.versionCommand(),
	)
	root.AddCommand(helpTopics()...)
	return root
}

const (
	groupLearn  = "learn"
	groupTeach  = "teach"
	groupAuthor = "author"
	groupOther  = "other"
)

// work returns the folder of the workspaces: the one that was named, that of the checkout, or one that
// the current folder lies in or beside.
func (a *app) work(c *course) workspace.Root {
	switch {
	case a.workDir != "":
		return workspace.Root{Dir: a.workDir}
	case os.Getenv(workEnv) != "":
		return workspace.Root{Dir: os.Getenv(workEnv)}
	case c.root != "":
		return workspace.Root{Dir: filepath.Join(c.root, workName)}
	}
	if dir, err := os.Getwd(); err == nil {
		if found := workAround(dir); found != "" {
			return workspace.Root{Dir: found}
		}
	}
	return workspace.Root{Dir: workName}
}

const (
	workName = "work"
	workEnv  = "SLIPWAY_WORK" // set by slipway shell, for the commands typed in it
)

// workAround returns the nearest folder of workspaces at dir, above it, or called work beside one of these.
func workAround(dir string) string {
	for {
		for _, at := range []string{dir, filepath.Join(dir, workName)} {
			if workspace.IsRoot(at) {
				return at
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// style says how to lay out text for the terminal that out is, if it is one.
func (a *app) style() verdict.Style {
	var s verdict.Style
	f, ok := a.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return s
	}
	s.Width, _, _ = term.GetSize(int(f.Fd())) // 0 where it cannot be told
	s.Colour = !a.noColour && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return s
}

// say prints to standard output.
func (a *app) say(format string, args ...any) { fmt.Fprintf(a.out, format, args...) }

// note prints to standard error what is not the answer itself, such as progress.
func (a *app) note(format string, args ...any) { fmt.Fprintf(a.err, format, args...) }

// cacheDir is the folder for what can be made again: build caches and highlighted code.
func cacheDir() (string, error) {
	if dir := os.Getenv("SLIPWAY_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a cache folder: %w: set SLIPWAY_CACHE to one", err)
	}
	return filepath.Join(dir, "slipway"), nil
}
