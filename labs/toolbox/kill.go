package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

func killCommand() command {
	return command{
		name: "kill", args: "PROCESS", min: 1, short: "sends a signal to a process, by its number",
		long: "The container's own program is process 1. The kernel delivers to it only signals that it handles: it cannot be killed\n" +
			"with KILL from inside of the container.",
		flags: func(set *flag.FlagSet) action {
			name := set.String("signal", "TERM", "`SIGNAL` to send: TERM, INT or KILL")
			return func(_ context.Context, c *call) error { return kill(c.args[0], *name) }
		},
	}
}

func kill(number, name string) error {
	pid, err := strconv.Atoi(number)
	if err != nil || pid < 1 {
		return usagef("%q is not the number of a process", number)
	}
	sig, ok := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}[strings.TrimPrefix(name, "SIG")]
	if !ok {
		return usagef("signal %q is none of TERM, INT, KILL", name)
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	if err := p.Signal(sig); err != nil {
		return fmt.Errorf("send %s to process %d: %w", name, pid, err)
	}
	return nil
}
