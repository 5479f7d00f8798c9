package nft

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy"
	"sigs.k8s.io/knftables"
)

// Names in the policy table.
const (
	self    = "self"    // pairs of an isolated pod's address and itself
	egress  = "egress"  // isolated pod to the chain of what it may send
	ingress = "ingress" // isolated pod to the chain of what it may receive
)

var baseChains = []string{"forward", "input"}

// A writer writes the policy table's operations into a transaction.
type writer struct {
	tx     *knftables.Transaction
	family knftables.Family
}

// table replaces the whole table by one that isolates nobody.
func (w writer) table() {
	w.tx.Add(&knftables.Table{})
	w.tx.Delete(&knftables.Table{})
	w.tx.Add(&knftables.Table{Comment: knftables.PtrTo("netagent: NetworkPolicy")})
	address := addressType(w.family)
	w.tx.Add(&knftables.Set{Name: self, Type: address + " . " + address})
	for _, name := range []string{egress, ingress} {
		w.tx.Add(&knftables.Map{Name: name, Type: address + " : verdict"})
	}
	for _, name := range baseChains {
		w.tx.Add(&knftables.Chain{
			Name: name, Type: knftables.PtrTo(knftables.FilterType),
			Hook: knftables.PtrTo(knftables.BaseChainHook(name)), Priority: knftables.PtrTo(knftables.FilterPriority),
		})
		w.rule(name, "", "ct state established,related accept")
	}
	w.rule("forward", "", w.family, "saddr .", w.family, "daddr @self accept")
	w.rule("forward", "", w.family, "saddr vmap @egress")
	w.rule("forward", "", w.family, "daddr vmap @ingress")
	if w.family == knftables.IPv6Family {
		// Without these no address on the link is found, the gateway's neither.
		w.rule("input", "", "icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept")
	}
	w.rule("input", "", w.family, "saddr vmap @egress")
}

func (w writer) rule(chain, comment string, parts ...any) {
	r := &knftables.Rule{Chain: chain, Rule: knftables.Concat(parts...)}
	if comment != "" {
		r.Comment = knftables.PtrTo(shorten(comment))
	}
	w.tx.Add(r)
}

func shorten(comment string) string {
	if len(comment) > knftables.CommentLengthMax {
		return comment[:knftables.CommentLengthMax]
	}
	return comment
}

// change brings the table from old to rules, but for chains of old that are no longer of use. What
// is referred to comes before what refers to it.
func (w writer) change(old, rules policy.Rules) {
	for _, name := range sortedKeys(rules.Sets) {
		if _, ok := old.Sets[name]; !ok {
			w.tx.Add(&knftables.Set{Name: name, Type: w.setType(name)})
			w.tx.Flush(&knftables.Set{Name: name}) // it may be a leftover
		}
		w.elements(name, old.Sets[name], rules.Sets[name])
	}
	for _, name := range sortedKeys(rules.Chains) {
		if _, ok := old.Chains[name]; !ok {
			w.chain(name, rules.Chains[name])
		}
	}
	w.pairs(old, rules)
	w.verdicts(egress, old.Egress, rules.Egress)
	w.verdicts(ingress, old.Ingress, rules.Ingress)
}

const endpointsPrefix = "endpoints-"

func (w writer) setType(name string) string {
	if strings.HasPrefix(name, endpointsPrefix) {
		return addressType(w.family) + " . inet_proto . inet_service"
	}
	return addressType(w.family)
}

func (w writer) elements(name string, old, set policy.Set) {
	for _, e := range sortedEndpoints(old) {
		if _, still := set[e]; !still {
			w.tx.Delete(&knftables.Element{Set: name, Key: key(e)})
		}
	}
	for _, e := range sortedEndpoints(set) {
		if _, already := old[e]; !already {
			w.tx.Add(&knftables.Element{Set: name, Key: key(e)})
		}
	}
}

