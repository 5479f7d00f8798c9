// Toolbox is the one program of the only workload image that labs use: servers that echo, are slow or
// fail, clients that say why they failed, DNS lookup, load, files, and things that eat memory or
// processor time. It is static, needs no shell, and runs as any user and as process 1.
//
// It runs as the command by whose name it is called (argv[0]), or by its first argument:
//
//	toolbox serve --port 8080 --delay 2s
//	client http://web.demo
//
// README.md holds the manual of all commands, as "toolbox --manual" prints it from the table in
// commands.go.
package main

import (
	"context"
	"io"
	"io/fs"
	"os"
)

func main() {
	ctx, stop := withSignals(context.Background())
	code := run(ctx, os.Args, &call{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, files: os.DirFS("/"),
	})
	stop()
	os.Exit(code)
}

// A call is one run of a command, with all that it touches outside of itself.
type call struct {
	args           []string // without flags
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	files          fs.FS // the file system from its root, for what the kernel and the kubelet tell there
}

// run runs the command that argv names and returns the exit code.
func run(ctx context.Context, argv []string, c *call) int {
	cmd, args, err := find(argv)
	if err != nil {
		return report(c.stderr, "toolbox", err)
	}
	act, rest, err := cmd.parse(args)
	if err != nil {
		return report(c.stderr, cmd.name, err)
	}
	c.args = rest
	return report(c.stderr, cmd.name, cmd.run(ctx, act, c))
}
