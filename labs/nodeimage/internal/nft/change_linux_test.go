package nft

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/netnstest"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy/policytest"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/knftables"
)

const shop = `
-- cluster --
namespace shop
pod a shop/web app=web
pod a shop/db app=db
pod b shop/api app=api
-- policies --
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: api}}}]
    ports: [{port: 5432}]
`

// TestChangesEqualNewTables has one table go from each scenario's rules to the next one's, and there
// finds what a table has that never held any others: nothing is missing, and nothing is left.
func TestChangesEqualNewTables(t *testing.T) {
	changed, made := netnstest.New(t, "changed"), netnstest.New(t, "made")
	all := scenarios(t)
	var table *Policy
	for _, s := range append(all, all...) {
		rules, _ := policy.Compile(s.Cluster, "a", policy.IPv4)
		changed.Do(func() {
			if table == nil {
				table = mustPolicy(t)
			}
			apply(t, table, rules)
		})
		made.Do(func() { apply(t, mustPolicy(t), rules) })
		if got, want := dump(t, changed), dump(t, made); got != want {
			t.Fatalf("%s: got\n%s\nwant\n%s", s.Title, got, want)
		}
		changed.Do(func() {
			if n := apply(t, table, rules); n != 0 {
				t.Errorf("%s: the same rules again took %d operations", s.Title, n)
			}
		})
	}
}

// TestIPv6 puts the rules of the other family into the kernel, which checks their grammar.
func TestIPv6(t *testing.T) {
	space := netnstest.New(t, "six")
	addr := netip.MustParseAddr("fd00::1")
	space.Do(func() {
		table, err := NewPolicy(policy.IPv6)
		if err != nil {
			t.Error(err)
			return
		}
		apply(t, table, policy.Rules{
			Ingress: map[netip.Addr]string{addr: "ingress-x"},
			Chains: map[string]policy.Chain{"ingress-x": {
				{Policy: "shop/six", Peers: "peers-x", Protocol: corev1.ProtocolTCP},
				{Policy: "shop/six", Ranges: []policy.Range{{First: addr, Last: addr.Next()}}},
			}},
			Sets: map[string]policy.Set{"peers-x": {{Addr: addr}: {}}},
		})
	})
	if got := space.Run(t, "nft", "list", "table", "ip6", PolicyTable); !strings.Contains(got, "fd00::1-fd00::2") {
		t.Error(got)
	}
}

// TestNoGap keeps a connection open, and keeps trying what is forbidden, while the agent is started
// again and again: neither notices.
func TestNoGap(t *testing.T) {
	st := newStage(t, mustParse(t, shop))
	st.enforce(t, policy.Cluster{})
	db := st.Addr("shop/db")
	st.space("shop/db").Do(func() { listen(t, db, corev1.ProtocolTCP, 5432) })
	var old net.Conn
	st.space("shop/web").Do(func() { old = dial(t, db, 5432) })
	st.enforce(t, st.Cluster)
	speak(t, old)
	for range 10 {
		clear(st.policies) // as a new agent, which knows nothing
		done := make(chan bool)
		go func() { st.enforce(t, st.Cluster); close(done) }()
		for running := true; running; {
			select {
			case <-done:
				running = false
			default:
			}
			speak(t, old)
			st.space("shop/web").Do(func() {
				if reach(st.Addr("shop/web"), db, corev1.ProtocolTCP, 5432, 10*time.Millisecond) == nil {
					t.Error("a forbidden connection was made while the agent started")
				}
			})
		}
	}
}

// TestService has the node translate a Service's address: policies see the pod behind it, and a pod
// that is its own backend reaches itself.
func TestService(t *testing.T) {
	st := newStage(t, mustParse(t, shop))
	service := netip.MustParseAddr("10.96.0.10")
	for _, node := range st.nodes {
		node.Run(t, "nft", fmt.Sprintf(`
			table ip proxy {
				chain prerouting { type nat hook prerouting priority dstnat; ip daddr %[1]s dnat to %[2]s; }
				chain postrouting { type nat hook postrouting priority srcnat; ip saddr %[2]s ip daddr %[2]s masquerade; }
			}`, service, st.Addr("shop/db")))
	}
	st.enforce(t, st.Cluster)
	st.space("shop/db").Do(func() { listen(t, st.Addr("shop/db"), corev1.ProtocolTCP, 5432) })
	for from, want := range map[string]bool{"shop/api": true, "shop/web": false, "shop/db": true} {
		st.space(from).Do(func() {
			wait := 300 * time.Millisecond
			if want {
				wait *= 10
			}
			if err := reach(st.Addr(from), service, corev1.ProtocolTCP, 5432, wait); (err == nil) != want {
				t.Errorf("%s: %v", from, err)
			}
		})
	}
}

