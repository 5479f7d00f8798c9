package main

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/isolate"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/kube"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
)

// newTestPolicies returns policies that hold these objects, and have no kernel to give rules to.
func newTestPolicies(t *testing.T, pods ...*corev1.Pod) *policies {
	t.Helper()
	client, err := kube.New(&rest.Config{Host: "http://nowhere.invalid"})
	if err != nil {
		t.Fatal(err)
	}
	p := newPolicies(settings{node: "one"}, client)
	close(p.synced)
	put(t, p.policies.GetStore().Add, &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "deny"}})
	for _, pod := range pods {
		put(t, p.pods.GetStore().Add, pod)
	}
	return p
}

func put(t *testing.T, into func(any) error, obj any) {
	t.Helper()
	if err := into(obj); err != nil {
		t.Fatal(err)
	}
}

func pod(name string, uid types.UID, ips ...string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: uid}, Spec: corev1.PodSpec{NodeName: "one"}}
	for _, ip := range ips {
		p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	return p
}

// addresses returns those that the policies take for the pod's.
func (p *policies) addresses(name string) []string {
	var out []string
	for _, one := range p.cluster().Pods {
		for _, ip := range one.IPs {
			if one.Name == name {
				out = append(out, ip.String())
			}
		}
	}
	return out
}

// TestEarlyAddress follows a pod whose address the plugin tells before the API server does: through
// the first status, a new sandbox with another address, and its end.
func TestEarlyAddress(t *testing.T) {
	p := newTestPolicies(t, pod("db", "u1"))
	announce := func(ip string) {
		t.Helper()
		err := p.isolate(context.Background(), isolate.Pod{Namespace: "shop", Name: "db", UID: "u1", IPs: []netip.Addr{netip.MustParseAddr(ip)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	expect := func(when string, early int, want ...string) {
		t.Helper()
		if got := p.addresses("db"); !slices.Equal(got, want) || len(p.early) != early {
			t.Errorf("%s: addresses %v, want %v; %d told early, want %d", when, got, want, len(p.early), early)
		}
	}
	expect("before", 0)
	announce("10.1.0.5")
	expect("announced", 1, "10.1.0.5")
	put(t, p.pods.GetStore().Update, pod("db", "u1", "10.1.0.5"))
	expect("known to all", 0, "10.1.0.5")
	announce("10.1.0.6")
	expect("new sandbox, old status", 1, "10.1.0.6")
	put(t, p.pods.GetStore().Update, pod("db", "u1", "10.1.0.6"))
	expect("new sandbox, new status", 0, "10.1.0.6")
	announce("10.1.0.7")
	put(t, p.pods.GetStore().Update, pod("db", "u2", "10.1.0.8"))
	expect("another pod of the name", 0, "10.1.0.8")
	put(t, p.pods.GetStore().Delete, pod("db", "u2"))
	expect("gone", 0)
}

// TestPodIsWaitedFor has the plugin announce a pod before the agent has heard of it.
func TestPodIsWaitedFor(t *testing.T) {
	p := newTestPolicies(t, pod("db", "old"))
	done := make(chan error)
	go func() {
		done <- p.isolate(context.Background(), isolate.Pod{Namespace: "shop", Name: "db", UID: "new"})
	}()
	select {
	case err := <-done:
		t.Fatalf("took the pod before for it: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	put(t, p.pods.GetStore().Update, pod("db", "new"))
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestUnknownPodIsAnError(t *testing.T) {
	p := newTestPolicies(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := p.isolate(ctx, isolate.Pod{Namespace: "shop", Name: "db", UID: "u1"}); err == nil {
		t.Error("no error for a pod that nobody knows")
	}
}

// TestPodFromFile announces a pod as the kubelet does that read it from a file on its node: by the
// hash of the file, while its object has another UID.
func TestPodFromFile(t *testing.T) {
	mirror := pod("static", "u1")
	mirror.Annotations = map[string]string{configHash: "h1", "other": "x"}
	slimPod(mirror)
	p := newTestPolicies(t, mirror)
	err := p.isolate(context.Background(), isolate.Pod{Namespace: "shop", Name: "static", UID: "h1", IPs: []netip.Addr{netip.MustParseAddr("10.1.0.5")}})
	if got := p.addresses("static"); err != nil || !slices.Equal(got, []string{"10.1.0.5"}) {
		t.Errorf("addresses %v, %v", got, err)
	}
}

// TestEndedPods has a pod that ended, whose address may be another's by now.
func TestEndedPods(t *testing.T) {
	for _, phase := range []corev1.PodPhase{corev1.PodSucceeded, corev1.PodFailed} {
		ended := pod("job", "u1", "10.1.0.5")
		ended.Status.Phase = phase
		if got := newTestPolicies(t, ended).addresses("job"); len(got) > 0 {
			t.Errorf("%s: addresses %v", phase, got)
		}
	}
}
