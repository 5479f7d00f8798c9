// Package kubeconfig is the provider that adopts any cluster which a kubeconfig leads to. It never stops
// it, and takes none that was not named: not even the current context of a file with several.
//
//	file, kubecontext, err := kubeconfig.Parse("/home/ana/.kube/config:staging")
//	c, err := kubeconfig.New(kubeconfig.Options{File: file, Context: kubecontext})
//	err = c.Start(ctx, nil) // sees that it answers and that its nodes are Ready
//
// Its nodes are closed: Exec fails with labs.ErrUnsupported, and so does LoadImages unless every node
// knows the images already.
package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/kubeapi"
	"golang.org/x/mod/semver"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// patience is how long Start waits for a cluster that is somebody else's to mend.
const patience = 30 * time.Second

// Options name a cluster.
type Options struct {
	File    string // a kubeconfig
	Context string // may be empty where the file has one only
	Version string // of Kubernetes that labs are written for, such as v1.36.3; empty: any

	// Tools returns a folder with kubectl; nil means the one found on PATH.
	Tools func(ctx context.Context) (dir string, err error)
}

// A Cluster is one that was adopted.
type Cluster struct {
	context string
	version string // that labs are written for
	config  []byte // of this context alone, with all that it refers to
	api     *kubeapi.API
	tools   func(ctx context.Context) (dir string, err error)
}

var (
	_ labs.Tooled  = (*Cluster)(nil)
	_ labs.Adopted = (*Cluster)(nil)
)

// New reads the kubeconfig, and speaks to nobody.
func New(opts Options) (*Cluster, error) {
	name, config, err := read(opts.File, opts.Context)
	if err != nil {
		return nil, fmt.Errorf("adopt cluster of %s: %w", opts.File, err)
	}
	answers, err := kubeapi.New(config)
	if err != nil {
		return nil, fmt.Errorf("adopt cluster of %s: %w", opts.File, err)
	}
	tools := opts.Tools
	if tools == nil {
		tools = onPath
	}
	return &Cluster{context: name, version: opts.Version, config: config, api: answers, tools: tools}, nil
}

// read returns the context of a file that is meant, and a kubeconfig that holds nothing else.
func read(file, want string) (name string, config []byte, err error) {
	conf, err := clientcmd.LoadFromFile(file)
	if err != nil {
		return "", nil, err
	}
	name, err = choose(slices.Sorted(maps.Keys(conf.Contexts)), want)
	if err != nil {
		return "", nil, err
	}
	conf.CurrentContext = name
	if err := errors.Join(api.MinifyConfig(conf), api.FlattenConfig(conf)); err != nil {
		return "", nil, err
	}
	config, err = clientcmd.Write(*conf)
	return name, config, err
}

// choose returns the context that was named, or the only one.
func choose(contexts []string, want string) (string, error) {
	switch {
	case slices.Contains(contexts, want):
		return want, nil
	case want != "":
		return "", fmt.Errorf("it has no context %q: it has %s", want, strings.Join(contexts, ", "))
	case len(contexts) == 1:
		return contexts[0], nil
	case len(contexts) == 0:
		return "", errors.New("it has no context")
	}
	return "", fmt.Errorf("it has several contexts: name one of them after the file and a colon: %s", strings.Join(contexts, ", "))
}

// Parse reads FILE or FILE:CONTEXT. Both may hold colons: FILE is the shortest beginning that is a file.
func Parse(spec string) (file, kubecontext string, err error) {
	for i := range len(spec) + 1 {
		if i < len(spec) && spec[i] != ':' {
			continue
		}
		if info, err := os.Stat(spec[:i]); err == nil && !info.IsDir() {
			return spec[:i], strings.TrimPrefix(spec[i:], ":"), nil
		}
	}
	return "", "", fmt.Errorf("read kubeconfig %q: no such file: write FILE:CONTEXT", spec)
}

// Name returns the name of the context.
func (c *Cluster) Name() string { return c.context }

// Adopted implements labs.Adopted.
func (*Cluster) Adopted() {}

// Start implements labs.Cluster. There is nothing to start: what does not answer is an error at once,
// and what is not Ready is waited for a little.
func (c *Cluster) Start(ctx context.Context, step func(string)) error {
	if step == nil {
		step = func(string) {}
	}
	if _, err := c.api.Nodes(ctx); err != nil {
		return fmt.Errorf("adopt cluster %s: %w: see kubectl --context %[1]s get nodes", c.context, err)
	}
	if is, err := c.api.Version(ctx); err == nil && c.version != "" && semver.MajorMinor(is) != semver.MajorMinor(c.version) {
		step(fmt.Sprintf("it runs Kubernetes %s, and labs are written for %s: a check may fail for that alone", is, semver.MajorMinor(c.version)))
	}
	limit, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not Ready after %s", patience))
	defer cancel()
	if err := c.api.Await(limit, nil, time.Time{}, step); err != nil {
		return fmt.Errorf("adopt cluster %s: %w", c.context, err)
	}
	return nil
}

// Kubeconfig implements labs.Cluster.
func (c *Cluster) Kubeconfig(context.Context) ([]byte, error) { return c.config, nil }

// Tools implements labs.Tooled.
func (c *Cluster) Tools(ctx context.Context) (string, error) { return c.tools(ctx) }

func onPath(context.Context) (string, error) {
	path, err := exec.LookPath("kubectl")
	if err != nil {
		return "", fmt.Errorf("find kubectl: %w", err)
	}
	return filepath.Dir(path), nil
}

// Nodes implements labs.Cluster.
func (c *Cluster) Nodes(ctx context.Context) ([]labs.Node, error) {
	list, err := c.api.Nodes(ctx)
	if err != nil {
		return nil, fmt.Errorf("list nodes of cluster %s: %w", c.context, err)
	}
	var nodes []labs.Node
	for _, n := range list {
		nodes = append(nodes, kubeapi.Node(n))
	}
	return nodes, nil
}

// Exec implements labs.Cluster, and says that it cannot.
func (c *Cluster) Exec(_ context.Context, node string, cmd sandbox.Command) (sandbox.Result, error) {
	return sandbox.Result{}, fmt.Errorf("run %s on %s: cluster %s was adopted, and its nodes are closed: take a lab that does not work on nodes, or a cluster that Slipway makes: %w",
		strings.Join(cmd.Args, " "), node, c.context, labs.ErrUnsupported)
}

// LoadImages implements labs.Cluster. It can only see whether every node knows the images.
func (c *Cluster) LoadImages(ctx context.Context, archive string) error {
	want, err := names(archive)
	if err != nil {
		return fmt.Errorf("load images: %w", err)
	}
	nodes, err := c.api.Nodes(ctx)
	if err != nil {
		return fmt.Errorf("load images: %w", err)
	}
	for _, n := range nodes {
		if image := unknown(n, want); image != "" {
			return fmt.Errorf("load image %s: cluster %s was adopted, and its node %s does not know it: load %s by the means of that cluster: %w",
				image, c.context, n.Name, archive, labs.ErrUnsupported)
		}
	}
	return nil
}

// Stop implements labs.Cluster: it leaves the cluster alone.
func (c *Cluster) Stop(context.Context) error { return nil }
