// Slipway teaches Go modules and Kubernetes clusters by doing: it serves the course, runs the
// exercises and tells what is wrong and why.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// A pipe that is closed, as in slipway check | head, fails writes and ends nothing, so that what was
	// begun is tidied up. The signal is caught, not ignored, since programs that we start inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
