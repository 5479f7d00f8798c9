package ociruntime

import (
	"path"
	"strings"
)

// switches are the flags of runc that take no value; every other takes one.
var switches = map[string]bool{
	"debug": true, "systemd-cgroup": true, "help": true, "h": true, "version": true, "v": true,
	"no-pivot": true, "no-new-keyring": true, "detach": true, "d": true, "keep": true, "no-subreaper": true,
	"tty": true, "t": true, "no-new-privs": true, "ignore-paused": true,
	"tcp-established": true, "ext-unix-sk": true, "shell-job": true, "file-locks": true, "auto-dedup": true, "lazy-pages": true,
}

// A Document is a file of configuration that holds capabilities.
type Document struct {
	Path string
	// Process says that the file is a process object, not a whole container.
	Process bool
}

// Args finds the document that a command line of runc is about: config.json in the bundle for create,
// run and restore, the file of --process for exec. Path is empty where there is none: other commands,
// and an exec that names its command on the line, whose capabilities runc takes from the container.
// The bundle is the folder that runc starts in unless a flag says otherwise.
func Args(args []string) Document {
	_, rest := flags(args)
	if len(rest) == 0 {
		return Document{}
	}
	given, _ := flags(rest[1:])
	switch rest[0] {
	case "create", "run", "restore":
		return Document{Path: path.Join(first(given, "bundle", "b"), "config.json")}
	case "exec":
		return Document{Path: first(given, "process", "p"), Process: true}
	}
	return Document{}
}

// Log is the file that runc is told to log to, if any.
func Log(args []string) string {
	given, _ := flags(args)
	return given["log"]
}

// flags reads the flags that args begins with, as Go's flag package does: with one dash or two, the
// value after "=" or in the next argument, the last one of a name counting; -- or the first argument
// that is no flag ends them.
func flags(args []string) (given map[string]string, rest []string) {
	given = map[string]string{}
	for len(args) > 0 {
		arg := args[0]
		if len(arg) < 2 || arg[0] != '-' {
			break
		}
		args = args[1:]
		if arg == "--" {
			break
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		if !ok && !switches[name] && len(args) > 0 {
			value, args = args[0], args[1:]
		}
		given[name] = value
	}
	return given, args
}

func first(given map[string]string, names ...string) string {
	for _, name := range names {
		if v := given[name]; v != "" {
			return v
		}
	}
	return ""
}
