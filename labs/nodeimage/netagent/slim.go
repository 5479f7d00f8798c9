package main

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// What is dropped from objects before they are remembered: all that the agent does not read. On a
// small cluster that is nine tenths of them.

func slimMeta(m *metav1.ObjectMeta, keepLabels bool) {
	kept := metav1.ObjectMeta{Namespace: m.Namespace, Name: m.Name, UID: m.UID, ResourceVersion: m.ResourceVersion}
	if keepLabels {
		kept.Labels = m.Labels
	}
	*m = kept
}

func slimNode(obj runtime.Object) {
	if n, ok := obj.(*corev1.Node); ok {
		slimMeta(&n.ObjectMeta, false)
		n.Spec = corev1.NodeSpec{PodCIDR: n.Spec.PodCIDR, PodCIDRs: n.Spec.PodCIDRs}
		n.Status = corev1.NodeStatus{Addresses: n.Status.Addresses}
	}
}

func slimNamespace(obj runtime.Object) {
	if n, ok := obj.(*corev1.Namespace); ok {
		slimMeta(&n.ObjectMeta, true)
		n.Spec, n.Status = corev1.NamespaceSpec{}, corev1.NamespaceStatus{}
	}
}

func slimPolicy(obj runtime.Object) {
	if p, ok := obj.(*networkingv1.NetworkPolicy); ok {
		slimMeta(&p.ObjectMeta, false)
	}
}

// configHash is the annotation by which the kubelet says what it calls a pod from a file on its node.
const configHash = "kubernetes.io/config.hash"

func slimPod(obj runtime.Object) {
	if p, ok := obj.(*corev1.Pod); ok {
		hash, fromFile := p.Annotations[configHash]
		slimMeta(&p.ObjectMeta, true)
		if fromFile {
			p.Annotations = map[string]string{configHash: hash}
		}
		p.Spec = corev1.PodSpec{
			NodeName:       p.Spec.NodeName,
			HostNetwork:    p.Spec.HostNetwork,
			Containers:     slimContainers(p.Spec.Containers),
			InitContainers: slimContainers(p.Spec.InitContainers),
		}
		p.Status = corev1.PodStatus{Phase: p.Status.Phase, PodIPs: p.Status.PodIPs}
	}
}

// slimContainers keeps containers' named ports.
func slimContainers(containers []corev1.Container) []corev1.Container {
	var kept corev1.Container
	for _, c := range containers {
		for _, port := range c.Ports {
			if port.Name != "" {
				kept.Ports = append(kept.Ports, port)
			}
		}
	}
	if len(kept.Ports) == 0 {
		return nil
	}
	return []corev1.Container{kept}
}
