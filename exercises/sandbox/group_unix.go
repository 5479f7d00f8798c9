//go:build unix

package sandbox

import (
	"os/exec"
	"syscall"
)

// KillsGroups reports whether a deadline ends what a command started too.
const KillsGroups = true

// group makes cmd the leader of a process group, and a done context the end of that group.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		killGroup(cmd)
		return nil
	}
}

// killGroup ends all that is left of the command's group. The group id cannot have been given away
// while a member lives; when none does, the signal goes nowhere.
func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
