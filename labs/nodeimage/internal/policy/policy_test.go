package policy_test

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy/policytest"
)

// TestScenarios judges every flow of testdata by the rules that both nodes compile. The kernel judges
// the same flows in package nft.
func TestScenarios(t *testing.T) {
	scenarios, err := policytest.Load(os.DirFS("testdata"))
	if err != nil || len(scenarios) == 0 {
		t.Fatalf("%d scenarios, %v", len(scenarios), err)
	}
	for _, s := range scenarios {
		t.Run(s.Title, func(t *testing.T) {
			rules := map[string]policy.Rules{}
			for node := range policytest.Ranges {
				rules[node], _ = policy.Compile(s.Cluster, node, policy.IPv4)
			}
			for _, f := range s.Expect {
				if got := reaches(s, rules, f); got != f.Yes {
					t.Errorf("%s: got %v", f.Line, got)
				}
			}
		})
	}
}

// TestProblems has policies ask for what cannot be had: whoever wrote them is told.
func TestProblems(t *testing.T) {
	s, err := policytest.Parse([]byte(`
-- cluster --
namespace shop
pod a shop/web app=web
pod a shop/agent app=agent host
pod b shop/agent2 app=agent host
-- policies --
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: agents, namespace: shop}
spec: {podSelector: {matchLabels: {app: agent}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: named, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  egress:
  - to: [{ipBlock: {cidr: 203.0.113.0/24}}]
    ports: [{port: https}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: broken, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from:
    - podSelector: {matchExpressions: [{key: app, operator: Like, values: [x]}]}
    - ipBlock: {cidr: 203.0.113.0}
    - ipBlock: {cidr: 203.0.113.0/24, except: [nowhere]}
`))
	if err != nil {
		t.Fatal(err)
	}
	rules, problems := policy.Compile(s.Cluster, "a", policy.IPv4)
	want := []struct{ policy, reason, message string }{
		{"agents", "HostNetwork", "pod agent uses the network of its node"},
		{"broken", "BadSelector", "selects nothing"},
		{"broken", "BadBlock", "ipBlock 203.0.113.0 allows nothing"},
		{"broken", "BadBlock", "except nowhere"},
		{"named", "NamedPortOfBlock", "ipBlock 203.0.113.0/24 at port https"},
	}
	for _, w := range want {
		if !slices.ContainsFunc(problems, func(p policy.Problem) bool {
			return p.Policy.Name == w.policy && p.Reason == w.reason && strings.Contains(p.Message, w.message)
		}) {
			t.Errorf("no problem %v", w)
		}
	}
	if len(problems) != len(want) {
		t.Errorf("%d problems, want %d: %v", len(problems), len(want), problems)
	}
	for _, f := range []policytest.Flow{{From: "outside", To: "shop/web", Protocol: "TCP", Port: 80}, {From: "shop/web", To: "outside", Protocol: "TCP", Port: 443}} {
		if reaches(s, map[string]policy.Rules{"a": rules}, f) {
			t.Errorf("%s reaches %s by what cannot be understood", f.From, f.To)
		}
	}
}

// TestFamilies has pods with addresses of both: each has rules of its own.
func TestFamilies(t *testing.T) {
	s, err := policytest.Parse([]byte(`
-- cluster --
namespace shop
pod a shop/web app=web
pod b shop/api app=api
-- policies --
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: api}}}, {ipBlock: {cidr: "fd00:7::/64"}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	web, api := netip.MustParseAddr("fd00:1::1"), netip.MustParseAddr("fd00:2::1")
	s.Cluster.Pods[0].IPs = append(s.Cluster.Pods[0].IPs, web)
	s.Cluster.Pods[1].IPs = append(s.Cluster.Pods[1].IPs, api)
	four, _ := policy.Compile(s.Cluster, "a", policy.IPv4)
	six, _ := policy.Compile(s.Cluster, "a", policy.IPv6)
	if len(four.Ingress) != 1 || len(six.Ingress) != 1 || six.Ingress[web] == "" || four.Ingress[web] != "" {
		t.Fatalf("isolated: %v and %v", four.Ingress, six.Ingress)
	}
	chain := six.Chains[six.Ingress[web]]
	flow := policytest.Flow{Protocol: "TCP", Port: 80}
	for from, want := range map[netip.Addr]bool{api: true, netip.MustParseAddr("fd00:7::9"): true, netip.MustParseAddr("fd00:8::9"): false} {
		if got := allows(six, chain, from, web, flow); got != want {
			t.Errorf("from %s: %v", from, got)
		}
	}
	if ranges := four.Chains[four.Ingress[s.Cluster.Pods[0].IPs[0]]]; len(ranges) != 1 {
		t.Errorf("IPv4 has %v", ranges)
	}
}

// reaches says what two nodes with these rules do with a flow. A node filters what its pods send and
// receive, but not what it sends to its own pods itself.
func reaches(s policytest.Scenario, rules map[string]policy.Rules, f policytest.Flow) bool {
	from, to := s.Addr(f.From), s.Addr(f.To)
	if from == to {
		return true
	}
	sender, receiver := rules[s.Node(f.From)], rules[s.Node(f.To)]
	chain, isolated := sender.Egress[from]
	if isolated && !allows(sender, sender.Chains[chain], to, to, f) {
		return false
	}
	chain, isolated = receiver.Ingress[to]
	own := from == policytest.Places[s.Node(f.To)]
	return !isolated || own || allows(receiver, receiver.Chains[chain], from, to, f)
}

func allows(r policy.Rules, c policy.Chain, peer, to netip.Addr, f policytest.Flow) bool {
	return slices.ContainsFunc(c, func(m policy.Match) bool {
		if m.Endpoints != "" {
			_, ok := r.Sets[m.Endpoints][policy.Endpoint{Addr: to, Protocol: f.Protocol, Port: f.Port}]
			return ok
		}
		return who(r, m, peer) && what(m, f)
	})
}

func who(r policy.Rules, m policy.Match, peer netip.Addr) bool {
	if m.Peers != "" {
		_, ok := r.Sets[m.Peers][policy.Endpoint{Addr: peer}]
		return ok
	}
	return m.Everyone || slices.ContainsFunc(m.Ranges, func(r policy.Range) bool {
		return !peer.Less(r.First) && !r.Last.Less(peer)
	})
}

func what(m policy.Match, f policytest.Flow) bool {
	if m.Protocol == "" {
		return true
	}
	return m.Protocol == f.Protocol && (len(m.Ports) == 0 || slices.ContainsFunc(m.Ports, func(r policy.PortRange) bool {
		return r.First <= f.Port && f.Port <= r.Last
	}))
}
