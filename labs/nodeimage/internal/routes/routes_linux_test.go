package routes_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/netnstest"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/routes"
)

func route(to, via string) routes.Route {
	return routes.Route{To: netip.MustParsePrefix(to), Via: netip.MustParseAddr(via)}
}

// TestSync takes a node through a cluster's changes and looks at its routes by ip.
func TestSync(t *testing.T) {
	node := netnstest.New(t, "node")
	node.IP(t, `link add eth0 mtu 1450 type veth peer name peer
addr add 192.168.50.1/24 dev eth0
link set eth0 up
link set peer up
route add 10.9.0.0/24 via 192.168.50.99`)
	other := "10.9.0.0/24 via 192.168.50.99 dev eth0"
	for _, step := range []struct {
		name         string
		want         []routes.Route
		set, removed int
		shows        []string
	}{
		{"two other nodes", []routes.Route{route("10.2.0.0/24", "192.168.50.2"), route("10.3.0.0/24", "192.168.50.3")}, 2, 0,
			[]string{"10.2.0.0/24 via 192.168.50.2 dev eth0 proto 216", "10.3.0.0/24 via 192.168.50.3 dev eth0 proto 216"}},
		{"nothing new", []routes.Route{route("10.2.0.0/24", "192.168.50.2"), route("10.3.0.0/24", "192.168.50.3")}, 0, 0,
			[]string{"10.2.0.0/24 via 192.168.50.2 dev eth0 proto 216", "10.3.0.0/24 via 192.168.50.3 dev eth0 proto 216"}},
		{"a node with another address", []routes.Route{route("10.2.0.0/24", "192.168.50.22"), route("10.3.0.0/24", "192.168.50.3")}, 1, 0,
			[]string{"10.2.0.0/24 via 192.168.50.22 dev eth0 proto 216", "10.3.0.0/24 via 192.168.50.3 dev eth0 proto 216"}},
		{"a node less", []routes.Route{route("10.2.0.0/24", "192.168.50.22")}, 0, 1,
			[]string{"10.2.0.0/24 via 192.168.50.22 dev eth0 proto 216"}},
		{"no other node", nil, 0, 1, nil},
	} {
		t.Run(step.name, func(t *testing.T) {
			var set, removed int
			var err error
			node.Do(func() { set, removed, err = routes.Sync(step.want) })
			if err != nil || set != step.set || removed != step.removed {
				t.Errorf("set %d, removed %d, %v", set, removed, err)
			}
			var got []string
			for line := range strings.Lines(node.Run(t, "ip", "route")) {
				if strings.Contains(line, " via ") {
					got = append(got, strings.TrimSpace(line))
				}
			}
			want := append([]string{other}, step.shows...)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("routes\n%q\nwant\n%q", got, want)
			}
		})
	}
	node.Do(func() {
		if _, _, err := routes.Sync([]routes.Route{route("10.4.0.0/24", "172.16.0.1")}); err == nil || !strings.Contains(err.Error(), "10.4.0.0/24") {
			t.Errorf("a node that is no neighbour: %v", err)
		}
		if mtu, err := routes.MTU(netip.MustParseAddr("192.168.50.1")); mtu != 1450 {
			t.Errorf("MTU %d, %v", mtu, err)
		}
		if _, err := routes.MTU(netip.MustParseAddr("192.168.50.7")); err == nil {
			t.Error("MTU of an address that the node has not")
		}
	})
}
