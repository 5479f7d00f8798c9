package snapshot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
func discover(ctx context.Context, d discovery.DiscoveryInterface) ([]resource, error) {
	type answer struct {
		groups []*metav1.APIGroup
		lists  []*metav1.APIResourceList
		err    error
	}
	answers := make(chan answer, 1) // discovery knows no context
	go func() {
		groups, lists, err := d.ServerGroupsAndResources()
		answers <- answer{groups, lists, err}
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("ask the API server for its resources: %w", context.Cause(ctx))
	case a := <-answers:
		if a.err != nil && !discovery.IsGroupDiscoveryFailedError(a.err) {
			return nil, fmt.Errorf("ask the API server for its resources: %w", a.err)
		}
		return preferred(a.groups, a.lists), nil
	}
}

// preferred picks of every resource the first version in the order of its group.
func preferred(groups []*metav1.APIGroup, lists []*metav1.APIResourceList) []resource {
	byVersion := map[string]*metav1.APIResourceList{}
	for _, l := range lists {
		byVersion[l.GroupVersion] = l
	}
	var picked []resource
	seen := map[string]bool{}
	for _, g := range groups {
		for _, v := range g.Versions {
			for _, r := range deletable(byVersion[v.GroupVersion]) {
				if !seen[r.id()] {
					seen[r.id()] = true
					picked = append(picked, r)
				}
			}
		}
	}
	return picked
}

func deletable(list *metav1.APIResourceList) []resource {
	if list == nil {
		return nil
	}
	gv, err := schema.ParseGroupVersion(list.GroupVersion)
	if err != nil {
		return nil
	}
	var found []resource
	for _, r := range list.APIResources {
		if strings.Contains(r.Name, "/") || !slices.Contains(r.Verbs, "list") || !slices.Contains(r.Verbs, "delete") {
			continue
		}
		status := slices.ContainsFunc(list.APIResources, func(s metav1.APIResource) bool { return s.Name == r.Name+"/status" })
		found = append(found, resource{GroupVersionResource: gv.WithResource(r.Name), kind: r.Kind, namespaced: r.Namespaced, status: status})
	}
	return found
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
