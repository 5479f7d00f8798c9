// Package kind is the provider that makes clusters on this machine with kind, each node a container.
//
//	c, err := kind.New(labs.Shared(labs.Four), kind.Options{
//		Engine: kind.Engine{Name: "docker"}, Dir: state, Image: chooseImage, Tools: kubectlOf,
//	})
//	err = c.Start(ctx, func(step string) { fmt.Println(step) })
//	res, err := c.Exec(ctx, "slipway-four-worker", sandbox.Command{Args: []string{"systemctl", "is-active", "kubelet"}})
//	err = c.Stop(ctx)
//
// # Whose a cluster is
//
// Dir holds a record of each cluster (slipway-four.json): the image, and the containers by their ids. The
// record is written before the first container is there. Start and Stop touch containers on record only;
// a cluster of the same name without one, or with a container more, is somebody else's and refused. The
// kubeconfig lies beside the record; that of the person who runs the program is neither read nor changed.
//
// # What Start does
//
//	nothing there                       makes the cluster
//	runs since it was last seen Ready   sees that the API server answers, and leaves it as it is
//	stopped, or was, wholly or in part  starts what is stopped, and waits until all is Ready again
//	not Ready four minutes after that   makes it anew
//	making cut short, a node gone, another image   makes it anew
//
// It says so before it makes a cluster anew. What is half-made when making fails or ctx is done is
// deleted. One process at a time works on a cluster; another waits, and is told for whom.
//
// # Bare nodes
//
// The nodes of labs.Bare run containerd; kubelet waits for kubeadm, and there is no cluster until a
// learner has made one. Kubeconfig answers from then on.
package kind

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/slipway-workshop/slipway/labs"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/log"
)

// removals is how often deleting containers is tried again.
const removals = 3

// Options are what a provider needs.
type Options struct {
	Engine Engine
	Dir    string // for records, kubeconfigs and locks; made if need be

	// Image returns the node image to use, which the engine must have.
	Image func(ctx context.Context) (ref string, err error)

	// Room is labs.ErrNoRoom where the engine's disk is full; may be nil.
	Room func(ctx context.Context) error

	// Tools returns a folder with the kubectl of a node image, for this machine.
	Tools func(ctx context.Context, image string) (dir string, err error)
}

// A Cluster is a kind cluster of one topology.
type Cluster struct {
	name     string
	topology labs.Topology
	opts     Options
	engine   cluster.ProviderOption

	mu    sync.Mutex
	nodes []labs.Node // as last seen; nil when unknown
}

var _ labs.Tooled = (*Cluster)(nil)

// New returns the cluster of a place, which Start makes.
func New(at labs.Place, opts Options) (*Cluster, error) {
	if _, ok := workers[at.Topology]; !ok {
		return nil, fmt.Errorf("use cluster: unknown topology %q: use one of %v", at.Topology, labs.Topologies)
	}
	engine, err := opts.Engine.provider()
	if err != nil {
		return nil, err
	}
	return &Cluster{name: at.Name, topology: at.Topology, opts: opts, engine: engine}, nil
}

// Name returns the name that kind knows the cluster by.
func (c *Cluster) Name() string { return c.name }

// file returns the name of a file about the cluster.
func (c *Cluster) file(ext string) string { return filepath.Join(c.opts.Dir, c.name+ext) }

// kind returns kind itself, which tells logger what it does.
func (c *Cluster) kind(logger log.Logger) *cluster.Provider {
	return cluster.NewProvider(cluster.ProviderWithLogger(logger), c.engine)
}

// Kubeconfig implements labs.Cluster. Its context is kind-NAME.
func (c *Cluster) Kubeconfig(ctx context.Context) ([]byte, error) {
	if c.topology == labs.Bare {
		return c.bareKubeconfig(ctx)
	}
	data, err := os.ReadFile(c.file(".kubeconfig"))
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig of cluster %s, which has not been started: %w", c.name, err)
	}
	return data, nil
}

