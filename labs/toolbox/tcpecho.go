package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
)

func tcpEchoCommand() command {
	return command{
		name: "tcp-echo", short: "sends back what it gets over TCP", tidy: true,
		flags: func(set *flag.FlagSet) action {
			e := newEcho(set)
			set.StringVar(&e.greet, "greet", "", "`TEXT` that each connection gets as its first line")
			return e.tcp
		},
	}
}

// An echo is an echo server, of either protocol, with its flags.
type echo struct {
	ports     ports
	bind      string
	greet     string
	listening func(net.Addr) // told of each port that is open; may be nil
}

func newEcho(set *flag.FlagSet) *echo {
	e := &echo{ports: ports{list{"9000"}}}
	set.Var(&e.ports, "port", "`PORTS` to listen on, with commas")
	set.StringVar(&e.bind, "bind", "", "`ADDRESS` to listen on; all if empty")
	return e
}

func (e *echo) tcp(ctx context.Context, c *call) error {
	return e.serve(ctx, c, "tcp", func(address string) (io.Closer, net.Addr, func() error, error) {
		ln, err := net.Listen("tcp", address)
		if err != nil {
			return nil, nil, nil, err
		}
		return ln, ln.Addr(), func() error { return e.accept(ln) }, nil
	})
}

func (e *echo) accept(ln net.Listener) error {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			if e.greet != "" {
				fmt.Fprintln(conn, e.greet)
			}
			_, _ = io.Copy(conn, conn) // a client that goes away is no fault
		}()
	}
}

// An opener opens one port and returns what closes it, its address, and what serves it.
type opener func(address string) (io.Closer, net.Addr, func() error, error)

// serve opens all ports and serves them until ctx ends.
func (e *echo) serve(ctx context.Context, c *call, protocol string, open opener) error {
	failed := make(chan error, len(e.ports.list))
	for _, port := range e.ports.list {
		closer, addr, loop, err := open(net.JoinHostPort(e.bind, port))
		if err != nil {
			return err
		}
		defer closer.Close()
		fmt.Fprintf(c.stdout, "echoes %s on %s\n", protocol, addr)
		if e.listening != nil {
			e.listening(addr)
		}
		go func() { failed <- loop() }()
	}
	select {
	case err := <-failed:
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		return err
	case <-ctx.Done():
		fmt.Fprintf(c.stdout, "got %v: ending at once\n", context.Cause(ctx))
		return nil
	}
}
