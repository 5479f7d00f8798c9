package check

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

func cmdRun(s *Session, neg bool, args []string) (Outcome, error) {
	out, _, err := s.Program(neg, args)
	return out, err
}

// Program runs a program of the workspace, a script among them through sh, or one on PATH, and judges
// how it ended.
func (s *Session) Program(neg bool, args []string) (Outcome, sandbox.Result, error) {
	if len(args) == 0 {
		return Outcome{}, sandbox.Result{}, errors.New("usage: [!] run PROGRAM ARGS…")
	}
	command, shown := s.program(args)
	res, err := s.Run(ShellLine(shown), sandbox.Command{Args: command})
	if err != nil {
		var fault Fault
		if errors.As(err, &fault) {
			return Outcome{}, res, err
		}
		return Found("%s cannot be run: %v", args[0], err), res, nil
	}
	return s.Ran(neg), res, nil
}

// program returns the command line for a program, and how the learner would type it.
func (s *Session) program(args []string) (command, shown []string) {
	file := s.Abs(args[0])
	info, err := os.Stat(file)
	switch {
	case strings.HasSuffix(args[0], ".sh"):
		return append([]string{"/bin/sh", file}, args[1:]...), append([]string{"sh"}, args...)
	case err == nil && info.Mode().IsRegular() || strings.ContainsRune(args[0], '/'):
		return append([]string{file}, args[1:]...), args
	}
	for _, dir := range filepath.SplitList(s.ts.Getenv("PATH")) {
		if path := filepath.Join(dir, args[0]); executable(path) {
			return append([]string{path}, args[1:]...), args
		}
	}
	return args, args
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
