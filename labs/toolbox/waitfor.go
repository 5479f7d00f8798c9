package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"time"
)

func waitForCommand() command {
	return command{
		name: "wait-for", args: "TARGET", min: 1, short: "waits until something is there, as an init container would",
		long: "A target is `http://…` or `https://…` (a status below 400), `tcp://host:port` (a connection), `dns://name` (an address)\n" +
			"or `file:///path`. Each reason to wait on is told once. Exit codes: 0 it is there, 2 usage, 5 it did not come in time.",
		flags: func(set *flag.FlagSet) action {
			w := &waiter{client: client{method: "GET", timeout: 2 * time.Second}}
			set.DurationVar(&w.timeout, "timeout", time.Minute, "`TIME` to wait; 0 for ever")
			set.DurationVar(&w.every, "every", time.Second, "`TIME` between two looks")
			w.client.trust(set)
			return w.run
		},
	}
}

type waiter struct {
	client         client
	timeout, every time.Duration
}

func (w *waiter) run(ctx context.Context, c *call) error {
	begin := time.Now()
	last := ""
	for {
		missing, err := w.look(ctx, c, c.args[0])
		switch {
		case err != nil:
			return err
		case missing == nil:
			fmt.Fprintf(c.stdout, "%s is there\n", c.args[0])
			return nil
		case w.timeout > 0 && time.Since(begin)+w.every > w.timeout:
			return failed(kindTimeout, fmt.Errorf("%s is not there after %s: %w", c.args[0], w.timeout, missing))
		}
		if text := missing.Error(); text != last {
			fmt.Fprintf(c.stdout, "waiting: %s\n", text)
			last = text
		}
		if err := pause(ctx, w.every); err != nil {
			return err
		}
	}
}

// look looks once. missing is why the target is not there yet.
func (w *waiter) look(ctx context.Context, c *call, target string) (missing, err error) {
	scheme, rest, _ := strings.Cut(target, "://")
	switch scheme {
	case "file":
		_, missing = fs.Stat(c.files, strings.Trim(rest, "/"))
		return missing, nil
	case "dns":
		_, missing = net.DefaultResolver.LookupHost(ctx, rest)
		return missing, nil
	case "udp":
		return nil, usagef("nothing tells whether a UDP port is open")
	}
	o, err := w.client.ask(ctx, c, target)
	return o.err, err
}
