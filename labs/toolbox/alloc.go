package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

func allocCommand() command {
	return command{
		name: "alloc", args: "SIZE", min: 1, short: "takes memory, touches every page of it, and holds it",
		long: "With --step it takes so much at a time until it has SIZE, and says how far it is.",
		flags: func(set *flag.FlagSet) action {
			a := &alloc{}
			set.Var(&a.step, "step", "`SIZE` of one step; all at once if empty")
			set.DurationVar(&a.every, "every", time.Second, "`TIME` between steps")
			set.DurationVar(&a.hold, "hold", 0, "`TIME` to hold the memory; for ever if 0")
			return a.run
		},
	}
}

type alloc struct {
	step        size
	every, hold time.Duration
}

func (a *alloc) run(ctx context.Context, c *call) error {
	goal, err := parseSize(c.args[0])
	if err != nil {
		return usagef("%v", err)
	}
	step := int64(a.step)
	if step <= 0 {
		step = goal
	}
	var held [][]byte
	for taken := int64(0); taken < goal; {
		if taken > 0 {
			if err := pause(ctx, a.every); err != nil {
				return err
			}
		}
		held = append(held, touched(min(step, goal-taken)))
		taken += int64(len(held[len(held)-1]))
		fmt.Fprintf(c.stdout, "holds %d of %d bytes\n", taken, goal)
	}
	if a.hold > 0 {
		err = pause(ctx, a.hold)
	} else {
		err = forever(ctx)
	}
	runtime.KeepAlive(held)
	return err
}

// touched returns memory that is really there: a page is, once it was written to.
func touched(bytes int64) []byte {
	block := make([]byte, bytes)
	for i := 0; i < len(block); i += os.Getpagesize() {
		block[i] = 1
	}
	return block
}
