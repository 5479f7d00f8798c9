package main

import (
	"context"
	"flag"
	"fmt"
	"time"
)

func burnCommand() command {
	return command{
		name: "burn", short: "uses processor time",
		flags: func(set *flag.FlagSet) action {
			b := &burn{}
			set.IntVar(&b.cpus, "cpus", 1, "`NUMBER` of processors to keep busy")
			set.DurationVar(&b.duration, "duration", 0, "`TIME` to go on; for ever if 0")
			return b.run
		},
	}
}

type burn struct {
	cpus     int
	duration time.Duration
}

func (b *burn) run(ctx context.Context, c *call) error {
	fmt.Fprintf(c.stdout, "keeps %d processors busy\n", b.cpus)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for range b.cpus {
		go spin(ctx)
	}
	if b.duration > 0 {
		return pause(ctx, b.duration)
	}
	return forever(ctx)
}

func spin(ctx context.Context) {
	for ctx.Err() == nil {
		for range 1_000_000 {
		}
	}
}
