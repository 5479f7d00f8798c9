package snapshot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"
)

var errTest = errors.New("no time")

const plain = `
{apiVersion: v1, kind: Namespace, name: default}
---
{apiVersion: v1, kind: Namespace, name: kube-system}
---
{apiVersion: v1, kind: ConfigMap, name: kube-system/dns, data: {a: b}}
---
{apiVersion: v1, kind: ServiceAccount, name: default/default}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, name: kube-system/r, rules: [{verbs: [get]}]}
---
{apiVersion: v1, kind: Node, name: n1, spec: {podCIDR: 10.244.0.0/24}, status: {conditions: [{type: Ready, status: "True"}]}}
`

func TestRestore(t *testing.T) {
	tests := []struct {
		name string
		now  string // the cluster to restore
	}{
		{"nothing to do", plain},
		{"left over", plain + `
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop, uid: s1}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop, uid: s2, finalizers: [example.test/hold]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: default, uid: s3}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: w, uid: s4}}
`},
		{"changed", strings.NewReplacer("a: b", "a: c, d: e", "[get]", "[list]").Replace(plain)},
		{"missing", strings.Join(slices.Delete(strings.Split(plain, "\n---\n"), 2, 5), "\n---\n")},
	}
	baseline := inventoryOf(t, plain).state()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, _ := fakeClient(t, test.now)
			if err := c.Restore(t.Context(), baseline, Hooks{}); err != nil {
				t.Fatal(err)
			}
			after, err := c.Take(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if after.Digest() != baseline.Digest() {
				t.Errorf("differs still: %v", baseline.Diff(after))
			}
		})
	}
}

