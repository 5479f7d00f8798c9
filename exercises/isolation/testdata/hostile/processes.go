//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// survive leaves a process in a session of its own, which writes to a file a second later. With a second argument it
// does not end itself.
func survive(args []string) error {
	cmd := exec.Command("/bin/sh", "-c", "trap '' TERM HUP INT; sleep 1; echo survived >"+args[0]+"; sleep 30")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr // which keeps them open
	if err := cmd.Start(); err != nil {
		return err
	}
	if len(args) > 1 {
		time.Sleep(time.Minute)
	}
	return nil
}

// killAll signals every process that it can name, but itself and what must live in its own namespace.
func killAll([]string) error {
	runtime.LockOSThread()
	killed := 0
	for pid := 2; pid < 1<<16; pid++ {
		if pid == os.Getpid() || unix.Kill(pid, 0) != nil {
			continue
		}
		if own, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil && strings.Contains(string(own), "hostile") {
			continue // a thread of this one
		}
		_ = unix.Kill(pid, unix.SIGKILL)
		killed++
	}
	_ = unix.Kill(1, unix.SIGKILL)
	if killed == 0 {
		return errors.New("there is none")
	}
	return nil
}

func forkBomb([]string) error {
	for {
		cmd := exec.Command("/proc/self/exe", "fork-bomb")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		_ = cmd.Start()
	}
}

func burn([]string) error {
	for n := 0; ; {
		n++
	}
}

// burnAll burns in many processes, none of which reaches a limit by itself.
func burnAll([]string) error {
	for {
		var all []*exec.Cmd
		for range 2 {
			cmd := exec.Command("/bin/sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done")
			if err := cmd.Start(); err != nil {
				return err
			}
			all = append(all, cmd)
		}
		for _, cmd := range all {
			_ = cmd.Wait()
		}
	}
}

func sleep([]string) error {
	time.Sleep(time.Hour)
	return nil
}
