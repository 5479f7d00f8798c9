package main

import (
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/labs/engine"
	"github.com/spf13/cobra"
)

//go:embed grading.txt
var gradingHelp string

// helpTopics are pages that slipway help shows beside those of the commands.
func helpTopics() []*cobra.Command {
	return []*cobra.Command{
		{
			Use:   "exit-codes",
			Short: "What the program's exit codes mean",
			Long: `Slipway ends with

    0  done; for slipway check: the exercise is solved
    1  the work is not right yet; for slipway prove: something is not proven; for slipway grade: the gradebook
       is written, and something wants a person's eyes
    2  the command line is wrong, or asks for what is not there or cannot be had, such as a port in use
    3  a fault that is not the learner's, such as a full disk
  130  interrupted, by Ctrl-C for instance

except that slipway shell hands on the exit code of the shell or command that it ran, or 128 and the
number of the signal that ended it.`,
		},
		{
			Use:   "environment",
			Short: "Which environment variables are read, and what commands run with",
			Long: `Slipway reads

  NO_COLOR        print without colour
  SLIPWAY_CACHE   folder for build caches and highlighted code (default: slipway in your cache folder)
  SLIPWAY_WORK    folder of the workspaces; slipway shell sets it
  SHELL           the shell that slipway shell starts

Checks run with an environment made from nothing: a home folder, GOPATH and GOMODCACHE of their own,
GOENV=off, GOTOOLCHAIN=local, no GOFLAGS, and GOPROXY and GOSUMDB set to the course's own on
127.0.0.1. Your own module cache and the settings of go env -w are never touched.`,
		},
		{
			Use:   "grading",
			Short: "How to grade a class: what is handed in, hidden checks, isolation, lateness",
			Long:  strings.TrimSpace(gradingHelp),
		},
		{
			Use:   "checks",
			Short: "The commands that checks are written in, for authors",
			Long:  checksHelp(),
		},
	}
}

func writeUsages(b *strings.Builder, usages map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(usages)) {
		b.WriteString("  " + usages[name] + "\n")
	}
}

func checksHelp() string {
	var b strings.Builder
	b.WriteString("A check is a testscript with these commands:\n\n")
	all := check.Usages(nil)
	writeUsages(&b, all)
	b.WriteString("\nA check of a lab has these besides; apply is for setup.txt and reset.txt alone:\n\n")
	ofLabs := engine.Usages()
	maps.DeleteFunc(ofLabs, func(name, _ string) bool { return all[name] != "" })
	writeUsages(&b, ofLabs)
	b.WriteString("\nTo prepare, it may use testscript's " + strings.Join(check.Builtins(), ", ") + ". $FILES holds the files/… of\nchecks.txtar; the current folder is a copy of the workspace.")
	return b.String()
}
