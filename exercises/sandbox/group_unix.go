//go:build unix && !aix && !solaris

package sandbox

import (
	"context"
	"os/exec"
	"syscall"
)

// KillsGroups reports whether a deadline ends what a command started too.
const KillsGroups = true

// group makes cmd the leader of a process group.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// wait waits for a command, whose group it ends when the command has ended or ctx is done. The group
// gets the signal before its leader is reaped: until then no other group can have its number.
func wait(ctx context.Context, cmd *exec.Cmd) error {
	end := func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	ended := make(chan error, 1)
	go func() { ended <- awaitExit(cmd.Process.Pid) }()
	var unknown error // the system does not tell of the exit
	select {
	case unknown = <-ended:
	case <-ctx.Done():
		end()
		unknown = <-ended
	}
	if unknown != nil {
		stop := context.AfterFunc(ctx, end)
		defer stop()
		return cmd.Wait()
	}
	end()
	return cmd.Wait()
}
