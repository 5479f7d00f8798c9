//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const megabyte = 1 << 20

func touch(b []byte) {
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
}

// hog takes as many megabytes as it is told, and holds them for a while when there is a second argument.
func hog(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var all [][]byte
	for range n {
		b := make([]byte, megabyte)
		touch(b)
		all = append(all, b)
	}
	if len(args) > 1 {
		time.Sleep(2 * time.Second)
	}
	fmt.Println(len(all))
	return nil
}

// hogMany takes it in eight processes at once.
func hogMany(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var all []*exec.Cmd
	for range 8 {
		cmd := exec.Command(os.Args[0], "hog", strconv.Itoa(n/8), "hold")
		if err := cmd.Start(); err != nil {
			return err
		}
		all = append(all, cmd)
	}
	var errs []error
	for _, cmd := range all {
		errs = append(errs, cmd.Wait())
	}
	return errors.Join(errs...)
}

// hogMemfd takes it in a file that is nowhere, written rather than mapped.
func hogMemfd(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	b := make([]byte, megabyte)
	for range n / 16 {
		fd, err := unix.MemfdCreate("hog", 0)
		if err != nil {
			return err
		}
		for range 16 {
			if _, err := unix.Write(fd, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// hogShm takes it in a System V segment that no process has mapped.
func hogShm(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	for range n / 16 {
		id, err := unix.SysvShmGet(0, 16*megabyte, 0o600|unix.IPC_CREAT)
		if err != nil {
			return err
		}
		b, err := unix.SysvShmAttach(id, 0, 0)
		if err != nil {
			return err
		}
		touch(b)
		if err := unix.SysvShmDetach(b); err != nil {
			return err
		}
	}
	return nil
}

// fill writes as many megabytes as it is told, in files of four.
func fill(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	b := make([]byte, 4*megabyte)
	for i := range n / 4 {
		if err := os.WriteFile(fmt.Sprintf("%s/fill%d", args[0], i), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func fillInodes(args []string) error {
	for i := range 1 << 20 {
		if err := os.Mkdir(fmt.Sprintf("%s/%d", args[0], i), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// printMuch prints ten gigabytes.
func printMuch([]string) error {
	b := make([]byte, megabyte)
	for range 10 << 10 {
		if _, err := os.Stdout.Write(b); err != nil {
			return err
		}
	}
	return nil
}
