package main

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/routes"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func node(name, pods string, addresses ...string) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if pods != "" {
		n.Spec.PodCIDRs = strings.Split(pods, ",")
		n.Spec.PodCIDR = n.Spec.PodCIDRs[0]
	}
	n.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: name}}
	for _, a := range addresses {
		n.Status.Addresses = append(n.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: a})
	}
	return n
}

func TestPlan(t *testing.T) {
	p, err := makePlan(settings{node: "one"}, []*corev1.Node{
		node("two", "10.2.0.0/24,fd00:2::/64", "192.168.50.2", "fc00::2"),
		node("one", "10.1.0.0/24,fd00:1::/64", "192.168.50.1", "fc00::1"),
		node("new", "", "192.168.50.3"), // has no pod range yet
		node("four-only", "10.4.0.0/24,fd00:4::/64", "192.168.50.4"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []routes.Route{
		{To: netip.MustParsePrefix("10.4.0.0/24"), Via: netip.MustParseAddr("192.168.50.4")},
		{To: netip.MustParsePrefix("10.2.0.0/24"), Via: netip.MustParseAddr("192.168.50.2")},
		{To: netip.MustParsePrefix("fd00:2::/64"), Via: netip.MustParseAddr("fc00::2")},
	}
	if !slices.Equal(p.routes, want) {
		t.Errorf("routes %v, want %v", p.routes, want)
	}
	if p.address.String() != "192.168.50.1" || len(p.local) != 2 {
		t.Errorf("address %v, pods %v", p.address, p.local)
	}
	for _, inside := range []string{"10.1.0.0/24", "10.2.0.0/24", "192.168.50.1/32", "192.168.50.3/32", "fd00:4::/64", "fc00::2/128"} {
		if !slices.Contains(p.masquerade.Cluster, netip.MustParsePrefix(inside)) {
			t.Errorf("%s is not taken for the cluster's: %v", inside, p.masquerade.Cluster)
		}
	}
}

func TestPlanWaits(t *testing.T) {
	for _, nodes := range [][]*corev1.Node{
		nil,
		{node("other", "10.2.0.0/24", "192.168.50.2")},
		{node("one", "", "192.168.50.1")},
		{node("one", "10.1.0.0/24")},
	} {
		if _, err := makePlan(settings{node: "one"}, nodes); err == nil || !strings.Contains(err.Error(), "node one") {
			t.Errorf("%v: %v", nodes, err)
		}
	}
}

// TestSlimPod has a pod lose what the agent does not read and nothing else.
func TestSlimPod(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "db", ResourceVersion: "7", Labels: map[string]string{"app": "db"},
			Annotations: map[string]string{"large": "text"}, ManagedFields: []metav1.ManagedFieldsEntry{{}},
		},
		Spec: corev1.PodSpec{
			NodeName: "one",
			InitContainers: []corev1.Container{{
				RestartPolicy: &always,
				Ports:         []corev1.ContainerPort{{Name: "side", ContainerPort: 15000, Protocol: corev1.ProtocolTCP}},
			}},
			Containers: []corev1.Container{
				{Image: "db", Ports: []corev1.ContainerPort{{ContainerPort: 1}, {Name: "sql", ContainerPort: 5432, Protocol: corev1.ProtocolTCP}}},
				{Image: "dns", Ports: []corev1.ContainerPort{{Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP}}},
			},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIPs: []corev1.PodIP{{IP: "10.1.0.5"}, {IP: "fd00:1::5"}}},
	}
	whole := toPod(pod)
	whole.Ports = slices.DeleteFunc(whole.Ports, func(p policy.NamedPort) bool { return p.Name == "" })
	slimPod(pod)
	slim := toPod(pod)
	if !slices.Equal(slim.Ports, whole.Ports) || !slices.Equal(slim.IPs, whole.IPs) || slim.Labels["app"] != "db" ||
		slim.Node != "one" || slim.Namespace != "shop" || slim.Name != "db" || len(slim.Ports) != 3 {
		t.Errorf("got %+v, want %+v", slim, whole)
	}
	if pod.ResourceVersion != "7" || pod.Annotations != nil || pod.ManagedFields != nil || pod.Spec.Containers[0].Image != "" {
		t.Errorf("kept %+v", pod)
	}
}
