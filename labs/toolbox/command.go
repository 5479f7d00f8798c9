package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// A command is one thing that toolbox does.
type command struct {
	name  string
	args  string // as the usage shows them: URL…
	short string // one line
	long  string // what the line leaves open, as Markdown; may be empty
	min   int    // arguments that there must be
	raw   bool   // all arguments are taken as they are: there are no flags
	tidy  bool   // ends by itself when the context does; any other command is left where it is

	// flags declares the flags and returns what runs once they are parsed.
	flags func(*flag.FlagSet) action
}

type action func(ctx context.Context, c *call) error

// find returns the command that argv asks for: by the name of the program, or by its first argument.
func find(argv []string) (command, []string, error) {
	if cmd, ok := named(strings.TrimSuffix(filepath.Base(argv[0]), ".exe")); ok {
		return cmd, argv[1:], nil
	}
	if len(argv) < 2 {
		return command{}, nil, usagef("no command given: type toolbox --help")
	}
	name := strings.TrimLeft(argv[1], "-") // --help, --list and --manual are commands too
	if cmd, ok := named(cmp.Or(map[string]string{"h": "help"}[name], name)); ok {
		return cmd, argv[2:], nil
	}
	return command{}, nil, usagef("unknown command %q: type toolbox --help", argv[1])
}

func named(name string) (command, bool) {
	for _, cmd := range commands() {
		if cmd.name == name {
			return cmd, true
		}
	}
	return command{}, false
}

// parse reads the flags, which may stand before, between and after the arguments, up to "--".
func (cmd command) parse(args []string) (action, []string, error) {
	set := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	act := cmd.flags(set)
	if cmd.raw {
		return act, args, nil
	}
	rest, err := parseAll(set, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return func(_ context.Context, c *call) error { return cmd.help(c.stdout) }, nil, nil
	case err != nil:
		return nil, nil, usagef("%v: type toolbox help %s", err, cmd.name)
	case len(rest) < cmd.min:
		return nil, nil, usagef("%s is missing: type toolbox help %s", cmd.args, cmd.name)
	case cmd.args == "" && len(rest) > 0:
		return nil, nil, usagef("takes no argument such as %q: type toolbox help %s", rest[0], cmd.name)
	}
	return act, rest, nil
}

func parseAll(set *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := set.Parse(args); err != nil {
			return nil, err
		}
		left := set.Args()
		if ended := len(args) - len(left); len(left) == 0 || ended > 0 && args[ended-1] == "--" {
			return append(rest, left...), nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

// run runs a parsed command, at the longest until ctx ends.
func (cmd command) run(ctx context.Context, act action, c *call) error {
	if cmd.tidy {
		return act(ctx, c)
	}
	done := make(chan error, 1)
	go func() { done <- act(ctx, c) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// usage is the command with its arguments, as one types it.
func (cmd command) usage() string {
	line := cmd.name
	if cmd.hasFlags() {
		line += " [flags]"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s", line, cmd.args))
}

func (cmd command) hasFlags() bool {
	has := false
	set := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	cmd.flags(set)
	set.VisitAll(func(*flag.Flag) { has = true })
	return has
}

// plain is for commands without flags.
func plain(act action) func(*flag.FlagSet) action {
	return func(*flag.FlagSet) action { return act }
}
