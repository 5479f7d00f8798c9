package snapshot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestContent(t *testing.T) {
	tests := []struct{ name, object, want string }{
		{"what the server writes", `
apiVersion: v1
kind: ConfigMap
metadata:
  name: c
  namespace: shop
  uid: 1
  resourceVersion: "7"
  generation: 3
  creationTimestamp: "2026-01-01T00:00:00Z"
  managedFields: [{manager: kubectl}]
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
  labels: {app: web}
data: {a: b}`,
			`{"apiVersion":"v1","data":{"a":"b"},"kind":"ConfigMap","metadata":{"labels":{"app":"web"},"name":"c","namespace":"shop"}}`},
		{"owners by name", `
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: shop, ownerReferences: [{apiVersion: v1, kind: Node, name: n1, uid: x}]}`,
			`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"shop","ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n1"}]}}`},
		{"node", `
apiVersion: v1
kind: Node
metadata: {name: n1, annotations: {node.alpha.kubernetes.io/ttl: "0", mine: x}}
spec:
  podCIDR: 10.244.0.0/24
  providerID: kind://n
  unschedulable: true
  taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}, {key: a, effect: NoExecute, timeAdded: "2026-01-01T00:00:00Z"}]
status: {nodeInfo: {kubeletVersion: v1}}`,
			`{"apiVersion":"v1","kind":"Node","metadata":{"annotations":{"mine":"x"},"name":"n1"},"spec":{"taints":[{"effect":"NoExecute","key":"a"}],"unschedulable":true}}`},
		{"namespace", `
apiVersion: v1
kind: Namespace
name: shop
spec: {finalizers: [kubernetes]}
status: {phase: Active}`,
			`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}`},
		{"signatures of cluster-info", `
apiVersion: v1
kind: ConfigMap
name: kube-public/cluster-info
data: {kubeconfig: k, jws-kubeconfig-abcdef: s}`,
			`{"apiVersion":"v1","data":{"kubeconfig":"k"},"kind":"ConfigMap","metadata":{"name":"cluster-info","namespace":"kube-public"}}`},
		{"token of an account", `
apiVersion: v1
kind: Secret
metadata: {name: t, namespace: shop, annotations: {kubernetes.io/service-account.name: a, kubernetes.io/service-account.uid: x}}
type: kubernetes.io/service-account-token
data: {token: eA==}`,
			`{"apiVersion":"v1","kind":"Secret","metadata":{"annotations":{"kubernetes.io/service-account.name":"a"},"name":"t","namespace":"shop"},"type":"kubernetes.io/service-account-token"}`},
		{"restart of a rollout", `
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: shop, annotations: {deployment.kubernetes.io/revision: "2"}}
spec: {replicas: 2, template: {metadata: {annotations: {kubectl.kubernetes.io/restartedAt: now}, labels: {a: b}}}}
status: {replicas: 2}`,
			`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"shop"},"spec":{"replicas":2,"template":{"metadata":{"labels":{"a":"b"}}}}}`},
		{"claim of a volume", `
apiVersion: v1
kind: PersistentVolume
name: v
spec: {claimRef: {name: c, namespace: shop, uid: x, resourceVersion: "3"}}`,
			`{"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"v"},"spec":{"claimRef":{"name":"c","namespace":"shop"}}}`},
		{"selector of a job", `
apiVersion: batch/v1
kind: Job
name: shop/j
spec: {selector: {matchLabels: {batch.kubernetes.io/controller-uid: x}}, template: {metadata: {labels: {controller-uid: x, a: b}}}}`,
			`{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j","namespace":"shop"},"spec":{"template":{"metadata":{"labels":{"a":"b"}}}}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			it := inventoryOf(t, test.object).items[0]
			before := string(encode(it.obj.Object))
			if got := string(encode(content(it))); got != test.want {
				t.Errorf("content is\n%s\nwant\n%s", got, test.want)
			}
			if string(encode(it.obj.Object)) != before {
				t.Error("the object itself was changed")
			}
		})
	}
}

func TestAutomatic(t *testing.T) {
	const cluster = `
{apiVersion: v1, kind: Secret, name: kube-system/bootstrap-token-abcdef, type: bootstrap.kubernetes.io/token}
---
{apiVersion: v1, kind: Secret, name: shop/mine, type: Opaque}
---
{apiVersion: coordination.k8s.io/v1, kind: Lease, name: kube-system/kube-scheduler}
---
{apiVersion: coordination.k8s.io/v1, kind: Lease, name: shop/mine}
---
{apiVersion: v1, kind: Service, name: shop/web}
---
{apiVersion: v1, kind: Endpoints, name: shop/web}
---
{apiVersion: v1, kind: Endpoints, name: shop/mine}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-x, namespace: shop, labels: {endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, name: shop/mine}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, name: default/kubernetes}
---
{apiVersion: v1, kind: Pod, metadata: {name: etcd, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.example.test, labels: {kube-aggregator.kubernetes.io/automanaged: "true"}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.apps, labels: {kube-aggregator.kubernetes.io/automanaged: onstart}}
---
{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, name: x/csr-1, spec: {username: "system:node:n"}}
---
{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, name: x/alice, spec: {username: kubernetes-admin}}
`
	var kept []string
	for _, o := range inventoryOf(t, cluster).state().Objects {
		kept = append(kept, o.String())
	}
	want := []string{
		"apiservice v1.apps", "certificatesigningrequest x/alice", "endpoints shop/mine", "endpointslice shop/mine",
		"lease shop/mine", "secret shop/mine", "service shop/web",
	}
	if !slices.Equal(kept, want) {
		t.Errorf("the state holds\n%q\nwant\n%q", kept, want)
	}
}

const dns = `
{apiVersion: v1, kind: ServiceAccount, metadata: {name: dns, namespace: kube-system, creationTimestamp: "2026-01-01T00:00:00Z"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: dns, namespace: kube-system, creationTimestamp: "2026-01-01T00:00:00Z"}, data: {Corefile: x}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: dns, namespace: kube-system, uid: d}, spec: {replicas: 1}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: dns-1, namespace: kube-system, uid: r, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: dns, uid: d, controller: true}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: dns-1-abc
  namespace: kube-system
  creationTimestamp: "2026-01-01T00:01:00Z"
  labels: {app: dns, pod-template-hash: abc}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: dns-1, uid: r, controller: true}]
