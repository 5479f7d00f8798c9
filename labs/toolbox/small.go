package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

func exitCommand() command {
	return command{
		name: "exit", args: "[CODE]", short: "ends with an exit code",
		flags: func(set *flag.FlagSet) action {
			after := set.Duration("after", 0, "`TIME` before the end")
			message := set.String("message", "", "`TEXT` to print on standard error first")
			return func(ctx context.Context, c *call) error {
				code := 0
				if len(c.args) > 0 {
					n, err := strconv.ParseUint(c.args[0], 10, 8)
					if err != nil {
						return usagef("%q is not an exit code from 0 to 255", c.args[0])
					}
					code = int(n)
				}
				if *message != "" {
					fmt.Fprintln(c.stderr, *message)
				}
				if err := pause(ctx, *after); err != nil {
					return err
				}
				return exitError{code: code}
			}
		},
	}
}

func sleepCommand() command {
	return command{
		name: "sleep", args: "[TIME]", short: "waits, for ever without a time; a number alone means seconds",
		flags: plain(func(ctx context.Context, c *call) error {
			if len(c.args) == 0 || c.args[0] == "infinity" {
				return forever(ctx)
			}
			text := c.args[0]
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				text += "s"
			}
			d, err := time.ParseDuration(text)
			if err != nil {
				return usagef("%q is not a time such as 2s", c.args[0])
			}
			return pause(ctx, d)
		}),
	}
}

func echoCommand() command {
	return command{
		name: "echo", args: "TEXT…", short: "prints its arguments", raw: true,
		flags: plain(func(_ context.Context, c *call) error {
			_, err := fmt.Fprintln(c.stdout, strings.Join(c.args, " "))
			return err
		}),
	}
}

func trueCommand() command {
	return command{
		name: "true", args: "[…]", short: "succeeds", raw: true,
		flags: plain(func(context.Context, *call) error { return nil }),
	}
}

func falseCommand() command {
	return command{
		name: "false", args: "[…]", short: "fails with exit code 1", raw: true,
		flags: plain(func(context.Context, *call) error { return exitError{code: 1} }),
	}
}

func envCommand() command {
	return command{
		name: "env", args: "[NAME…]", short: "prints the environment, sorted, or the values of some names",
		long: "Exit code 1 where a name is not set.",
		flags: plain(func(_ context.Context, c *call) error {
			if len(c.args) == 0 {
				for _, line := range slices.Sorted(slices.Values(os.Environ())) {
					fmt.Fprintln(c.stdout, line)
				}
				return nil
			}
			var errs []error
			for _, name := range c.args {
				value, ok := os.LookupEnv(name)
				if !ok {
					errs = append(errs, fmt.Errorf("%s is not set", name))
					continue
				}
				fmt.Fprintln(c.stdout, value)
			}
			return errors.Join(errs...)
		}),
	}
}

func hostnameCommand() command {
	return command{
		name: "hostname", short: "prints the host name, which in a pod is the pod's name",
		flags: plain(func(_ context.Context, c *call) error {
			name, err := os.Hostname()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.stdout, name)
			return err
		}),
	}
}
