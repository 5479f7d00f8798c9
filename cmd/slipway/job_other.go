//go:build !unix

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// A job is the command of a shell, which can only be killed here.
type job struct {
	cmd     *exec.Cmd
	signals []os.Signal
}

func newJob(cmd *exec.Cmd, _ bool) *job { return &job{cmd, []os.Signal{syscall.SIGTERM}} }

func (j *job) end(_ os.Signal, ended <-chan error) {
	_ = j.cmd.Process.Kill()
	<-ended
}
