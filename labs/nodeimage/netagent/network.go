package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/conflist"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/kube"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/loop"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/nft"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/routes"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
)

// Where the DaemonSet mounts the node's folders.
const (
	cniDir    = "/etc/cni/net.d"
	pluginDir = "/opt/cni/bin"
	sysctlDir = "/host/proc/sys/net"
)

// A network is what the agent does about nodes: everything but policies.
type network struct {
	settings
	nodes      cache.SharedIndexInformer
	masquerade nft.Masquerade      // in the kernel
	ready      chan []netip.Prefix // the node's pod ranges, once, when pods have a network
}

func newNetwork(s settings, client *kube.Client) *network {
	return &network{settings: s, nodes: client.Informer(kube.Nodes, slimNode), ready: make(chan []netip.Prefix, 1)}
}

func (n *network) run(ctx context.Context) error {
	trigger := loop.NewTrigger()
	if err := kube.Notify(trigger.Pull, n.nodes); err != nil {
		return err
	}
	if err := kube.Run(ctx, n.nodes); err != nil {
		return err
	}
	return trigger.Loop(ctx, n.reconcile)
}

// reconcile brings the node to what the API server says. The CNI configuration comes last: with it
// the node is Ready for pods.
func (n *network) reconcile(ctx context.Context) error {
	p, err := makePlan(n.settings, kube.List[*corev1.Node](n.nodes))
	if err != nil {
		return err
	}
	if err := allowForwarding(p.local); err != nil {
		return err
	}
	set, removed, err := routes.Sync(p.routes)
	if set+removed > 0 {
		slog.Info("routes changed", "set", set, "removed", removed)
	}
	if err != nil {
		return err
	}
	if !p.masquerade.Equal(n.masquerade) {
		if err := p.masquerade.Apply(ctx); err != nil {
			return err
		}
		n.masquerade = p.masquerade
	}
	if err := n.configure(p); err != nil {
		return err
	}
	select {
	case n.ready <- p.local:
	default: // said before
	}
	return nil
}

func (n *network) configure(p plan) error {
	mtu, err := routes.MTU(p.address)
	if err != nil {
		return err
	}
	data, err := conflist.Marshal(p.local, mtu)
	if err != nil {
		return err
	}
	changed, err := conflist.Write(cniDir, data)
	if changed {
		slog.Info("CNI configuration written", "pods", p.local)
	}
	return err
}

// A plan is what one node's network should be.
type plan struct {
	address    netip.Addr     // of the node
	local      []netip.Prefix // its pod ranges
	routes     []routes.Route
	masquerade nft.Masquerade
}

// makePlan reads it off the nodes. It is an error, to be tried again, when the node itself is not
// known yet or has no pod range yet.
func makePlan(s settings, nodes []*corev1.Node) (plan, error) {
	var p plan
	slices.SortFunc(nodes, func(a, b *corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	var cluster []netip.Prefix
	for _, node := range nodes {
		ranges, addresses := podRanges(node), internalIPs(node)
		cluster = append(cluster, ranges...)
		for _, a := range addresses {
			cluster = append(cluster, netip.PrefixFrom(a, a.BitLen()))
		}
		if node.Name == s.node {
			p.local = ranges
			if len(addresses) > 0 {
				p.address = addresses[0]
			}
			continue
		}
		for _, r := range ranges {
			if via, ok := sameFamily(addresses, r); ok {
				p.routes = append(p.routes, routes.Route{To: r, Via: via})
			}
		}
	}
	if len(p.local) == 0 || !p.address.IsValid() {
		return p, fmt.Errorf("plan network: node %s has no pod range or no InternalIP yet", s.node)
	}
	p.masquerade = nft.Masquerade{Local: p.local, Cluster: cluster}
	return p, nil
}

func podRanges(n *corev1.Node) []netip.Prefix {
	texts := n.Spec.PodCIDRs
	if len(texts) == 0 {
		texts = []string{n.Spec.PodCIDR}
	}
	var out []netip.Prefix
	for _, t := range texts {
		if p, err := netip.ParsePrefix(t); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func internalIPs(n *corev1.Node) []netip.Addr {
	var out []netip.Addr
	for _, a := range n.Status.Addresses {
		if ip, err := netip.ParseAddr(a.Address); err == nil && a.Type == corev1.NodeInternalIP {
			out = append(out, ip)
		}
	}
	return out
}

func sameFamily(addresses []netip.Addr, p netip.Prefix) (netip.Addr, bool) {
	for _, a := range addresses {
		if a.Is4() == p.Addr().Is4() {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// allowForwarding makes the node a router for the families of its pods.
func allowForwarding(local []netip.Prefix) error {
	for _, p := range local {
		file := sysctlDir + "/ipv4/ip_forward"
		if p.Addr().Is6() {
			file = sysctlDir + "/ipv6/conf/all/forwarding"
		}
		if have, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(have)) == "1" {
			continue
		}
		if err := os.WriteFile(file, []byte("1"), 0o644); err != nil {
			return fmt.Errorf("allow forwarding: %w", err)
		}
	}
	return nil
}
