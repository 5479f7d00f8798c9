package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/host"
	"github.com/slipway-workshop/slipway/labs/image"
	"github.com/slipway-workshop/slipway/labs/kind"
	"github.com/slipway-workshop/slipway/labs/kubeconfig"
)

// Variables that choose what labs run on.
const (
	kubeconfigEnv = "SLIPWAY_KUBECONFIG" // FILE or FILE:CONTEXT of a cluster to adopt
	nodeImageEnv  = "SLIPWAY_NODE_IMAGE" // set in labs: the node image in use
)

// A provider finds the clusters that labs run on: one that was named is adopted, any other is made with
// kind. It looks for a container engine when it is first asked for a cluster.
type provider struct {
	app    *app
	source string // folder of the checkout
	cache  string
	dir    string // for records of clusters
}

func (a *app) newProvider(c *course) (*provider, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	return &provider{app: a, source: c.root, cache: cache, dir: filepath.Join(cache, "clusters")}, nil
}

// cluster returns the cluster of a place.
func (p *provider) cluster(at labs.Place) (labs.Cluster, error) {
	if spec := os.Getenv(kubeconfigEnv); spec != "" {
		return p.adopted(spec)
	}
	opts, err := p.kindOptions(context.Background())
	if err != nil {
		return nil, err
	}
	if at.Topology == labs.Own {
		return kind.NewOwn(at.Name, opts)
	}
	return kind.New(at, opts)
}

func (p *provider) adopted(spec string) (labs.Cluster, error) {
	file, kubecontext, err := kubeconfig.Parse(spec)
	if err != nil {
		return nil, usagef("%s: %w", kubeconfigEnv, err)
	}
	return kubeconfig.New(kubeconfig.Options{File: file, Context: kubecontext, Version: image.Kubernetes})
}

func (p *provider) kindOptions(ctx context.Context) (kind.Options, error) {
	found, err := host.FindEngine(ctx)
	if err != nil {
		return kind.Options{}, fmt.Errorf("labs need a container engine: %w", err)
	}
	return kind.Options{
		Engine: kind.Engine{Name: found.Name, Path: found.Path}, Dir: p.dir, Image: p.nodeImage, Room: room,
		Tools: func(ctx context.Context, ref string) (string, error) { return p.store(found).Tools(ctx, ref) },
	}, nil
}

// nodeImage returns the image that new clusters get.
func (p *provider) nodeImage(ctx context.Context) (string, error) {
	found, err := host.FindEngine(ctx)
	if err != nil {
		return "", err
	}
	choice, err := p.store(found).Choose(ctx)
	return choice.Ref, err
}

func (p *provider) store(e host.Engine) *image.Store {
	return &image.Store{Engine: cmp.Or(e.Path, e.Name), Source: p.source, Cache: p.cache, Adapts: adapts}
}

// adapts reports whether this machine needs a node image that fits itself to it.
func adapts(ctx context.Context) bool {
	f, err := host.ThisMachine().Look(ctx)
	return err != nil || f.Cgroup.Version == 1 || f.Info.CgroupVersion == "1" || len(f.Withheld) > 0
}

// room is labs.ErrNoRoom where the disk is full on which this machine's engine keeps the nodes of clusters.
func room(ctx context.Context) error {
	f, err := host.ThisMachine().Look(ctx)
	if err != nil {
		return err
	}
	if err := f.Room(); err != nil {
		return fmt.Errorf("%w: %w", labs.ErrNoRoom, err)
	}
	return nil
}

// vars returns what programs in a lab find beside the cluster.
func (p *provider) vars(ctx context.Context) ([]string, error) {
	if os.Getenv(kubeconfigEnv) != "" {
		return nil, nil
	}
	ref, err := p.nodeImage(ctx)
	return []string{nodeImageEnv + "=" + ref}, err
}
