//go:build !unix || aix || solaris

package sandbox

import (
	"context"
	"os/exec"
)

// KillsGroups reports whether a deadline ends what a command started too.
const KillsGroups = false

func group(*exec.Cmd) {}

// wait waits for a command, which it ends when ctx is done.
func wait(ctx context.Context, cmd *exec.Cmd) error {
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	return cmd.Wait()
}
