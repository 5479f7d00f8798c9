//go:build unix

package classtest

import "syscall"

func mkfifo(name string) error { return syscall.Mkfifo(name, 0o666) }
