package main

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/bits"
	"net"
	"net/netip"
	"strings"
)

func ipCommand() command {
	return command{
		name: "ip", short: "prints the addresses and the IPv4 routes of its network namespace",
		flags: plain(func(_ context.Context, c *call) error {
			if err := addresses(c); err != nil {
				return err
			}
			table, err := fs.ReadFile(c.files, "proc/net/route")
			if err != nil {
				return fmt.Errorf("read routes: %w", err)
			}
			for _, route := range routes(string(table)) {
				fmt.Fprintln(c.stdout, route)
			}
			return nil
		}),
	}
}

func addresses(c *call) error {
	links, err := net.Interfaces()
	if err != nil {
		return err
	}
	for _, link := range links {
		addrs, err := link.Addrs()
		if err != nil {
			return err
		}
		for _, addr := range addrs {
			fmt.Fprintf(c.stdout, "addr %s %s\n", link.Name, addr)
		}
	}
	return nil
}

// routes renders the kernel's table: its columns are interface, destination, gateway, flags,
// references, use, metric and mask.
func routes(table string) []string {
	var list []string
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 8 {
			continue
		}
		dest, err1 := address(f[1])
		via, err2 := address(f[2])
		mask, err3 := address(f[7])
		if err1 != nil || err2 != nil || err3 != nil {
			continue // the head of the table
		}
		list = append(list, route(f[0], dest, via, mask))
	}
	return list
}

func route(link string, dest, via, mask netip.Addr) string {
	m := mask.As4()
	to := netip.PrefixFrom(dest, bits.OnesCount32(binary.BigEndian.Uint32(m[:]))).String()
	if to == "0.0.0.0/0" {
		to = "default"
	}
	if via.IsUnspecified() {
		return fmt.Sprintf("route %s dev %s", to, link)
	}
	return fmt.Sprintf("route %s via %s dev %s", to, via, link)
}

// address reads an address as the kernel prints it: hexadecimal, in the byte order of the machine,
// which on all that Slipway runs on is little endian.
func address(text string) (netip.Addr, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 4 {
		return netip.Addr{}, fmt.Errorf("%q is not an address", text)
	}
	return netip.AddrFrom4([4]byte{raw[3], raw[2], raw[1], raw[0]}), nil
}
