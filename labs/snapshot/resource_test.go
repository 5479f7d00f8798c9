package snapshot

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
)

// serverOf returns a Client of an API server that answers who asks for resources: for each path, what it says.
func serverOf(t *testing.T, answers map[string]string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		switch {
		case !ok:
			w.WriteHeader(http.StatusForbidden)
		case !strings.Contains(r.Header.Get("Accept"), "as=APIGroupDiscoveryList"):
			w.WriteHeader(http.StatusNotAcceptable)
		default:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, answer)
		}
	}))
	t.Cleanup(server.Close)
	c, err := newClient(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	coreGroup = `{"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": [{"metadata": {}, "versions": [{"version": "v1", "resources": [
		{"resource": "namespaces", "responseKind": {"version": "v1", "kind": "Namespace"}, "scope": "Cluster", "verbs": ["delete", "list"],
			"subresources": [{"subresource": "finalize"}, {"subresource": "status"}]},
		{"resource": "configmaps", "responseKind": {"version": "v1", "kind": "ConfigMap"}, "scope": "Namespaced", "verbs": ["delete", "list"]},
		{"resource": "bindings", "responseKind": {"version": "v1", "kind": "Binding"}, "scope": "Namespaced", "verbs": ["create"]}]}]}]}`
	otherGroups = `{"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": [
		{"metadata": {"name": "harbour.example"}, "versions": [
			{"version": "v2", "resources": [
				{"resource": "docks", "responseKind": {"group": "harbour.example", "version": "v2", "kind": "Dock"}, "scope": "Namespaced", "verbs": ["delete", "list"]},
				{"resource": "tides", "responseKind": null, "scope": "Cluster", "verbs": ["delete", "list"]}]},
			{"version": "v1", "resources": [
				{"resource": "docks", "responseKind": {"group": "harbour.example", "version": "v1", "kind": "Dock"}, "scope": "Namespaced", "verbs": ["delete", "list"]},
				{"resource": "cranes", "responseKind": {"group": "harbour.example", "version": "v1", "kind": "Crane"}, "scope": "Cluster", "verbs": ["delete", "list"]}]}]},
		{"metadata": {"name": "metrics.example"}, "versions": [{"version": "v1", "freshness": "Stale", "resources": [
			{"resource": "gauges", "responseKind": {"group": "metrics.example", "version": "v1", "kind": "Gauge"}, "scope": "Cluster", "verbs": ["delete", "list"]}]}]}]}`
)

// Of each resource that can be listed and deleted the first version counts; what a server does not answer for is left out.
func TestDiscover(t *testing.T) {
	c := serverOf(t, map[string]string{"/api": coreGroup, "/apis": otherGroups})
	found, err := c.resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range found {
		got = append(got, fmt.Sprintf("%s %s %s namespaced=%t status=%t", r.id(), r.Version, r.kind, r.namespaced, r.status))
	}
	want := []string{
		"namespaces v1 Namespace namespaced=false status=true",
		"configmaps v1 ConfigMap namespaced=true status=false",
		"docks.harbour.example v2 Dock namespaced=true status=false",
		"cranes.harbour.example v1 Crane namespaced=false status=false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// An API server that is too old, or does not let us in, is told as that.
func TestDiscoverRefused(t *testing.T) {
	old := serverOf(t, map[string]string{"/api": `{"kind": "APIVersions", "versions": ["v1"]}`})
	if _, err := old.resources(t.Context()); err == nil || !strings.Contains(err.Error(), `of kind "APIVersions", and not APIGroupDiscoveryList, which Kubernetes has since 1.30`) {
		t.Errorf("old server: %v", err)
	}
	shut := serverOf(t, map[string]string{"/api": coreGroup})
	if _, err := shut.resources(t.Context()); !apierrors.IsForbidden(err) {
		t.Errorf("closed server: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(context.DeadlineExceeded)
	if _, err := shut.resources(ctx); err == nil || !done(ctx, err) {
		t.Errorf("after the end: %v", err)
	}
}
