//go:build !unix

package image

import "os/exec"

// interruptible leaves a command to be ended at once, as nothing else can be told to it.
func interruptible(*exec.Cmd) {}
