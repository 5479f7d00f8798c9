//go:build unix

package image

import (
	"os/exec"
	"syscall"
)

// interruptible gives a command a process group, all of which is interrupted when its context is done: a
// program like mmdebstrap leaves the tidying up to the processes that it started.
func interruptible(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}
