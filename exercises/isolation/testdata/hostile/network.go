//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// dial connects to an address, by TCP and by Multipath TCP.
func dial(args []string) error {
	var errs []error
	for _, multipath := range []bool{false, true} {
		d := net.Dialer{Timeout: 2 * time.Second}
		d.SetMultipathTCP(multipath)
		c, err := d.Dial("tcp", args[0])
		if err == nil {
			return c.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// datagram sends by UDP, and waits for the answer.
func datagram(args []string) error {
	c, err := net.Dial("udp", args[0])
	if err != nil {
		return err
	}
	if _, err := c.Write([]byte("x")); err != nil {
		return err
	}
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	_, err = c.Read(make([]byte, 10))
	return err
}

// abstract connects to a Unix socket that has no file.
func abstract(args []string) error {
	c, err := net.Dial("unix", "@"+args[0])
	if err != nil {
		return err
	}
	return c.Close()
}

// family makes a socket of each kind that leads past a network namespace, or deep into the kernel.
func family([]string) error {
	for name, f := range map[string][3]int{
		"vsock": {unix.AF_VSOCK, unix.SOCK_STREAM, 0}, "alg": {unix.AF_ALG, unix.SOCK_SEQPACKET, 0},
		"packet": {unix.AF_PACKET, unix.SOCK_RAW, 0}, "bluetooth": {unix.AF_BLUETOOTH, unix.SOCK_RAW, 0},
		"raw": {unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP}, "xdp": {unix.AF_XDP, unix.SOCK_RAW, 0},
		"audit":     {unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_AUDIT},
		"netfilter": {unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER}, "can": {unix.AF_CAN, unix.SOCK_RAW, 1},
	} {
		if fd, err := unix.Socket(f[0], f[1], f[2]); err == nil {
			_ = unix.Close(fd)
			fmt.Println(name)
			return nil
		}
	}
	return errors.New("none can be made")
}

// serve is what an honest program does: it serves on a free port, and is its own client.
func serve([]string) error {
	for _, address := range []string{"127.0.0.1:0", "localhost:0", ":0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", port), 2*time.Second)
		if err != nil {
			return err
		}
		if _, err := l.Accept(); err != nil {
			return err
		}
		fmt.Println(l.Addr())
		_ = c.Close()
		_ = l.Close()
	}
	return nil
}

// unbound listens without an address of its own, so on all networks.
func unbound([]string) error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	return unix.Listen(s, 1)
}

// fastOpen connects by a call that sends.
func fastOpen(args []string) error {
	to, err := net.ResolveTCPAddr("tcp", args[0])
	if err != nil {
		return err
	}
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	address := &unix.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())}
	if err := unix.Sendto(s, []byte("x"), unix.MSG_FASTOPEN, address); err == nil {
		return nil
	}
	return unix.Sendmsg(s, []byte("x"), nil, address, unix.MSG_FASTOPEN)
}

// nameless makes sockets that can send to any socket of Unix that has a file.
func nameless([]string) error {
	_, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	return err
}

// watch asks to be told of what others do with the files of a folder.
func watch(args []string) error {
	fd, err := unix.InotifyInit1(0)
	if err != nil {
		return err
	}
	_, err = unix.InotifyAddWatch(fd, args[0], unix.IN_ALL_EVENTS)
	return err
}
