package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lowRoom is how little a disk may have left before what goes wrong is put down to that. Compiling one
// exercise takes more than half of it.
const lowRoom = 256 << 20

// A store is a folder that slipway writes to.
type store struct {
	name string
	dir  string
	move string // how to have it elsewhere
}

// stores are the folders that every command may write to.
func (a *app) stores() []store {
	all := []store{
		{"workspaces", a.work(&course{}).Dir, "name another folder with --work DIR"},
		{"temporary files", os.TempDir(), "set TMPDIR to a folder on another disk"},
	}
	if dir, err := cacheDir(); err == nil {
		all = append(all, store{"cache", dir, "set SLIPWAY_CACHE to a folder on another disk"})
	}
	return all
}

// full says how little room is left for a store; nothing where there is enough, or it cannot be told.
func (s store) full(free func(dir string) (uint64, error)) string {
	left, err := free(nearest(s.dir))
	if err != nil || left >= lowRoom {
		return ""
	}
	return fmt.Sprintf("only %d MB are left in %s", left>>20, s.dir)
}

// nearest is a folder, or the next one above it that is there.
func nearest(dir string) string {
	dir = cmp.Or(dir, ".")
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// noSpace is what systems, the go command and container engines say of a full disk.
const noSpace = "no space left on device"

// explainRoom returns what to do about an error that a full disk may have caused: programs that we run
// say many other things then. err may be nil, where a check has told its fault already.
func explainRoom(err error, stores []store, free func(string) (uint64, error)) string {
	var lines []string
	for _, s := range stores {
		if found := s.full(free); found != "" {
			lines = append(lines, fmt.Sprintf("%s, for %s: make room there, or %s\n", found, s.name, s.move))
		}
	}
	if lines == nil && err != nil && strings.Contains(err.Error(), noSpace) && !strings.Contains(err.Error(), "the disk is full") {
		return "The disk of what could not be written is full: make room there, and type the command again.\n"
	}
	return strings.Join(lines, "")
}
