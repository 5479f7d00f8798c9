package routes

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// protocol marks the agent's routes, so that after a restart it knows its own: the numbers from 192
// up to 254 are nobody's.
const protocol netlink.RouteProtocol = 216

// Sync makes the node's routes with the agent's mark equal to want. It says how many it set and
// removed; routes that others made stay.
func Sync(want []Route) (set, removed int, err error) {
	have, err := netlink.RouteListFiltered(netlink.FAMILY_ALL, &netlink.Route{Protocol: protocol}, netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return 0, 0, fmt.Errorf("list routes: %w", err)
	}
	present := map[Route]bool{}
	wanted := map[netip.Prefix]bool{}
	for _, r := range want {
		wanted[r.To] = true
	}
	var errs []error
	for _, h := range have {
		r := fromNetlink(h)
		present[r] = true
		if wanted[r.To] {
			continue
		}
		if err := netlink.RouteDel(&h); err != nil && !errors.Is(err, unix.ESRCH) {
			errs = append(errs, fmt.Errorf("remove route to %s: %w", r.To, err))
			continue
		}
		removed++
	}
	for _, r := range want {
		if present[r] {
			continue
		}
		if err := netlink.RouteReplace(r.netlink()); err != nil {
			errs = append(errs, fmt.Errorf("route to %s via %s: %w", r.To, r.Via, err))
			continue
		}
		set++
	}
	return set, removed, errors.Join(errs...)
}

// MTU returns that of the interface which bears addr.
func MTU(addr netip.Addr) (int, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return 0, fmt.Errorf("list interfaces: %w", err)
	}
	for _, link := range links {
		addrs, err := netlink.AddrList(link, netlink.FAMILY_ALL)
		if err != nil {
			return 0, fmt.Errorf("list addresses of %s: %w", link.Attrs().Name, err)
		}
		for _, a := range addrs {
			if a.IP.Equal(addr.AsSlice()) {
				return link.Attrs().MTU, nil
			}
		}
	}
	return 0, fmt.Errorf("find interface: none has the address %s", addr)
}

func (r Route) netlink() *netlink.Route {
	return &netlink.Route{
		Dst:      &net.IPNet{IP: r.To.Addr().AsSlice(), Mask: net.CIDRMask(r.To.Bits(), r.To.Addr().BitLen())},
		Gw:       r.Via.AsSlice(),
		Protocol: protocol,
	}
}

func fromNetlink(n netlink.Route) Route {
	var r Route
	if n.Dst != nil {
		addr, _ := netip.AddrFromSlice(n.Dst.IP)
		ones, _ := n.Dst.Mask.Size()
		r.To = netip.PrefixFrom(addr.Unmap(), ones)
	}
	via, _ := netip.AddrFromSlice(n.Gw)
	r.Via = via.Unmap()
	return r
}
