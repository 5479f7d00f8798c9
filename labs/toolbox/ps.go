package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

func psCommand() command {
	return command{
		name: "ps", short: "prints the processes it can see: number, parent, user, command line",
		flags: plain(func(_ context.Context, c *call) error {
			processes, err := processes(c.files)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.stdout, "%7s %7s %6s %s\n", "PID", "PPID", "UID", "COMMAND")
			for _, p := range processes {
				fmt.Fprintf(c.stdout, "%7d %7s %6s %s\n", p.pid, p.parent, p.user, p.command)
			}
			return nil
		}),
	}
}

type process struct {
	pid                   int
	parent, user, command string
}

func processes(fsys fs.FS) ([]process, error) {
	entries, err := fs.ReadDir(fsys, "proc")
	if err != nil {
		return nil, fmt.Errorf("read processes: %w", err)
	}
	var list []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		status, err := readStatus(fsys, e.Name())
		if err != nil {
			continue // it has ended meanwhile
		}
		user, _, _ := strings.Cut(status["Uid"], "\t")
		list = append(list, process{pid, status["PPid"], user, commandLine(fsys, e.Name(), status["Name"])})
	}
	slices.SortFunc(list, func(a, b process) int { return cmp.Compare(a.pid, b.pid) })
	return list, nil
}

// commandLine is what a process was started with; a thread of the kernel has only a name.
func commandLine(fsys fs.FS, pid, name string) string {
	line, _ := fs.ReadFile(fsys, "proc/"+pid+"/cmdline")
	if text := strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " ")); text != "" {
		return text
	}
	return "[" + name + "]"
}
