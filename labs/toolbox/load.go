package main

import (
	"context"
	"flag"
	"sync"
	"time"
)

func loadCommand() command {
	return command{
		name: "load", args: "URL", min: 1, short: "asks a server over and over, and sums up what came of it",
		long: "At the end, or on SIGTERM, prints how many requests there were, how they failed, which status they got, which server\n" +
			"answered (by the line `name:` of its body) and how long that took. Exit code 1 if any failed.",
		tidy: true,
		flags: func(set *flag.FlagSet) action {
			l := &load{client: client{method: "GET"}}
			set.Float64Var(&l.rate, "rate", 10, "`NUMBER` of requests a second; 0 for as many as there can be")
			set.DurationVar(&l.duration, "duration", 10*time.Second, "`TIME` to go on; 0 for ever")
			set.IntVar(&l.clients, "clients", 1, "`NUMBER` of requests that may run at once")
			set.DurationVar(&l.client.timeout, "timeout", 5*time.Second, "`TIME` for a request")
			set.BoolVar(&l.fresh, "fresh", false, "make a connection for each request")
			l.client.trust(set)
			return l.run
		},
	}
}

type load struct {
	client   client
	rate     float64
	duration time.Duration
	clients  int
	fresh    bool
}

func (l *load) run(ctx context.Context, c *call) error {
	l.client.keepAlive = !l.fresh
	if _, err := l.client.web(); err != nil {
		return err
	}
	asking := ctx
	if l.duration > 0 {
		var cancel context.CancelFunc
		asking, cancel = context.WithTimeout(ctx, l.duration)
		defer cancel()
	}
	sum, err := l.ask(asking, ctx, c)
	if err != nil {
		return err
	}
	sum.write(c.stdout)
	if sum.failed() > 0 {
		return exitError{code: 1}
	}
	return nil
}

// ask sends requests as long as asking lasts. Those that run then are finished.
func (l *load) ask(asking, ctx context.Context, c *call) (*summary, error) {
	sum := &summary{begin: time.Now()}
	var wg sync.WaitGroup
	var once sync.Once
	var broken error
	turns := l.pace(asking)
	for range max(l.clients, 1) {
		wg.Go(func() {
			for range turns {
				o, err := l.client.ask(ctx, c, c.args[0])
				if err != nil {
					once.Do(func() { broken = err })
					return
				}
				if ctx.Err() == nil { // a request that our own end broke off says nothing
					sum.add(o)
				}
			}
		})
	}
	wg.Wait()
	return sum, broken
}

// pace gives a turn for each request, no faster than the rate, until ctx ends.
func (l *load) pace(ctx context.Context) <-chan struct{} {
	turns := make(chan struct{})
	go func() {
		defer close(turns)
		begin := time.Now()
		for n := 0; ctx.Err() == nil; n++ {
			if l.rate > 0 {
				due := begin.Add(time.Duration(float64(n) / l.rate * float64(time.Second)))
				if wait := time.Until(due); wait > 0 && pause(ctx, wait) != nil {
					return
				}
			}
			select {
			case turns <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return turns
}