spec:
  nodeName: n1
  serviceAccountName: dns
  containers: [{name: dns, image: coredns, volumeMounts: [{name: kube-api-access-xyz}, {name: c}]}]
  volumes: [{name: kube-api-access-xyz}, {name: c, configMap: {name: dns}}]
status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
`

func TestDiff(t *testing.T) {
	tests := []struct {
		name   string
		change []string // pairs of old and new text
		want   []string
	}{
		{"nothing", nil, nil},
		{"another pod of the same shape", []string{"abc", "def", "xyz", "uvw", "n1", "n2"}, nil},
		{"pod not ready", []string{`status: "True"`, `status: "False"`}, []string{"changed: deployment kube-system/dns (0 of 1 pods as they were)"}},
		{"pod ending", []string{"labels: {app", "deletionTimestamp: \"2026-01-01T00:00:00Z\"\n  labels: {app"},
			[]string{"changed: deployment kube-system/dns (0 of 1 pods as they were)"}},
		{"pod of another image", []string{"image: coredns", "image: other"}, []string{"changed: deployment kube-system/dns (0 of 1 pods as they were)"}},
		{"pod relabelled", []string{"labels: {app: dns", "labels: {app: web"}, []string{"changed: deployment kube-system/dns (0 of 1 pods as they were)"}},
		{"configuration written again", []string{`dns, namespace: kube-system, creationTimestamp: "2026-01-01T00:00:00Z"}, data`, `dns, namespace: kube-system, creationTimestamp: "2026-01-01T00:02:00Z"}, data`},
			[]string{"changed: deployment kube-system/dns (0 of 1 pods as they were)"}},
		{"account made anew", []string{`ServiceAccount, metadata: {name: dns, namespace: kube-system, creationTimestamp: "2026-01-01T00:00:00Z"`, `ServiceAccount, metadata: {name: dns, namespace: kube-system, creationTimestamp: "2026-01-01T00:02:00Z"`},
			[]string{"changed: deployment kube-system/dns (0 of 1 pods as they were)"}},
		{"configuration changed", []string{"Corefile: x", "Corefile: y"}, []string{"changed: configmap kube-system/dns (data.Corefile)"}},
		{"scaled", []string{"replicas: 1", "replicas: 3"}, []string{"changed: deployment kube-system/dns (spec.replicas)"}},
		{"workload renamed", []string{"name: dns, namespace: kube-system, uid: d", "name: web, namespace: kube-system, uid: d"},
			[]string{"missing: deployment kube-system/dns", "left over: deployment kube-system/web"}},
		{"workload gone, its ReplicaSet left", []string{", uid: d}, spec", ", uid: e}, spec"},
			[]string{"changed: deployment kube-system/dns (0 of 1 pods as they were)", "left over: replicaset kube-system/dns-1"}},
	}
	baseline := inventoryOf(t, dns).state()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := dns
			for i := 0; i < len(test.change); i += 2 {
				if !strings.Contains(text, test.change[i]) {
					t.Fatalf("the cluster has no %q", test.change[i])
				}
				text = strings.ReplaceAll(text, test.change[i], test.change[i+1])
			}
			now := inventoryOf(t, text).state()
			var got []string
			for _, c := range baseline.Diff(now) {
				got = append(got, c.String())
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("differs by\n%q\nwant\n%q", got, test.want)
			}
			if same := now.Digest() == baseline.Digest(); same != (len(test.want) == 0) {
				t.Errorf("digests are equal: %t, with the changes %q", same, got)
			}
		})
	}
}

func TestStateIsTheSameFromAFile(t *testing.T) {
	s := inventoryOf(t, dns+`
---
{apiVersion: example.test/v1, kind: Boat, name: shop/b, spec: {length: 3, weight: 1.5, text: "a < b & c", none: null}}
`).state()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again := &State{}
	if err := json.Unmarshal(data, again); err != nil {
		t.Fatal(err)
	}
	if s.Digest() != again.Digest() {
		t.Errorf("digest from a file differs: %v", s.Diff(again))
	}
}

func TestIncompleteTellsNamespacesFirst(t *testing.T) {
	baseline := inventoryOf(t, "{apiVersion: v1, kind: Namespace, name: default}").state()
	now := inventoryOf(t, `
{apiVersion: v1, kind: Namespace, name: default}
---
{apiVersion: v1, kind: Namespace, name: shop}
---
{apiVersion: v1, kind: ConfigMap, name: shop/inside}
---
{apiVersion: v1, kind: ConfigMap, name: default/outside}
`).state()
	err := &Incomplete{Changes: baseline.Diff(now), Err: errTest}
	if want := "restore cluster: left over: namespace shop; left over: configmap default/outside: no time"; err.Error() != want {
		t.Errorf("error is %q, want %q", err, want)
	}
}
