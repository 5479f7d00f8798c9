package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
)

// askRaw connects over TCP or UDP, sends the data and takes the answer.
func (cl *client) askRaw(ctx context.Context, u *url.URL, o *outcome) error {
	dialer, err := cl.dialer(u.Scheme)
	if err != nil {
		return err
	}
	conn, err := dialer.DialContext(ctx, u.Scheme, u.Host)
	if err != nil {
		return err
	}
	defer conn.Close()
	o.Remote, o.Local = conn.RemoteAddr().String(), conn.LocalAddr().String()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	if cl.data == "" && u.Scheme == "tcp" {
		o.Body = "connected to " + o.Remote
		return nil
	}
	if _, err := io.WriteString(conn, cl.data); err != nil {
		return err
	}
	o.Body, err = receive(conn)
	return err
}

// receive reads a TCP stream to its end, having told the other side that nothing more will come, or
// one datagram.
func receive(conn net.Conn) (string, error) {
	if stream, ok := conn.(*net.TCPConn); ok {
		if err := stream.CloseWrite(); err != nil {
			return "", err
		}
		body, err := io.ReadAll(io.LimitReader(stream, maxBody))
		return string(body), err
	}
	buf := make([]byte, 64<<10)
	n, err := conn.Read(buf)
	return string(buf[:n]), err
}

// unwrapURL takes the method and the URL, which the caller tells, off an error of net/http.
func unwrapURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
