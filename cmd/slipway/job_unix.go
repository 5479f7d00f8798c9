//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// A job is the command of a shell. At a terminal it stays in our process group, which the terminal
// signals; elsewhere it leads a group of its own, so that what it started ends with it.
type job struct {
	cmd     *exec.Cmd
	group   bool
	signals []os.Signal // to hand on
}

func newJob(cmd *exec.Cmd, terminal bool) *job {
	if terminal {
		return &job{cmd, false, []os.Signal{syscall.SIGTERM, syscall.SIGHUP}}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return &job{cmd, true, []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT}}
}

// end hands a signal on, and returns when the command has ended. What is left of its group then is killed:
// jobs in the background ignore SIGINT. An interactive shell ignores SIGTERM, but ends upon SIGHUP and
// hands that on to its own jobs.
func (j *job) end(sig os.Signal, ended <-chan error) {
	j.signal(sig.(syscall.Signal))
	if !j.group {
		j.signal(syscall.SIGHUP)
	}
	grace := time.NewTimer(shellGrace)
	defer grace.Stop()
	select {
	case <-ended:
	case <-grace.C:
		j.signal(syscall.SIGKILL)
		<-ended
	}
	if j.group {
		j.signal(syscall.SIGKILL)
	}
}

func (j *job) signal(sig syscall.Signal) {
	if j.group {
		_ = syscall.Kill(-j.cmd.Process.Pid, sig) // its number is in use while a member lives, and freed numbers come up last
		return
	}
	_ = j.cmd.Process.Signal(sig)
}
