package policy

import (
	"fmt"
	"slices"

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
