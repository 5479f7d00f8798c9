//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// read reads a file by each way that leads to a root.
func read(args []string) error {
	ways := []string{"", "/proc/self/root", "/proc/1/root", "/proc/1/cwd", "/proc/self/cwd/../../../../../..", "/proc/self/task/1/root"}
	var errs []error
	for _, w := range ways {
		_, err := os.ReadFile(w + args[0])
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// search looks for a text, which it is given in two halves, in the environments and command lines of all processes.
func search(args []string) error {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range append(files, lines...) {
		text, _ := os.ReadFile(f)
		if bytes.Contains(text, []byte(args[0]+args[1])) {
			return nil
		}
	}
	return errors.New("found nowhere")
}

func list(args []string) error {
	entries, err := os.ReadDir(args[0])
	if err == nil && len(entries) == 0 {
		return errors.New("empty")
	}
	return err
}

// write changes a file, or adds one to a folder.
func write(args []string) error {
	info, err := os.Stat(args[0])
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.WriteFile(filepath.Join(args[0], "planted"), []byte("x"), 0o644)
	}
	_ = os.Chmod(args[0], 0o777)
	f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("x")
	return err
}

// descriptors looks for open files beside the three that a program has.
func descriptors([]string) error {
	for fd := 3; fd < 1024; fd++ {
		path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err != nil {
			continue
		}
		// The runtime's own.
		if path == "anon_inode:[eventpoll]" || path == "anon_inode:[eventfd]" || path == "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size" {
			continue
		}
		fmt.Println(fd, path)
		return nil
	}
	return errors.New("none")
}

// handle opens files by number: the root of a file system has a low one.
func handle([]string) error {
	at, err := unix.Open("/usr", unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	_, err = unix.OpenByHandleAt(at, unix.NewFileHandle(1, []byte{2, 0, 0, 0, 0, 0, 0, 0}), unix.O_RDONLY)
	return err
}

func mount([]string) error {
	err := unix.Mount("/usr", "/tmp", "", unix.MS_BIND, "")
	if err != nil {
		err = unix.Mount("none", "/tmp", "tmpfs", 0, "")
	}
	if err != nil {
		_, err = unix.OpenTree(unix.AT_FDCWD, "/usr", unix.OPEN_TREE_CLONE)
	}
	if err != nil {
		err = unix.Unmount("/proc", unix.MNT_DETACH)
	}
	if err != nil {
		err = unix.Mount("", "/usr", "", unix.MS_REMOUNT|unix.MS_BIND, "")
	}
	return err
}
