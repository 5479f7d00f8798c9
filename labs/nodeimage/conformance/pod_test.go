package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/policy/policytest"
	corev1 "k8s.io/api/core/v1"
)

// container is one of the toolbox image.
func container(name string, command ...string) object {
	return object{"name": name, "image": "slipway/toolbox:v1", "imagePullPolicy": "IfNotPresent", "command": command}
}

// podObject is a pod with a server at every port that a scenario asks it at. Its readiness is probed
// by its node, which no policy may keep from it.
func podObject(pod policy.Pod, node string, scenarios []policytest.Scenario) object {
	tcp, udp := asked(pod, scenarios)
	web := container("tcp", "serve", "--port", strings.Join(append(tcp, "8080"), ","))
	web["readinessProbe"] = object{"httpGet": object{"path": "/readyz", "port": 8080}, "periodSeconds": 1}
	containers := []object{web}
	for _, port := range udp {
		containers = append(containers, container("udp-"+port, "udp-echo", "--port", port))
	}
	// A container lists no name twice, but two containers may list the same.
	for i, p := range pod.Ports {
		named := container(fmt.Sprintf("named-%d", i), "sleep")
		named["ports"] = []object{{"name": p.Name, "containerPort": p.Port, "protocol": p.Protocol}}
		containers = append(containers, named)
	}
	return object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": object{"name": pod.Name, "namespace": prefix + pod.Namespace, "labels": pod.Labels},
		"spec": object{
			"nodeName": node, "containers": containers, "terminationGracePeriodSeconds": 1,
			"tolerations": []object{{"operator": "Exists"}},
		},
	}
}

// asked returns the ports that scenarios ask a pod at, without 8080/TCP.
func asked(pod policy.Pod, scenarios []policytest.Scenario) (tcp, udp []string) {
	ports := map[corev1.Protocol]map[string]bool{corev1.ProtocolTCP: {}, corev1.ProtocolUDP: {}}
	for _, s := range scenarios {
		for _, f := range s.Expect {
			if f.To == pod.Namespace+"/"+pod.Name {
				ports[f.Protocol][fmt.Sprint(f.Port)] = true
			}
		}
	}
	delete(ports[corev1.ProtocolTCP], "8080")
	return slices.Sorted(maps.Keys(ports[corev1.ProtocolTCP])), slices.Sorted(maps.Keys(ports[corev1.ProtocolUDP]))
}
