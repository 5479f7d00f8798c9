// Package kubeapi asks an API server the few things that a provider of clusters must know of it: whether
// it answers, and which nodes are Ready.
//
//	api, err := kubeapi.New(kubeconfig)
//	err = api.Await(ctx, time.Time{}, func(left string) { fmt.Println(left) })
package kubeapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/labs"
	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// patience is how long one request may take, and interval how long Await waits between two looks.
const (
	patience = 5 * time.Second
	interval = 100 * time.Millisecond
)

// An API is an API server as one user sees it.
type API struct {
	host   string
	client *http.Client
}

// New returns the API server that the current context of a kubeconfig leads to.
func New(kubeconfig []byte) (*API, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	config.Timeout = patience
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	return &API{host: strings.TrimSuffix(config.Host, "/"), client: client}, nil
}

// Answers returns nil when the API server says that it is ready to serve.
func (a *API) Answers(ctx context.Context) error {
	_, err := a.get(ctx, "/readyz")
	return err
}

// Version returns the version of the API server, such as v1.36.3.
func (a *API) Version(ctx context.Context) (string, error) {
	body, err := a.get(ctx, "/version")
	if err != nil {
		return "", err
	}
	var info version.Info
	if err := json.Unmarshal(body, &info); err != nil {
		return "", fmt.Errorf("get %s/version: %w", a.host, err)
	}
	return info.GitVersion, nil
}

// Nodes returns the nodes of the cluster in the order of their names, control planes first.
func (a *API) Nodes(ctx context.Context) ([]core.Node, error) {
	var list core.NodeList
	if err := a.list(ctx, "/api/v1/nodes", &list); err != nil {
		return nil, err
	}
	slices.SortFunc(list.Items, func(x, y core.Node) int {
		if ControlPlane(x) != ControlPlane(y) {
			return -rank(ControlPlane(x))
		}
		return cmp.Compare(x.Name, y.Name)
	})
	return list.Items, nil
}

func rank(first bool) int {
	if first {
		return 1
	}
	return -1
}

// Await returns when the API server answers, and every node is Ready and has been heard of after since:
// what a node last said before the machine went down does not count. It waits for the nodes with the given
// names, and for at least one. told is called with what it waits for, whenever that changes.
func (a *API) Await(ctx context.Context, names []string, since time.Time, told func(string)) error {
	var before string
	for {
		left := a.missing(ctx, names, since)
		if left == "" {
			return nil
		}
		if left != before && ctx.Err() == nil {
			told(left)
			before = left
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for nodes: %w: %s", context.Cause(ctx), before)
		case <-time.After(interval):
		}
	}
}

// missing says what there is still to wait for.
func (a *API) missing(ctx context.Context, names []string, since time.Time) string {
	nodes, err := a.Nodes(ctx)
	heard, err2 := a.heard(ctx)
	if errors.Join(a.Answers(ctx), err, err2) != nil {
		return "the API server does not answer yet"
	}
	good := map[string]bool{}
	for _, name := range names {
		good[name] = false
	}
	for _, n := range nodes {
		good[n.Name] = Ready(n) && !heard[n.Name].Before(since)
	}
	return unready(good)
}

// unready names the nodes that are not good.
func unready(good map[string]bool) string {
	var names []string
	for name, ok := range good {
		if !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	switch {
	case len(good) == 0:
		return "no node has joined yet"
	case names != nil:
		return "not Ready yet: " + strings.Join(names, ", ")
	}
	return ""
}

// heard returns when each kubelet last renewed its lease.
func (a *API) heard(ctx context.Context) (map[string]time.Time, error) {
	var list coordination.LeaseList
	if err := a.list(ctx, "/apis/coordination.k8s.io/v1/namespaces/"+core.NamespaceNodeLease+"/leases", &list); err != nil {
		return nil, err
	}
	at := map[string]time.Time{}
	for _, l := range list.Items {
		if l.Spec.RenewTime != nil {
			at[l.Name] = l.Spec.RenewTime.Time
		}
	}
	return at, nil
}

// Ready reports whether a node says that it can run pods.
func Ready(n core.Node) bool {
	return slices.ContainsFunc(n.Status.Conditions, func(c core.NodeCondition) bool {
		return c.Type == core.NodeReady && c.Status == core.ConditionTrue
	})
}

// ControlPlane reports whether a node belongs to the control plane.
func ControlPlane(n core.Node) bool {
	_, ok := n.Labels["node-role.kubernetes.io/control-plane"]
	return ok
}

// Node returns a node in the words of package labs.
func Node(n core.Node) labs.Node {
	node := labs.Node{Name: n.Name, ControlPlane: ControlPlane(n)}
	for _, a := range n.Status.Addresses {
		if a.Type == core.NodeInternalIP {
			node.Address = a.Address
			break
		}
	}
	return node
}

func (a *API) list(ctx context.Context, path string, list any) error {
	body, err := a.get(ctx, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, list); err != nil {
		return fmt.Errorf("get %s%s: %w", a.host, path, err)
	}
	return nil
}

func (a *API) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.host+path, nil)
	if err != nil {
		return nil, fmt.Errorf("ask the API server: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the API server: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the API server for %s: %w", path, err)
	}
	return body, nil
}
