package conformance

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy/policytest"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const prefix = "slipway-test-"

// TestScenarios has pods on two nodes judge the scenarios, as far as those are about TCP and UDP
// between pods. The pods of equal clusters serve one scenario after the other.
func TestScenarios(t *testing.T) {
	c := newCluster(t)
	scenarios, err := policytest.Load(os.DirFS("../internal/policy/testdata"))
	if err != nil {
		t.Fatal(err)
	}
	casts := map[string][]policytest.Scenario{}
	for _, s := range scenarios {
		s.Expect = slices.DeleteFunc(s.Expect, func(f policytest.Flow) bool { return !betweenPods(s, f) })
		key := fmt.Sprint(s.Cluster.Pods)
		casts[key] = append(casts[key], s)
	}
	for i, key := range slices.Sorted(maps.Keys(casts)) {
		t.Run(fmt.Sprintf("cast%d", i), func(t *testing.T) {
			st := newStage(t, c, casts[key])
			for _, s := range casts[key] {
				t.Run(s.Title, func(t *testing.T) { st.judge(t, s) })
			}
		})
	}
}

func betweenPods(s policytest.Scenario, f policytest.Flow) bool {
	from, isFrom := s.Pod(f.From)
	to, isTo := s.Pod(f.To)
	return isFrom && isTo && !from.HostNetwork && !to.HostNetwork &&
		(f.Protocol == corev1.ProtocolTCP || f.Protocol == corev1.ProtocolUDP)
}

// A stage is pods that are ready for the scenarios of one cast.
type stage struct {
	cluster
	ips    map[string]string // by namespace/name
	ranges map[string]string // of pods, by node
}

func newStage(t *testing.T, c cluster, scenarios []policytest.Scenario) *stage {
	st := &stage{c, map[string]string{}, map[string]string{}}
	cast := scenarios[0].Cluster
	for name, labels := range cast.Namespaces {
		labels = maps.Clone(labels)
		delete(labels, corev1.LabelMetadataName)
		c.namespace(t, prefix+name, labels)
	}
	nodes := map[string]string{}
	nodes["a"], nodes["b"] = c.workers(t)
	for name, node := range nodes {
		st.ranges[name] = c.run(t, "get", "node", node, "-o", "jsonpath={.spec.podCIDR}")
	}
	for _, pod := range cast.Pods {
		if !pod.HostNetwork {
			c.apply(t, podObject(pod, nodes[pod.Node], scenarios))
		}
	}
	for _, pod := range cast.Pods {
		if !pod.HostNetwork {
			ns := prefix + pod.Namespace
			c.run(t, "wait", "-n", ns, "pod/"+pod.Name, "--for=condition=Ready", "--timeout=120s")
			st.ips[pod.Namespace+"/"+pod.Name] = c.run(t, "get", "-n", ns, "pod", pod.Name, "-o", "jsonpath={.status.podIP}")
		}
	}
	return st
}

// judge enforces one scenario's policies and tries all its flows, a few at a time.
func (st *stage) judge(t *testing.T, s policytest.Scenario) {
	for _, p := range s.Cluster.Policies {
		st.apply(t, st.moved(p))
	}
	defer func() {
		for ns := range s.Cluster.Namespaces {
			st.run(t, "delete", "networkpolicy", "-n", prefix+ns, "--all")
		}
	}()
	var wg sync.WaitGroup
	room := make(chan bool, 3)
	for _, f := range s.Expect {
		wg.Go(func() {
			room <- true
			defer func() { <-room }()
			eventually(t, 20*time.Second, f.Line, func() bool { return st.reaches(f) == f.Yes })
		})
	}
	wg.Wait()
	for name := range st.ips {
		ns, pod, _ := strings.Cut(name, "/")
		ready := st.run(t, "get", "-n", prefix+ns, "pod", pod, "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].status}`)
		if ready != "True" {
			t.Errorf("pod %s: Ready is %s; its node must reach it", name, ready)
		}
	}
}

func (st *stage) reaches(f policytest.Flow) bool {
	ns, pod, _ := strings.Cut(f.From, "/")
	url := fmt.Sprintf("%s://%s:%d", strings.ToLower(string(f.Protocol)), st.ips[f.To], f.Port)
	args := []string{"exec", "-n", prefix + ns, pod, "-c", "tcp", "--", "client", url, "--timeout", "1s"}
	if f.Protocol == corev1.ProtocolUDP {
		args = append(args, "--data", "x") // else there is nothing to answer
	}
	_, err := st.try(args...)
	return err == nil
}

// moved returns the policy for the namespaces and nodes that the test works with.
func (st *stage) moved(p *networkingv1.NetworkPolicy) *networkingv1.NetworkPolicy {
	p = p.DeepCopy()
	p.Namespace = prefix + p.Namespace
	var peers []networkingv1.NetworkPolicyPeer
	for _, rule := range p.Spec.Ingress {
		peers = append(peers, rule.From...)
	}
	for _, rule := range p.Spec.Egress {
		peers = append(peers, rule.To...)
	}
	for _, peer := range peers {
		move(peer.NamespaceSelector)
		for node, pods := range policytest.Ranges {
			if peer.IPBlock != nil && peer.IPBlock.CIDR == pods.String() {
				peer.IPBlock.CIDR = st.ranges[node]
			}
		}
	}
	return p
}

func move(s *metav1.LabelSelector) {
	if s != nil && s.MatchLabels[corev1.LabelMetadataName] != "" {
		s.MatchLabels[corev1.LabelMetadataName] = prefix + s.MatchLabels[corev1.LabelMetadataName]
	}
}
