package conformance

import (
	"bufio"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// startPair makes a client and a server on two nodes, and returns the server's address.
func startPair(t *testing.T, c cluster, ns string) (ip string) {
	t.Helper()
	c.namespace(t, ns, nil)
	a, b := c.workers(t)
	for name, node := range map[string]string{"client": a, "server": b} {
		p := policy.Pod{Namespace: strings.TrimPrefix(ns, prefix), Name: name, Labels: map[string]string{"app": name}}
		c.apply(t, podObject(p, node, nil))
	}
	c.run(t, "wait", "-n", ns, "pod", "--all", "--for=condition=Ready", "--timeout=120s")
	return c.run(t, "get", "-n", ns, "pod", "server", "-o", "jsonpath={.status.podIP}")
}

func deny(ns string, types ...networkingv1.PolicyType) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{Name: "deny", Namespace: ns},
		Spec:       networkingv1.NetworkPolicySpec{PolicyTypes: types},
	}
}

// A watch is a client in a pod that connects fifty times a second.
type watch struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func (c cluster) watch(t *testing.T, ns, ip string) *watch {
	t.Helper()
	cmd := c.command("exec", "-n", ns, "client", "-c", "tcp", "--", "client", "tcp://"+ip+":8080",
		"--json", "--every", "20ms", "--count", "100000", "--timeout", "100ms")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return &watch{cmd, bufio.NewScanner(out)}
}

// until returns when the client reports an attempt with this in it, and how many it made before.
func (w *watch) until(t *testing.T, part string) (before int) {
	t.Helper()
	for w.lines.Scan() {
		if strings.Contains(w.lines.Text(), part) {
			return before
		}
		before++
	}
	t.Fatalf("the client ended: %v", w.lines.Err())
	return 0
}

const (
	connected = `"kind":""`
	timedOut  = `"kind":"timeout"`
)

// TestSpeed measures the time from a policy's creation until it holds between two nodes, and back.
func TestSpeed(t *testing.T) {
	c := newCluster(t)
	ns := prefix + "speed"
	ip := startPair(t, c, ns)
	w := c.watch(t, ns, ip)
	w.until(t, connected)
	c.apply(t, deny(ns, networkingv1.PolicyTypeIngress))
	applied := time.Now()
	w.until(t, timedOut)
	denied := time.Since(applied)
	c.run(t, "delete", "networkpolicy", "-n", ns, "deny")
	deleted := time.Now()
	w.until(t, connected)
	allowed := time.Since(deleted)
	t.Logf("denied %s after kubectl apply, allowed %s after kubectl delete", denied, allowed)
	if denied > time.Second || allowed > time.Second {
		t.Errorf("more than a second: denied after %s, allowed after %s", denied, allowed)
	}
}

// TestFirstInstant starts pods in a namespace that lets nothing out: not even a pod's first packet
// gets through, though the API server learns its address only later.
func TestFirstInstant(t *testing.T) {
	c := newCluster(t)
	ns := prefix + "first"
	ip := startPair(t, c, ns)
	c.apply(t, deny(ns, networkingv1.PolicyTypeEgress))
	a, b := c.workers(t)
	for i, node := range []string{a, b, a, b} {
		name := fmt.Sprintf("eager-%d", i)
		c.apply(t, object{
			"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": name, "namespace": ns},
			"spec": object{
				"nodeName": node, "restartPolicy": "Never", "tolerations": []object{{"operator": "Exists"}},
				"containers": []object{container("tcp",
					"client", "tcp://"+ip+":8080", "--json", "--every", "5ms", "--count", "30", "--timeout", "50ms")},
			},
		})
	}
	for i := range 4 {
		name := fmt.Sprintf("eager-%d", i)
		c.run(t, "wait", "-n", ns, "pod/"+name, "--for=jsonpath={.status.phase}=Failed", "--timeout=60s")
		log := c.run(t, "logs", "-n", ns, name)
		if strings.Contains(log, connected) || strings.Count(log, timedOut) != 30 {
			t.Errorf("%s:\n%s", name, log)
		}
	}
}

// TestAgentRestart restarts all agents: what is allowed and what is denied stay so meanwhile.
func TestAgentRestart(t *testing.T) {
	c := newCluster(t)
	allowed, denied := prefix+"allowed", prefix+"denied"
	open, shut := c.watch(t, allowed, startPair(t, c, allowed)), c.watch(t, denied, startPair(t, c, denied))
	c.apply(t, deny(denied, networkingv1.PolicyTypeIngress))
	open.until(t, connected)
	shut.until(t, timedOut)
	counts := make(chan map[string]int)
	for _, w := range []*watch{open, shut} {
		go func() {
			n := map[string]int{}
			for w.lines.Scan() {
				for _, kind := range []string{connected, timedOut} {
					if strings.Contains(w.lines.Text(), kind) {
						n[kind]++
					}
				}
			}
			counts <- n
		}()
	}
	c.run(t, "-n", "kube-system", "rollout", "restart", "daemonset/netagent")
	c.run(t, "-n", "kube-system", "rollout", "status", "daemonset/netagent", "--timeout=120s")
	time.Sleep(2 * time.Second) // the last one lists what there is
	open.cmd.Process.Kill()
	shut.cmd.Process.Kill()
	for range 2 {
		n := <-counts
		t.Logf("%d connections made, %d timed out", n[connected], n[timedOut])
		if n[connected] > 0 && n[timedOut] > 0 || n[connected]+n[timedOut] == 0 {
			t.Error("want all of one kind")
		}
	}
}
