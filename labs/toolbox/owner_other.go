//go:build !unix

package main

import "io/fs"

// owner is unknown where files have no numbered owner.
func owner(fs.FileInfo) (uid, gid string) { return "-", "-" }