func key(e policy.Endpoint) []string {
	if e.Protocol == "" {
		return []string{e.Addr.String()}
	}
	return []string{e.Addr.String(), strings.ToLower(string(e.Protocol)), fmt.Sprint(e.Port)}
}

// chain adds a chain that returns what it allows and drops all else.
func (w writer) chain(name string, c policy.Chain) {
	w.tx.Add(&knftables.Chain{Name: name})
	w.tx.Flush(&knftables.Chain{Name: name}) // it may be a leftover
	peer := "saddr"
	if strings.HasPrefix(name, egress) {
		peer = "daddr"
	}
	for _, m := range c {
		w.rule(name, m.Policy, w.who(m, peer), what(m), "return")
	}
	w.rule(name, "", "counter drop")
}

// who is the part of a rule that says whom a match allows.
func (w writer) who(m policy.Match, peer string) string {
	switch {
	case m.Peers != "":
		return fmt.Sprintf("%s %s @%s", w.family, peer, m.Peers)
	case m.Endpoints != "":
		return fmt.Sprintf("%s %s . meta l4proto . th dport @%s", w.family, peer, m.Endpoints)
	case len(m.Ranges) > 0:
		return fmt.Sprintf("%s %s { %s }", w.family, peer, join(m.Ranges, func(r policy.Range) string {
			return interval(r.First, r.Last)
		}))
	}
	return ""
}

// what is the part of a rule that says which ports a match allows.
func what(m policy.Match) string {
	protocol := strings.ToLower(string(m.Protocol))
	switch {
	case m.Protocol == "":
		return ""
	case len(m.Ports) == 0:
		return "meta l4proto " + protocol
	}
	return fmt.Sprintf("%s dport { %s }", protocol, join(m.Ports, func(r policy.PortRange) string {
		return interval(r.First, r.Last)
	}))
}

func interval[T comparable](first, last T) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%v-%v", first, last)
}

func join[T any](items []T, text func(T) string) string {
	var out []string
	for _, item := range items {
		out = append(out, text(item))
	}
	return strings.Join(out, ", ")
}

// pairs keeps the set self: a pod reaches itself by a Service of its own, whatever policies say.
func (w writer) pairs(old, rules policy.Rules) {
	before, after := isolated(old), isolated(rules)
	for _, ip := range sortedAddrs(before) {
		if !after[ip] {
			w.tx.Delete(&knftables.Element{Set: self, Key: []string{ip.String(), ip.String()}})
		}
	}
	for _, ip := range sortedAddrs(after) {
		if !before[ip] {
			w.tx.Add(&knftables.Element{Set: self, Key: []string{ip.String(), ip.String()}})
		}
	}
}

func isolated(r policy.Rules) map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for ip := range r.Ingress {
		out[ip] = true
	}
	for ip := range r.Egress {
		out[ip] = true
	}
	return out
}

func (w writer) verdicts(name string, old, pods map[netip.Addr]string) {
	for _, ip := range sortedAddrs(old) {
		if pods[ip] != old[ip] {
			w.tx.Delete(&knftables.Element{Map: name, Key: []string{ip.String()}})
		}
	}
	for _, ip := range sortedAddrs(pods) {
		if pods[ip] != old[ip] {
			w.tx.Add(&knftables.Element{Map: name, Key: []string{ip.String()}, Value: []string{"jump " + pods[ip]}})
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sortedAddrs[V any](m map[netip.Addr]V) []netip.Addr {
	return slices.SortedFunc(maps.Keys(m), netip.Addr.Compare)
}

func sortedEndpoints(s policy.Set) []policy.Endpoint {
	return slices.SortedFunc(maps.Keys(s), func(a, b policy.Endpoint) int {
		if c := a.Addr.Compare(b.Addr); c != 0 {
			return c
		}
		if c := strings.Compare(string(a.Protocol), string(b.Protocol)); c != 0 {
			return c
		}
		return int(a.Port) - int(b.Port)
	})
}