// bareKubeconfig asks the node that a learner may have made a control plane of. Its certificate need not
// name the address at which this machine reaches it, so the name that it does bear is asked for.
func (c *Cluster) bareKubeconfig(ctx context.Context) ([]byte, error) {
	node := c.name + "-control-plane"
	if _, err := c.opts.Engine.run(ctx, "exec", node, "test", "-e", "/etc/kubernetes/admin.conf"); err != nil {
		return nil, fmt.Errorf("read kubeconfig of cluster %s: %w: there is no control plane yet, kubeadm init on %s makes one", c.name, err, node)
	}
	text, err := c.kind(log.NoopLogger{}).KubeConfig(c.name, false)
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig of cluster %s: %w", c.name, explain(err))
	}
	conf, err := clientcmd.Load([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig of cluster %s: %w", c.name, err)
	}
	for _, at := range conf.Clusters {
		at.TLSServerName = node
	}
	return clientcmd.Write(*conf)
}

// Tools implements labs.Tooled.
func (c *Cluster) Tools(ctx context.Context) (string, error) {
	r, err := readRecord(c.file(".json"))
	if err != nil {
		return "", err
	}
	if r == nil || r.Image == "" {
		return "", fmt.Errorf("find tools of cluster %s: it has not been started", c.name)
	}
	return c.opts.Tools(ctx, r.Image)
}

// Nodes implements labs.Cluster. Those of bare nodes are named as the containers are, whether or not
// they have joined a cluster.
func (c *Cluster) Nodes(ctx context.Context) ([]labs.Node, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nodes != nil {
		return c.nodes, nil
	}
	all, err := c.opts.Engine.containers(ctx, c.name)
	if err != nil {
		return nil, fmt.Errorf("list nodes of cluster %s: %w", c.name, err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("list nodes of cluster %s: it has not been started", c.name)
	}
	c.nodes = toNodes(all)
	return c.nodes, nil
}

func toNodes(all []container) []labs.Node {
	var nodes []labs.Node
	for _, n := range all {
		nodes = append(nodes, labs.Node{Name: n.Name, ControlPlane: n.Role == "control-plane", Address: n.Address})
	}
	return nodes
}

// know remembers the nodes; nil makes Nodes look again.
func (c *Cluster) know(all []container) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = toNodes(all)
}

// Stop implements labs.Cluster. Stopping a cluster that is not there does nothing.
func (c *Cluster) Stop(ctx context.Context) error {
	unlock, err := c.lock(ctx, func(string) {})
	if err != nil {
		return err
	}
	defer unlock()
	r, found, err := c.look(ctx)
	if err != nil {
		return fmt.Errorf("stop cluster %s: %w", c.name, err)
	}
	if p := decide(r, found, ""); p.do == refuse {
		return c.refused(p)
	}
	return c.remove(ctx)
}

// refused says why a cluster is left alone, and how to get rid of it.
func (c *Cluster) refused(p plan) error {
	return fmt.Errorf("use cluster %s: %s (records are in %s): if you do not need it, slipway kind delete cluster --name %[1]s deletes it", c.name, p.why, c.opts.Dir)
}

// remove deletes the containers of the cluster, and then all that is known about it. Something else may
// be deleting them too, as kind does when it fails: what counts is that they are gone.
func (c *Cluster) remove(ctx context.Context) error {
	c.know(nil)
	for attempt := 0; ; attempt++ {
		found, err := c.opts.Engine.containers(ctx, c.name)
		if err == nil && len(found) == 0 {
			return errors.Join(gone(c.file(".kubeconfig")), gone(c.file(".json")))
		}
		if err == nil {
			err = c.opts.Engine.remove(ctx, found)
		}
		if err != nil && (attempt == removals || ctx.Err() != nil) {
			return fmt.Errorf("delete cluster %s: %w", c.name, err)
		}
	}
}

// gone removes a file that may be there.
func gone(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("delete cluster: %w", err)
	}
	return nil
}
