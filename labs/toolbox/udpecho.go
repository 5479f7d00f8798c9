package main

import (
	"context"
	"flag"
	"io"
	"net"
)

func udpEchoCommand() command {
	return command{
		name: "udp-echo", short: "sends back what it gets over UDP", tidy: true,
		flags: func(set *flag.FlagSet) action { return newEcho(set).udp },
	}
}

func (e *echo) udp(ctx context.Context, c *call) error {
	return e.serve(ctx, c, "udp", func(address string) (io.Closer, net.Addr, func() error, error) {
		conn, err := net.ListenPacket("udp", address)
		if err != nil {
			return nil, nil, nil, err
		}
		return conn, conn.LocalAddr(), func() error { return answerDatagrams(conn) }, nil
	})
}

func answerDatagrams(conn net.PacketConn) error {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return err
		}
		_, _ = conn.WriteTo(buf[:n], from) // who does not listen any more is no fault
	}
}
