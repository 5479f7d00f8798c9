package nft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

const protocolICMP corev1.Protocol = "ICMP"

// listen answers at a port in the current space until the test ends. It does not mind a port that
// answers already.
func listen(t *testing.T, addr netip.Addr, protocol corev1.Protocol, port uint16) {
	t.Helper()
	at := netip.AddrPortFrom(addr, port)
	var err error
	switch protocol {
	case corev1.ProtocolTCP:
		var l net.Listener
		if l, err = net.Listen("tcp", at.String()); err == nil {
			t.Cleanup(func() { l.Close() })
			go greet(l)
		}
	case corev1.ProtocolUDP:
		var c net.PacketConn
		if c, err = net.ListenPacket("udp", at.String()); err == nil {
			t.Cleanup(func() { c.Close() })
			go echo(c)
		}
	case corev1.ProtocolSCTP:
		var c net.PacketConn
		if c, err = net.ListenPacket("ip4:132", addr.String()); err == nil {
			t.Cleanup(func() { c.Close() })
			go sctp.receive(c, addr)
		}
	}
	if err != nil && !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("listen at %s/%s: %v", at, protocol, err)
	}
}

// greet tells each caller the address it is seen at, and then what it says itself.
func greet(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			fmt.Fprintln(c, c.RemoteAddr())
			buf := make([]byte, 64)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				c.Write(buf[:n])
			}
		}()
	}
}

func echo(c net.PacketConn) {
	buf := make([]byte, 64)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		c.WriteTo(buf[:n], from)
	}
}

// reach makes an attempt from the current space, and from one of its addresses.
func reach(from, to netip.Addr, protocol corev1.Protocol, port uint16, wait time.Duration) error {
	switch protocol {
	case protocolICMP:
		return ping(from, to, wait)
	case corev1.ProtocolSCTP:
		return sctp.send(from, to, port, wait)
	}
	network, d := "tcp", net.Dialer{Timeout: wait, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	if protocol == corev1.ProtocolUDP {
		network, d.LocalAddr = "udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	c, err := d.Dial(network, netip.AddrPortFrom(to, port).String())
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(wait))
	if _, err := c.Write([]byte("x")); err != nil {
		return err
	}
	_, err = c.Read(make([]byte, 1))
	return err
}

// ping sends one echo request and waits for the reply.
func ping(from, to netip.Addr, wait time.Duration) error {
	c, err := net.DialIP("ip4:icmp", ipAddr(from), ipAddr(to))
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(wait))
	// Type 8, code 0, checksum, identifier, sequence number: all words but the checksum's are zero
	// but for the first.
	if _, err := c.Write([]byte{8, 0, 0xf7, 0xff, 0, 0, 0, 0}); err != nil {
		return err
	}
	buf := make([]byte, 128)
	for {
		n, _, err := c.ReadFromIP(buf)
		if err != nil {
			return err
		}
		if n > 0 && buf[0] == 0 { // an echo reply
			return nil
		}
	}
}

func ipAddr(a netip.Addr) *net.IPAddr { return &net.IPAddr{IP: a.AsSlice()} }

// Sctp is enough of the protocol to see whether a first packet gets through; few kernels have it all.
var sctp sctpPackets

type sctpPackets struct{ seen sync.Map } // netip.AddrPort of destinations

func (s *sctpPackets) receive(c net.PacketConn, addr netip.Addr) {
	buf := make([]byte, 128)
	for {
		n, _, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		if n >= 4 {
			s.seen.Store(netip.AddrPortFrom(addr, binary.BigEndian.Uint16(buf[2:])), true)
		}
	}
}

// send sends an INIT chunk and waits until it has been received.
func (s *sctpPackets) send(from, to netip.Addr, port uint16, wait time.Duration) error {
	c, err := net.DialIP("ip4:132", ipAddr(from), ipAddr(to))
	if err != nil {
		return err
	}
	defer c.Close()
	at := netip.AddrPortFrom(to, port)
	s.seen.Delete(at)
	packet := make([]byte, 32)
	binary.BigEndian.PutUint16(packet[0:], 40000)
	binary.BigEndian.PutUint16(packet[2:], port)
	packet[12] = 1                               // INIT
	binary.BigEndian.PutUint16(packet[14:], 20)  // its length
	binary.BigEndian.PutUint32(packet[16:], 1)   // initiate tag
	binary.BigEndian.PutUint32(packet[20:], 1e5) // window
	binary.BigEndian.PutUint16(packet[24:], 1)   // streams out
	binary.BigEndian.PutUint16(packet[26:], 1)   // and in
	if _, err := c.Write(packet); err != nil {
		return err
	}
	for end := time.Now().Add(wait); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, ok := s.seen.Load(at); ok {
			return nil
		}
	}
	return fmt.Errorf("sctp to %s: not received", at)
}
