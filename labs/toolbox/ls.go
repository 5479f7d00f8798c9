package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func lsCommand() command {
	return command{
		name: "ls", args: "[PATH…]", short: "lists files: mode, user and group number, size, name",
		flags: plain(func(_ context.Context, c *call) error {
			paths := c.args
			if len(paths) == 0 {
				paths = []string{"."}
			}
			for _, path := range paths {
				if err := ls(c, path); err != nil {
					return err
				}
			}
			return nil
		}),
	}
}

func ls(c *call, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return lsLine(c, path, path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := lsLine(c, filepath.Join(path, e.Name()), e.Name()); err != nil {
			return err
		}
	}
	return nil
}

func lsLine(c *call, path, name string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err := os.Readlink(path); err == nil {
			name += " -> " + target
		}
	}
	uid, gid := owner(info)
	_, err = fmt.Fprintf(c.stdout, "%s %5s %5s %9d %s\n", info.Mode(), uid, gid, info.Size(), name)
	return err
}
