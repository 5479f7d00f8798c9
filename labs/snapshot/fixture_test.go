package snapshot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	"sigs.k8s.io/yaml"
)

// kindsOfTests are the resources that the clusters of tests serve.
var kindsOfTests = []resource{
	apiServices, crds, namespaces,
	served("", "configmaps", "ConfigMap"),
	served("", "endpoints", "Endpoints"),
	served("", "persistentvolumeclaims", "PersistentVolumeClaim"),
	served("", "pods", "Pod"),
	served("", "resourcequotas", "ResourceQuota"),
	served("", "secrets", "Secret"),
	served("", "serviceaccounts", "ServiceAccount"),
	served("", "services", "Service"),
	served("apps", "daemonsets", "DaemonSet"),
	served("apps", "deployments", "Deployment"),
	served("apps", "replicasets", "ReplicaSet"),
	served("batch", "jobs", "Job"),
	served("certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest"),
	served("coordination.k8s.io", "leases", "Lease"),
	served("discovery.k8s.io", "endpointslices", "EndpointSlice"),
	served("example.test", "boats", "Boat"),
	served("rbac.authorization.k8s.io", "roles", "Role"),
	{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "nodes"}, kind: "Node", status: true},
	{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"}, kind: "PersistentVolume", status: true},
	{GroupVersionResource: schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}, kind: "ValidatingWebhookConfiguration"},
}

func served(group, plural, kind string) resource {
	return resource{
		GroupVersionResource: schema.GroupVersionResource{Group: group, Version: "v1", Resource: plural},
		kind:                 kind, namespaced: true, status: true,
	}
}

// objects reads YAML documents. Metadata may be written short: "name: a" or "name: ns/a". Every object
// gets a uid, u- and its place in the list, but where it tells its own.
func objects(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	var list []*unstructured.Unstructured
	for _, doc := range strings.Split(text, "\n---\n") {
		obj := map[string]any{}
		if err := yaml.Unmarshal([]byte(doc), &obj); err != nil {
			t.Fatalf("%v:\n%s", err, doc)
		}
		obj = decode(encode(obj))
		if len(obj) == 0 {
			continue
		}
		meta, ok := obj["metadata"].(map[string]any)
		if !ok {
			meta = map[string]any{}
			obj["metadata"] = meta
		}
		if name, ok := obj["name"].(string); ok {
			delete(obj, "name")
			if ns, name, ok := strings.Cut(name, "/"); ok {
				meta["namespace"], meta["name"] = ns, name
			} else {
				meta["name"] = ns
			}
		}
		u := &unstructured.Unstructured{Object: obj}
		if u.GetUID() == "" {
			u.SetUID(types.UID(fmt.Sprintf("u-%d", len(list))))
		}
		list = append(list, u)
	}
	return list
}

// inventoryOf returns the inventory of a cluster that holds objects.
func inventoryOf(t *testing.T, text string) *inventory {
	t.Helper()
	inv := &inventory{resources: map[string]resource{}, whole: true}
	for _, r := range kindsOfTests {
		inv.resources[r.id()] = r
	}
	for _, obj := range objects(t, text) {
		gvk := obj.GroupVersionKind()
		i := slices.IndexFunc(kindsOfTests, func(r resource) bool { return r.kind == gvk.Kind && r.Group == gvk.Group })
		if i < 0 {
			t.Fatalf("tests know no kind %s", gvk)
		}
		inv.items = append(inv.items, &item{resource: kindsOfTests[i], obj: obj})
	}
	inv.link()
	return inv
}

// fakeClient returns a Client for a cluster that holds objects, and that neither controllers nor
// admission change.
func fakeClient(t *testing.T, text string) (*Client, *fake.FakeDynamicClient) {
	t.Helper()
	lists := map[schema.GroupVersionResource]string{events: "EventList"}
	for _, r := range kindsOfTests {
		lists[r.GroupVersionResource] = r.kind + "List"
	}
	dyn := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), lists)
	inv := inventoryOf(t, text)
	for _, it := range inv.items {
		if err := dyn.Tracker().Create(it.resource.GroupVersionResource, it.obj, it.obj.GetNamespace()); err != nil {
			t.Fatal(err)
		}
	}
	return &Client{dynamic: dyn, resources: func(context.Context) ([]resource, error) { return slices.Clone(kindsOfTests), nil }}, dyn
}

// names tells items as kind ns/name.
func names(items []*item) []string {
	var list []string
	for _, it := range items {
		list = append(list, Object{Kind: it.resource.kind, Namespace: it.obj.GetNamespace(), Name: it.obj.GetName()}.String())
	}
	return list
}
