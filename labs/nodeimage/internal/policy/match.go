package policy

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// ingress returns what p allows pod to receive. The names of ports are those of pod's containers.
func (k *compiler) ingress(p prepared, pod Pod) []Match {
	var out []Match
	for _, rule := range p.Spec.Ingress {
		ports := resolve(rule.Ports, pod)
		for _, who := range k.peers(p, rule.From) {
			out = append(out, who.at(ports)...)
		}
	}
	return out
}

// egress returns what p allows to send. The names of ports are those of each receiver's containers,
// so a rule with such a name allows certain ports of certain pods.
func (k *compiler) egress(p prepared) []Match {
	var out []Match
	for _, rule := range p.Spec.Egress {
		numbers, names := split(rule.Ports)
		if len(numbers) > 0 || len(names) == 0 {
			for _, who := range k.peers(p, rule.To) {
				out = append(out, who.at(resolve(numbers, Pod{}))...)
			}
		}
		if len(names) > 0 {
			out = append(out, k.named(p, rule.To, names)...)
		}
	}
	return out
}

// split parts ports that are given by name from the others.
func split(ports []networkingv1.NetworkPolicyPort) (numbers, names []networkingv1.NetworkPolicyPort) {
	for _, p := range ports {
		if p.Port != nil && p.Port.Type == intstr.String {
			names = append(names, p)
		} else {
			numbers = append(numbers, p)
		}
	}
	return numbers, names
}

// peers says who a rule's peers are, in one or two matches that have no ports yet.
func (k *compiler) peers(p prepared, peers []networkingv1.NetworkPolicyPeer) []Match {
	if len(peers) == 0 {
		return []Match{{Policy: p.name, Everyone: true}}
	}
	var out []Match
	selectors, blocks := splitPeers(peers)
	if len(selectors) > 0 {
		name := "peers-" + digest([]any{p.Namespace, selectors})
		if _, ok := k.rules.Sets[name]; !ok {
			k.rules.Sets[name] = k.addresses(p, selectors)
		}
		out = append(out, Match{Policy: p.name, Peers: name})
	}
	if ranges := k.ranges(p, blocks); len(ranges) > 0 {
		out = append(out, Match{Policy: p.name, Ranges: ranges})
	}
	return out
}

func splitPeers(peers []networkingv1.NetworkPolicyPeer) (selectors []networkingv1.NetworkPolicyPeer, blocks []networkingv1.IPBlock) {
	for _, peer := range peers {
		if peer.IPBlock != nil {
			blocks = append(blocks, *peer.IPBlock)
		} else {
			selectors = append(selectors, peer)
		}
	}
	return selectors, blocks
}

func (k *compiler) addresses(p prepared, peers []networkingv1.NetworkPolicyPeer) Set {
	set := Set{}
	for _, pod := range k.selected(p, peers) {
		if ip, ok := pod.ip(k.family); ok {
			set[Endpoint{Addr: ip}] = struct{}{}
		}
	}
	return set
}

// selected returns the pods that any of the peers selects.
func (k *compiler) selected(p prepared, peers []networkingv1.NetworkPolicyPeer) []Pod {
	var tests []func(Pod) bool
	for _, peer := range peers {
		tests = append(tests, k.test(p, peer))
	}
	var out []Pod
	for _, pod := range k.Pods {
		if !pod.HostNetwork && slices.ContainsFunc(tests, func(t func(Pod) bool) bool { return t(pod) }) {
			out = append(out, pod)
		}
	}
	return out
}

// test returns whether a peer selects a pod: by namespace, or else in the policy's own, and by label.
func (k *compiler) test(p prepared, peer networkingv1.NetworkPolicyPeer) func(Pod) bool {
	namespaces, pods := labels.Everything(), labels.Everything()
	if peer.NamespaceSelector != nil {
		namespaces = k.selector(p.NetworkPolicy, peer.NamespaceSelector)
	}
	if peer.PodSelector != nil {
		pods = k.selector(p.NetworkPolicy, peer.PodSelector)
	}
	return func(pod Pod) bool {
		if peer.NamespaceSelector == nil {
			return pod.Namespace == p.Namespace && pods.Matches(pod.Labels)
		}
		ns, known := k.Namespaces[pod.Namespace]
		return known && namespaces.Matches(ns) && pods.Matches(pod.Labels)
	}
}

