package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalled is why a context ended: a signal asked for it.
type signalled struct{ syscall.Signal }

func (s signalled) Error() string {
	if s.Signal == syscall.SIGTERM {
		return "SIGTERM"
	}
	return "SIGINT"
}

// withSignals returns a context that ends when the program is asked to end. Process 1 of a container
// has no default for signals: one that is not caught is not delivered.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGTERM, os.Interrupt)
	go func() {
		if sig, ok := <-caught; ok {
			cancel(signalled{sig.(syscall.Signal)})
		}
	}()
	return ctx, func() { signal.Stop(caught); close(caught) }
}

// pause waits for d, or until ctx ends, whose cause it then returns.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// forever waits until ctx ends.
func forever(ctx context.Context) error {
	<-ctx.Done()
	return context.Cause(ctx)
}
