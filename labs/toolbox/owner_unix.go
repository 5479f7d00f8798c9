//go:build unix

package main

import (
	"io/fs"
	"strconv"
	"syscall"
)

// owner is the user and the group of a file, as numbers.
func owner(info fs.FileInfo) (uid, gid string) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "-", "-"
	}
	return strconv.FormatUint(uint64(stat.Uid), 10), strconv.FormatUint(uint64(stat.Gid), 10)
}
