package snapshot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	discovery "k8s.io/api/apidiscovery/v2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

// A resource is a kind of objects that can be listed and deleted.
type resource struct {
	schema.GroupVersionResource
	kind       string
	namespaced bool
	status     bool // has a subresource of its own for the status
}

// id names a resource whatever its version, such as deployments.apps.
func (r resource) id() string { return r.GroupResource().String() }

// Resources that Slipway itself works with.
var (
	apiServices = resource{GroupVersionResource: schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}, kind: "APIService", status: true}
	crds        = resource{GroupVersionResource: schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}, kind: "CustomResourceDefinition", status: true}
	namespaces  = resource{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, kind: "Namespace", status: true}
	events      = schema.GroupVersionResource{Version: "v1", Resource: "events"}
)

// discover returns the resources of every group that answers, each in the version that the server
// likes best. A group that does not answer is left out.
func discover(ctx context.Context, api rest.Interface) ([]resource, error) {
	var all []discovery.APIGroupDiscovery
	for _, path := range []string{"/api", "/apis"} {
		groups, err := groupsAt(ctx, api, path)
		if err != nil {
			return nil, fmt.Errorf("ask the API server for its resources: %w", err)
		}
		all = append(all, groups...)
	}
	return preferred(all), nil
}

// groupsKind is what an API server since Kubernetes 1.30 answers who asks for all its resources at once.
const groupsKind = "APIGroupDiscoveryList"

func groupsAt(ctx context.Context, api rest.Interface, path string) ([]discovery.APIGroupDiscovery, error) {
	body, err := api.Get().AbsPath(path).
		SetHeader("Accept", "application/json;g="+discovery.GroupName+";v="+discovery.SchemeGroupVersion.Version+";as="+groupsKind).
		DoRaw(ctx)
	if err != nil {
		return nil, err
	}
	var list discovery.APIGroupDiscoveryList
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("get %s: %w", path, err)
	}
	if list.Kind != groupsKind {
		return nil, fmt.Errorf("get %s: the answer is of kind %q, and not %s, which Kubernetes has since 1.30", path, list.Kind, groupsKind)
	}
	return list.Items, nil
}

// preferred picks of every resource the first version in the order of its group.
func preferred(groups []discovery.APIGroupDiscovery) []resource {
	var picked []resource
	seen := map[string]bool{}
	for _, g := range groups {
		for _, v := range g.Versions {
			if v.Freshness == discovery.DiscoveryFreshnessStale { // its server does not answer
				continue
			}
			for _, r := range v.Resources {
				if !slices.Contains(r.Verbs, "list") || !slices.Contains(r.Verbs, "delete") || r.ResponseKind == nil {
					continue
				}
				found := resource{
					GroupVersionResource: schema.GroupVersionResource{Group: g.Name, Version: v.Version, Resource: r.Resource},
					kind:                 r.ResponseKind.Kind,
					namespaced:           r.Scope == discovery.ScopeNamespace,
					status:               slices.ContainsFunc(r.Subresources, func(s discovery.APISubresourceDiscovery) bool { return s.Subresource == "status" }),
				}
				if !seen[found.id()] {
					seen[found.id()] = true
					picked = append(picked, found)
				}
			}
		}
	}
	return picked
}

// custom returns the resource that a CustomResourceDefinition defines, in the first version that is
// served.
func custom(crd *unstructured.Unstructured) (resource, bool) {
	get := func(fields ...string) string {
		s, _, _ := unstructured.NestedString(crd.Object, append([]string{"spec"}, fields...)...)
		return s
	}
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	for _, v := range versions {
		version, _ := v.(map[string]any)
		if served, _ := version["served"].(bool); !served {
			continue
		}
		name, _ := version["name"].(string)
		_, status, _ := unstructured.NestedMap(version, "subresources", "status")
		return resource{
			GroupVersionResource: schema.GroupVersionResource{Group: get("group"), Version: name, Resource: get("names", "plural")},
			kind:                 get("names", "kind"), namespaced: get("scope") == "Namespaced", status: status,
		}, true
	}
	return resource{}, false
}

// elsewhere returns the group versions that are kept by a server other than the cluster's own.
func elsewhere(services []*item) map[schema.GroupVersion]bool {
	found := map[schema.GroupVersion]bool{}
	for _, s := range services {
		if _, aggregated, _ := unstructured.NestedMap(s.obj.Object, "spec", "service"); aggregated {
			group, _, _ := unstructured.NestedString(s.obj.Object, "spec", "group")
			version, _, _ := unstructured.NestedString(s.obj.Object, "spec", "version")
			found[schema.GroupVersion{Group: group, Version: version}] = true
		}
	}
	return found
}