// named returns what egress to ports by name allows.
func (k *compiler) named(p prepared, peers []networkingv1.NetworkPolicyPeer, names []networkingv1.NetworkPolicyPort) []Match {
	selectors, blocks := splitPeers(peers)
	for _, b := range blocks {
		k.problem(p.NetworkPolicy, "NamedPortOfBlock", fmt.Sprintf(
			"egress to ipBlock %s at port %s allows nothing: only a pod gives its ports names, so use the number", b.CIDR, names[0].Port.String()))
	}
	pods := k.selected(p, selectors)
	if len(peers) == 0 {
		pods = slices.DeleteFunc(slices.Clone(k.Pods), func(pod Pod) bool { return pod.HostNetwork })
	}
	set := Set{}
	for _, pod := range pods {
		ip, ok := pod.ip(k.family)
		for protocol, ranges := range resolve(names, pod).of {
			for _, r := range ranges {
				if ok {
					set[Endpoint{ip, protocol, r.First}] = struct{}{}
				}
			}
		}
	}
	name := "endpoints-" + digest([]any{p.Namespace, selectors, names})
	k.rules.Sets[name] = set
	return []Match{{Policy: p.name, Endpoints: name}}
}

// Ports are the ports of a rule: all, or some of some protocols. A protocol with no ranges stands
// for all of its ports.
type ports struct {
	all bool
	of  map[corev1.Protocol][]PortRange
}

// resolve reads the ports of a rule, with names as pod has them. A name that it has not stands for
// no port.
func resolve(list []networkingv1.NetworkPolicyPort, pod Pod) ports {
	if len(list) == 0 {
		return ports{all: true}
	}
	out := ports{of: map[corev1.Protocol][]PortRange{}}
	whole := map[corev1.Protocol]bool{}
	for _, p := range list {
		protocol := corev1.ProtocolTCP
		if p.Protocol != nil {
			protocol = *p.Protocol
		}
		if p.Port == nil {
			whole[protocol] = true
			continue
		}
		out.of[protocol] = append(out.of[protocol], portRanges(p, protocol, pod)...)
	}
	for protocol, ranges := range out.of {
		if out.of[protocol] = mergePorts(ranges); len(ranges) == 0 {
			delete(out.of, protocol)
		}
	}
	for protocol := range whole {
		out.of[protocol] = nil
	}
	return out
}

func portRanges(p networkingv1.NetworkPolicyPort, protocol corev1.Protocol, pod Pod) []PortRange {
	if p.Port.Type == intstr.Int {
		first := uint16(p.Port.IntVal)
		if p.EndPort != nil {
			return []PortRange{{first, uint16(*p.EndPort)}}
		}
		return []PortRange{{first, first}}
	}
	var out []PortRange
	for _, port := range pod.Ports {
		if port.Name == p.Port.StrVal && port.Protocol == protocol {
			out = append(out, PortRange{port.Port, port.Port})
		}
	}
	return out
}

// at returns the match for these ports: one for each protocol.
func (m Match) at(p ports) []Match {
	if p.all {
		return []Match{m}
	}
	var out []Match
	for _, protocol := range []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP} {
		if ranges, ok := p.of[protocol]; ok {
			m.Protocol, m.Ports = protocol, ranges
			out = append(out, m)
		}
	}
	return out
}

// mergePorts returns the same ports in ranges that are apart and in order.
func mergePorts(ranges []PortRange) []PortRange {
	slices.SortFunc(ranges, func(a, b PortRange) int { return cmp.Compare(a.First, b.First) })
	var out []PortRange
	for _, r := range ranges {
		if n := len(out); n > 0 && int(r.First) <= int(out[n-1].Last)+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
		} else {
			out = append(out, r)
		}
	}
	return out
}
