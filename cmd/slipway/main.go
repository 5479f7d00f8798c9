// Slipway teaches Go modules and Kubernetes clusters by doing: it serves the course, runs the
// exercises and tells what is wrong and why.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/slipway-workshop/slipway/labs/host/ociruntime"
)

func main() {
	// A container engine calls the runtime for every container: it goes before all else.
	if filepath.Base(os.Args[0]) == ociruntime.Name {
		os.Exit(ociruntime.Main(os.Args, os.Stderr))
	}
	// A pipe that is closed, as in slipway check | head, fails writes and ends nothing, so that what was
	// begun is tidied up. The signal is caught, not ignored, since programs that we start inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
