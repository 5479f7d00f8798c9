package kubeapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/kubeapi"
)

// A server answers as an API server with the nodes that it is given.
type server struct {
	mu    sync.Mutex
	nodes map[string]state
}

type state struct {
	ready bool
	heard time.Time
}

func (s *server) set(name string, is state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes[name] = is
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var items []string
	switch {
	case r.URL.Path == "/readyz" && len(s.nodes) == 0:
		http.Error(w, "not yet", http.StatusInternalServerError)
		return
	case r.URL.Path == "/readyz":
		return
	}
	for name, is := range s.nodes {
		switch r.URL.Path {
		case "/api/v1/nodes":
			items = append(items, node(name, is.ready))
		case "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases":
			items = append(items, fmt.Sprintf(`{"metadata": {"name": %q}, "spec": {"renewTime": %q}}`, name, is.heard.UTC().Format("2006-01-02T15:04:05.000000Z")))
		default:
			http.NotFound(w, r)
			return
		}
	}
	fmt.Fprintf(w, `{"items": [%s]}`, strings.Join(items, ","))
}

func node(name string, ready bool) string {
	label, status := "{}", "False"
	if strings.Contains(name, "control-plane") {
		label = `{"node-role.kubernetes.io/control-plane": ""}`
	}
	if ready {
		status = "True"
	}
	return fmt.Sprintf(`{"metadata": {"name": %q, "labels": %s}, "status": {
		"addresses": [{"type": "Hostname", "address": %[1]q}, {"type": "InternalIP", "address": "10.0.0.1"}],
		"conditions": [{"type": "MemoryPressure", "status": "True"}, {"type": "Ready", "status": %[3]q}]}}`, name, label, status)
}

func serve(t *testing.T, s *server) *kubeapi.API {
	t.Helper()
	at := httptest.NewServer(s)
	t.Cleanup(at.Close)
	api, err := kubeapi.New([]byte(`{"apiVersion": "v1", "kind": "Config", "current-context": "x",
		"contexts": [{"name": "x", "context": {"cluster": "x"}}], "clusters": [{"name": "x", "cluster": {"server": "` + at.URL + `"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestNodes(t *testing.T) {
	api := serve(t, &server{nodes: map[string]state{"a-worker": {}, "b-control-plane": {}, "a-control-plane": {}, "a-worker2": {}}})
	list, err := api.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []labs.Node
	for _, n := range list {
		got = append(got, kubeapi.Node(n))
	}
	want := []labs.Node{
		{Name: "a-control-plane", ControlPlane: true, Address: "10.0.0.1"}, {Name: "b-control-plane", ControlPlane: true, Address: "10.0.0.1"},
		{Name: "a-worker", Address: "10.0.0.1"}, {Name: "a-worker2", Address: "10.0.0.1"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("nodes = %v, want %v", got, want)
	}
}

// Await tells what it waits for, once for each change, until all is well.
func TestAwait(t *testing.T) {
	up := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	before, after := up.Add(-time.Minute), up.Add(time.Second)
	s := &server{nodes: map[string]state{}} // and not ready to serve
	moves := []func(){
		func() { s.set("a", state{ready: true, heard: before}) }, // what it said before does not count
		func() { s.set("a", state{ready: true, heard: after}) },
		func() { s.set("b", state{ready: true, heard: after}) },
	}
	var told []string
	err := serve(t, s).Await(t.Context(), []string{"b"}, up, func(left string) {
		moves[len(told)]()
		told = append(told, left)
	})
	want := []string{"the API server does not answer yet", "not Ready yet: a, b", "not Ready yet: b"}
	if err != nil || !slices.Equal(told, want) {
		t.Errorf("Await = %v, told %q, want %q", err, told, want)
	}
}

func TestAwaitGivesUp(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := serve(t, &server{nodes: map[string]state{"a": {}}}).Await(ctx, nil, time.Time{}, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "not Ready yet: a") {
		t.Errorf("Await = %v, want what was missing", err)
	}
}

func TestAnswers(t *testing.T) {
	s := &server{nodes: map[string]state{}}
	api := serve(t, s)
	if err := api.Answers(t.Context()); err == nil || !strings.Contains(err.Error(), "/readyz: 500") {
		t.Errorf("Answers = %v", err)
	}
	s.set("a", state{})
	if err := api.Answers(t.Context()); err != nil {
		t.Errorf("Answers = %v", err)
	}
}
