package main

import (
	"context"
	"flag"
	"io"
	"os"
	"time"
)

func catCommand() command {
	return command{
		name: "cat", args: "[FILE…]", short: "prints files, or standard input",
		flags: func(set *flag.FlagSet) action {
			follow := set.Bool("follow", false, "go on as the last file grows")
			return func(ctx context.Context, c *call) error { return cat(ctx, c, *follow) }
		},
	}
}

func cat(ctx context.Context, c *call, follow bool) error {
	if len(c.args) == 0 {
		_, err := io.Copy(c.stdout, c.stdin)
		return err
	}
	for i, name := range c.args {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		_, err = io.Copy(c.stdout, f)
		for last := i == len(c.args)-1; err == nil && follow && last; {
			if err = pause(ctx, 200*time.Millisecond); err == nil {
				_, err = io.Copy(c.stdout, f)
			}
		}
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