func TestRestoreOfANodeRestartsItsKubelet(t *testing.T) {
	baseline := inventoryOf(t, plain).state()
	c, dyn := fakeClient(t, plain[:strings.Index(plain, "---\n{apiVersion: v1, kind: Node")])
	var restarted []string
	err := c.Restore(t.Context(), baseline, Hooks{Restart: func(ctx context.Context, node string) error {
		restarted = append(restarted, node)
		nodes := kindsOfTests[slices.IndexFunc(kindsOfTests, func(r resource) bool { return r.kind == "Node" })]
		n, err := dyn.Tracker().Get(nodes.GroupVersionResource, "", node)
		if err != nil {
			return err
		}
		obj := n.DeepCopyObject().(runtime.Unstructured)
		content := obj.UnstructuredContent()
		if nested(content, "spec")["podCIDR"] != "10.244.0.0/24" {
			t.Errorf("node is made without what it had at its birth: %v", content)
		}
		merge(content, decode([]byte(`{"status":{"conditions":[{"type":"Ready","status":"True"}]}}`)))
		return dyn.Tracker().Update(nodes.GroupVersionResource, obj, "")
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(restarted, []string{"n1"}) {
		t.Errorf("restarted the kubelets of %q", restarted)
	}
}

func TestRestoreTellsWhatRemains(t *testing.T) {
	baseline := inventoryOf(t, plain).state()
	c, dyn := fakeClient(t, plain+"\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: sticky, namespace: default, uid: s}}")
	dyn.PrependReactor("delete", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, fmt.Errorf("refused: %w", errTest)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	err := c.Restore(ctx, baseline, Hooks{})
	var incomplete *Incomplete
	if !errors.As(err, &incomplete) || !errors.Is(err, errTest) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error is %v", err)
	}
	if len(incomplete.Changes) != 1 || incomplete.Changes[0].String() != "left over: configmap default/sticky" {
		t.Errorf("remaining changes are %v", incomplete.Changes)
	}
}

func TestRestoreMakesAnewWhatCannotBeChanged(t *testing.T) {
	baseline := inventoryOf(t, plain).state()
	c, dyn := fakeClient(t, strings.Replace(plain, "[get]", "[list]", 1))
	dyn.PrependReactor("patch", "roles", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewInvalid(schema.GroupKind{Kind: "Role"}, "r", nil)
	})
	if err := c.Restore(t.Context(), baseline, Hooks{}); err != nil {
		t.Fatal(err)
	}
}

// TestRestoreTouchesNothingWhileAnAPIIsNotServed: without it nobody knows whose the pods are.
func TestRestoreTouchesNothingWhileAnAPIIsNotServed(t *testing.T) {
	baseline := inventoryOf(t, dns).state()
	c, dyn := fakeClient(t, dns)
	c.resources = func(context.Context) ([]resource, error) {
		return slices.DeleteFunc(slices.Clone(kindsOfTests), func(r resource) bool { return r.Group == "apps" }), nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := c.Restore(ctx, baseline, Hooks{}); err == nil || !strings.Contains(err.Error(), "daemonsets.apps is not served") && !strings.Contains(err.Error(), "deployments.apps is not served") {
		t.Errorf("error is %v", err)
	}
	for _, a := range dyn.Actions() {
		if a.GetVerb() != "list" {
			t.Errorf("it did %s %s", a.GetVerb(), a.GetResource())
		}
	}
}

func TestPlan(t *testing.T) {
	baseline := inventoryOf(t, plain).state()
	inv := inventoryOf(t, plain+`
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop, uid: s1}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop, uid: s2}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: default, uid: s3}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-1, namespace: default, uid: s4, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: s3, controller: true}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1-a, namespace: default, uid: s5, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, uid: s4, controller: true}]}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: w, uid: s6}}
---
{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: default, uid: s7}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: v, uid: s8}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.test, uid: s9}
spec: {group: example.test, scope: Namespaced, names: {plural: boats, kind: Boat}, versions: [{name: v1, served: true}]}
---
{apiVersion: example.test/v1, kind: Boat, metadata: {name: b, namespace: default, uid: s10}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-x, namespace: shop, uid: s11, labels: {endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io}}
`)
	r := newRestorer(nil, baseline, Hooks{})
	r.changes = baseline.Diff(inv.state())
	p := r.plan(inv)
	want := [][]string{
		{"namespace shop", "resourcequota default/q"},
		{"boat default/b", "deployment default/web", "replicaset default/web-1"},
		{"configmap shop/c", "endpointslice shop/web-x", "pod default/web-1-a"},
		{"persistentvolume v"},
	}
	if got := names(p.barriers); !slices.Equal(got, []string{"validatingwebhookconfiguration w"}) {
		t.Errorf("barriers are %q", got)
	}
	for i := range want {
		if got := names(p.deletions[i]); !slices.Equal(got, want[i]) {
			t.Errorf("wave %d deletes %q, want %q", i, got, want[i])
		}
	}
}

func TestOrphansGetOneMoreRound(t *testing.T) {
	baseline := inventoryOf(t, plain).state()
	inv := inventoryOf(t, plain+`
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: default, uid: s5, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: gone, uid: s4, controller: true}]}
`)
	r := newRestorer(nil, baseline, Hooks{})
	r.changes = baseline.Diff(inv.state())
	if p := r.plan(inv); len(p.deletions[members]) != 0 {
		t.Errorf("first round deletes %q", names(p.deletions[members]))
	}
	if p := r.plan(inv); !slices.Equal(names(p.deletions[members]), []string{"pod default/a"}) {
		t.Errorf("second round deletes %q", names(p.deletions[members]))
	}
}

func TestPatchTo(t *testing.T) {
	tests := []struct{ from, to, want string }{
		{`{"a":1}`, `{"a":1}`, `{}`},
		{`{"a":1,"b":2}`, `{"a":1}`, `{"b":null}`},
		{`{"a":{"b":1,"c":2}}`, `{"a":{"b":1,"c":3}}`, `{"a":{"c":3}}`},
		{`{"a":[1,2]}`, `{"a":[2]}`, `{"a":[2]}`},
		{`{"a":1}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
	}
	for _, test := range tests {
		if got := string(encode(patchTo(decode([]byte(test.from)), decode([]byte(test.to))))); got != test.want {
			t.Errorf("patch from %s to %s is %s, want %s", test.from, test.to, got, test.want)
		}
	}
}
