package nft

import (
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/netnstest"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy/policytest"
)

// A stage is a scenario's cluster in network namespaces. Each node enforces the rules of its own.
type stage struct {
	policytest.Scenario
	world    *netnstest.Space
	nodes    map[string]*netnstest.Space
	pods     map[string]*netnstest.Space
	policies map[string]*Policy
}

var (
	ctx     = context.Background()
	gateway = netip.MustParseAddr("169.254.1.1") // of pods
)

func newStage(t *testing.T, s policytest.Scenario) *stage {
	t.Helper()
	st := &stage{
		Scenario: s, world: netnstest.New(t, "world"),
		nodes: map[string]*netnstest.Space{}, pods: map[string]*netnstest.Space{}, policies: map[string]*Policy{},
	}
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skip("needs the command nft: apt-get install nftables")
	}
	st.world.Forward(t)
	for _, place := range []string{"outside", "far"} {
		st.world.IP(t, fmt.Sprintf("addr add %s/32 dev lo", policytest.Places[place]))
	}
	for name, pods := range policytest.Ranges {
		node := netnstest.New(t, "node-"+name)
		node.Forward(t)
		st.nodes[name] = node
		st.world.Attach(t, "to-"+name, policytest.Places["outside"], node, policytest.Places[name])
		st.world.IP(t, fmt.Sprintf("route add %s via %s", pods, policytest.Places[name]))
	}
	for i, pod := range s.Cluster.Pods {
		if pod.HostNetwork {
			continue
		}
		space := netnstest.New(t, fmt.Sprintf("pod-%d", i))
		st.pods[pod.Namespace+"/"+pod.Name] = space
		st.nodes[pod.Node].Attach(t, fmt.Sprintf("veth%d", i), gateway, space, pod.IPs[0])
		// A node speaks to its pods from its own address.
		st.nodes[pod.Node].IP(t, fmt.Sprintf("route replace %s/32 dev veth%d src %s", pod.IPs[0], i, policytest.Places[pod.Node]))
	}
	return st
}

func (st *stage) space(place string) *netnstest.Space {
	if s, ok := st.pods[place]; ok {
		return s
	}
	if s, ok := st.nodes[st.Node(place)]; ok {
		return s
	}
	return st.world
}

// enforce gives both nodes the rules of a cluster.
func (st *stage) enforce(t *testing.T, c policy.Cluster) {
	t.Helper()
	for name, node := range st.nodes {
		rules, _ := policy.Compile(c, name, policy.IPv4)
		var err error
		node.Do(func() {
			if st.policies[name] == nil {
				if st.policies[name], err = NewPolicy(policy.IPv4); err != nil {
					return
				}
			}
			_, err = st.policies[name].Apply(ctx, rules)
		})
		if err != nil {
			t.Fatalf("node %s: %v", name, err)
		}
	}
}

// judge tries all flows at once.
func (st *stage) judge(t *testing.T, flows []policytest.Flow) {
	t.Helper()
	for _, f := range flows {
		st.space(f.To).Do(func() { listen(t, st.Addr(f.To), f.Protocol, f.Port) })
	}
	var wg sync.WaitGroup
	for _, f := range flows {
		wg.Go(func() {
			st.space(f.From).Do(func() {
				if err := st.try(f); (err == nil) != f.Yes {
					t.Errorf("%s: %v", f.Line, err)
				}
			})
		})
	}
	wg.Wait()
}

// try makes an attempt. One that should fail is not waited for as long as one that should not.
func (st *stage) try(f policytest.Flow) error {
	wait := 200 * time.Millisecond
	if f.Yes {
		wait = 3 * time.Second
	}
	return reach(st.Addr(f.From), st.Addr(f.To), f.Protocol, f.Port, wait)
}

// TestKernelJudges has the kernel judge what package policy's tests judge by the rules themselves.
func TestKernelJudges(t *testing.T) {
	for _, s := range scenarios(t) {
		t.Run(s.Title, func(t *testing.T) {
			st := newStage(t, s)
			st.enforce(t, s.Cluster)
			st.judge(t, s.Expect)
		})
	}
}

func scenarios(t *testing.T) []policytest.Scenario {
	t.Helper()
	var fsys fs.FS = os.DirFS("../policy/testdata")
	all, err := policytest.Load(fsys)
	if err != nil || len(all) == 0 {
		t.Fatalf("%d scenarios, %v", len(all), err)
	}
	return all
}