// TestLostTable has someone flush the kernel's rules.
func TestLostTable(t *testing.T) {
	space := netnstest.New(t, "lost")
	s := mustParse(t, shop)
	rules, _ := policy.Compile(s.Cluster, "a", policy.IPv4)
	var table *Policy
	space.Do(func() { table = mustPolicy(t); apply(t, table, rules) })
	before := dump(t, space)
	space.Run(t, "nft", "flush", "ruleset")
	table.checked = time.Time{} // a minute passes
	space.Do(func() { apply(t, table, rules) })
	if after := dump(t, space); after != before {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
}

// TestFailedChange has a change fail since the kernel lacks what it builds on: the next one makes all
// anew.
func TestFailedChange(t *testing.T) {
	space := netnstest.New(t, "failed")
	s := mustParse(t, shop)
	rules, _ := policy.Compile(s.Cluster, "a", policy.IPv4)
	var table *Policy
	space.Do(func() { table = mustPolicy(t); apply(t, table, rules) })
	before := dump(t, space)
	space.Run(t, "nft", "delete", "table", "ip", PolicyTable)
	space.Do(func() {
		if _, err := table.Apply(ctx, policy.Rules{}); err == nil {
			t.Error("no error for a table that is not there")
		}
		apply(t, table, rules)
	})
	if after := dump(t, space); after != before {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
}

// TestLeftoversComeBack has rules return whose chains and sets the kernel had not let go of: with
// what they hold now, and not what they held.
func TestLeftoversComeBack(t *testing.T) {
	space := netnstest.New(t, "leftovers")
	rules, _ := policy.Compile(mustParse(t, shop).Cluster, "a", policy.IPv4)
	space.Do(func() {
		table := mustPolicy(t)
		apply(t, table, rules)
		held := rules
		held.Sets = map[string]policy.Set{}
		for name := range rules.Sets {
			held.Sets[name] = policy.Set{{Addr: netip.MustParseAddr("10.3.0.9")}: {}}
		}
		apply(t, table, held)
		for _, m := range []string{ingress, egress, self} {
			tx := table.table.NewTransaction()
			if m == self {
				tx.Flush(&knftables.Set{Name: m})
			} else {
				tx.Flush(&knftables.Map{Name: m})
			}
			if err := table.table.Run(ctx, tx); err != nil {
				t.Error(err)
			}
		}
		table.applied, table.unused = &policy.Rules{}, leftovers{sortedKeys(rules.Chains), sortedKeys(rules.Sets)}
		apply(t, table, rules)
	})
	got := dump(t, space)
	space.Do(func() { apply(t, mustPolicy(t), rules) })
	if want := dump(t, space); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestMasquerade looks at the address that a pod is seen at.
func TestMasquerade(t *testing.T) {
	st := newStage(t, mustParse(t, shop))
	m := Masquerade{Local: []netip.Prefix{policytest.Ranges["a"]}}
	for name, pods := range policytest.Ranges {
		m.Cluster = append(m.Cluster, pods, netip.PrefixFrom(policytest.Places[name], 32))
	}
	st.nodes["a"].Do(func() {
		for range 2 { // the second time it replaces the table
			if err := m.Apply(ctx); err != nil {
				t.Error(err)
			}
		}
	})
	for to, want := range map[string]string{"outside": "a", "shop/api": "shop/web", "b": "shop/web", "a": "shop/web", "shop/db": "shop/web"} {
		st.space(to).Do(func() { listen(t, st.Addr(to), corev1.ProtocolTCP, 80) })
		var c net.Conn
		st.space("shop/web").Do(func() { c = dial(t, st.Addr(to), 80) })
		seen, err := bufio.NewReader(c).ReadString('\n')
		if host, _, _ := net.SplitHostPort(strings.TrimSpace(seen)); host != st.Addr(want).String() {
			t.Errorf("to %s: seen as %q, want %s (%v)", to, seen, st.Addr(want), err)
		}
	}
}

func mustParse(t *testing.T, text string) policytest.Scenario {
	t.Helper()
	s, err := policytest.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustPolicy(t *testing.T) *Policy {
	p, err := NewPolicy(policy.IPv4)
	if err != nil {
		t.Error(err)
	}
	return p
}

func apply(t *testing.T, p *Policy, rules policy.Rules) int {
	n, err := p.Apply(ctx, rules)
	if err != nil {
		t.Error(err)
	}
	return n
}

func dial(t *testing.T, to netip.Addr, port uint16) net.Conn {
	c, err := net.DialTimeout("tcp", netip.AddrPortFrom(to, port).String(), 3*time.Second)
	if err != nil {
		t.Error(err)
		return nil
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// speak has the other side repeat something, after what it said at first.
func speak(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetDeadline(time.Now().Add(3 * time.Second))
	if _, err := c.Write([]byte("!")); err != nil {
		t.Fatal(err)
	}
	for buf := make([]byte, 1); buf[0] != '!'; {
		if _, err := c.Read(buf); err != nil {
			t.Fatal(err)
		}
	}
}

// dump returns the policy table as lines in order, without what the kernel numbers or counts.
func dump(t *testing.T, s *netnstest.Space) string {
	t.Helper()
	var list struct{ Nftables []map[string]map[string]any }
	if err := json.Unmarshal([]byte(s.Run(t, "nft", "-j", "list", "table", "ip", PolicyTable)), &list); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, object := range list.Nftables {
		for kind, fields := range object {
			delete(fields, "handle")
			if elements, ok := fields["elem"].([]any); ok {
				slices.SortFunc(elements, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
			line, _ := json.Marshal(fields)
			out = append(out, kind+" "+string(line))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
