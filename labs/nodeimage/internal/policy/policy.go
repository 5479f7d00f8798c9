// Package policy compiles NetworkPolicies into what one node must enforce: which of its pods are
// isolated, and what each of them may still send or receive. It is pure: objects in, rules out.
//
// The rules follow the API's contract (networking.k8s.io/v1). A pod is isolated in a direction as
// soon as one policy of its namespace selects it for that direction; what any of its policies allows
// is allowed. A connection between two pods must be allowed by the sender's egress and by the
// receiver's ingress, each of which its own node enforces. Pods with the node's network are neither
// subjects nor peers, as their address is the node's.
//
// Pods with the same rules share a chain, which never changes: other rules are another chain with
// another name. Only sets of peers' addresses change as pods come and go, so the usual change is an
// element added to a set.
package policy

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// A Cluster is all that decides what a node enforces.
type Cluster struct {
	Policies   []*networkingv1.NetworkPolicy
	Namespaces map[string]labels.Set // their labels by name
	Pods       []Pod                 // of all nodes; those that have ended are not among them
}

// A Pod is what policies ask of a pod.
type Pod struct {
	Namespace, Name string
	Labels          labels.Set
	Node            string
	HostNetwork     bool
	IPs             []netip.Addr // one of each family at most
	Ports           []NamedPort
}

// A NamedPort is a container's port that has a name.
type NamedPort struct {
	Name     string
	Protocol corev1.Protocol
	Port     uint16
}

// A Family is one of the two kinds of addresses. A node's rules are compiled for each by itself.
type Family bool

// The families.
const (
	IPv4 Family = false
	IPv6 Family = true
)

// Of says whether addr belongs to the family.
func (f Family) Of(addr netip.Addr) bool { return addr.Is6() == bool(f) }

// ip returns the pod's address of the family.
func (p Pod) ip(f Family) (netip.Addr, bool) {
	for _, ip := range p.IPs {
		if f.Of(ip) {
			return ip, true
		}
	}
	return netip.Addr{}, false
}

// Rules are what a node enforces on the pods of a family.
type Rules struct {
	// Ingress and Egress name the chain of each isolated pod. A pod that is not in the map may
	// receive from, or send to, everyone.
	Ingress, Egress map[netip.Addr]string
	Chains          map[string]Chain
	Sets            map[string]Set
}

// A Chain allows what one of its matches allows, and nothing else.
type Chain []Match

// A Match allows traffic with certain peers at certain ports. Exactly one of Everyone, Peers, Ranges
// and Endpoints says who.
type Match struct {
	Policy string // its namespace/name

	Everyone  bool
	Peers     string  // a set of addresses
	Ranges    []Range // apart and in order
	Endpoints string  // a set of addresses with protocol and port; Protocol and Ports are empty

	Protocol corev1.Protocol // empty for all, with those that have no ports
	Ports    []PortRange     // destination ports, apart and in order; empty for all
}

// A Range is all addresses from First to Last.
type Range struct{ First, Last netip.Addr }

// A PortRange is all ports from First to Last.
type PortRange struct{ First, Last uint16 }

// A Set holds endpoints of pods. In a set of addresses protocol and port are zero.
type Set map[Endpoint]struct{}

// An Endpoint is where a pod can be reached.
type Endpoint struct {
	Addr     netip.Addr
	Protocol corev1.Protocol
	Port     uint16
}

// A Problem is a part of a policy that cannot be enforced.
type Problem struct {
	Policy  *networkingv1.NetworkPolicy
	Reason  string // one word
	Message string
}
