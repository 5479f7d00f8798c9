package image

import (
	"archive/tar"
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// searchPath of the programs in our images.
const searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// nameAnnotation is where containerd looks for an image's name in an OCI layout.
const nameAnnotation = "io.containerd.image.name"

// A container is an image that every node has: its names, the layers that it is made of, and how it runs.
type container struct {
	names  []string
	layers []string // names of steps
	config v1.Config
}

// containers are the images of a node. names are those that kubeadm wants.
func containers(names []string, metricsServer string) ([]container, error) {
	var list []container
	for _, name := range names {
		repository, _, _ := strings.Cut(path.Base(name), ":")
		c, ok := controlPlane[repository]
		if !ok {
			return nil, fmt.Errorf("kubeadm wants the image %s, which nobody makes", name)
		}
		c.names = append(c.names, name)
		list = append(list, c)
	}
	return append(list,
		container{
			names: []string{"docker.io/slipway/netagent:v1"}, layers: []string{"layer-net", "layer-agents"},
			config: v1.Config{Entrypoint: []string{"/usr/local/bin/netagent"}},
		},
		container{
			names: []string{"docker.io/slipway/localpath:v1"}, layers: []string{"layer-agents"},
			config: v1.Config{Entrypoint: []string{"/usr/local/bin/localpath"}},
		},
		container{
			names: []string{"docker.io/slipway/metrics-server:" + metricsServer}, layers: []string{"layer-metrics-server"},
			config: v1.Config{Entrypoint: []string{"/usr/local/bin/metrics-server"}, User: "65534"},
		},
		container{names: []string{"docker.io/" + ToolboxRef}, layers: []string{"layer-toolbox"}, config: toolboxConfig},
	), nil
}

// controlPlane are the images of kubeadm's list. All of Kubernetes, and etcd, is one program, and so one layer.
var controlPlane = map[string]container{
	"kube-apiserver":          {layers: []string{"layer-kube"}},
	"kube-controller-manager": {layers: []string{"layer-kube"}},
	"kube-scheduler":          {layers: []string{"layer-kube"}},
	"kube-proxy":              {layers: []string{"layer-net", "layer-kube"}},
	"etcd":                    {layers: []string{"layer-kube"}},
	"coredns":                 {layers: []string{"layer-coredns"}, config: v1.Config{Entrypoint: []string{"/usr/local/bin/coredns"}}},
	"pause": {
		names: []string{pauseOfContainerd}, layers: []string{"layer-pause"},
		config: v1.Config{Entrypoint: []string{"/pause"}, User: "65535:65535"},
	},
}

// pauseOfContainerd is the image that kind's configuration of containerd names for the sandbox of a pod.
const pauseOfContainerd = "registry.k8s.io/pause:3.10"

// writeLayout writes the images as an OCI layout.
func writeLayout(dir string, list []container, steps map[string]*step, arch string) error {
	index, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	for _, c := range list {
		img, err := c.image(steps, arch)
		if err != nil {
			return fmt.Errorf("%s: %w", c.names[0], err)
		}
		for _, name := range c.names {
			if err := index.AppendImage(img, layout.WithAnnotations(map[string]string{nameAnnotation: name})); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

func (c container) image(steps map[string]*step, arch string) (v1.Image, error) {
	config := c.config
	if config.Env == nil {
		config.Env = []string{searchPath}
	}
	var layers []v1.Layer
	for _, name := range c.layers {
		l, err := readLayer(steps[name].dir)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	return newImage(config, arch, layers...)
}

// newImage makes an image of layers.
func newImage(config v1.Config, arch string, layers ...v1.Layer) (v1.Image, error) {
	created := v1.Time{Time: epoch}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err := mutate.ConfigFile(img, &v1.ConfigFile{
		OS: "linux", Architecture: arch, Created: created, Config: config, RootFS: v1.RootFS{Type: "layers"},
	})
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		img, err = mutate.Append(img, mutate.Addendum{Layer: l, History: v1.History{Created: created, CreatedBy: "slipway image build"}})
		if err != nil {
			return nil, err
		}
	}
	return img, nil
}

// A layerSource is a layer that steps are made into.
type layerSource struct {
	name  string
	needs []string // steps
	tree  func() (*tree, error)
}

// containerLayers are the layers of the images above.
func containerLayers(steps map[string]*step) []layerSource {
	one := func(name, program string, links ...string) func() (*tree, error) {
		return func() (*tree, error) {
			t := newTree()
			for _, link := range links {
				t.link(path.Join(path.Dir(name), link), path.Base(name))
			}
			return t, t.disk(name, 0o755, steps[program].file(path.Base(name)))
		}
	}
	return []layerSource{
		{"layer-kube", []string{"kube"}, one("usr/local/bin/kube", "kube",
			"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd", "etcdctl")},
		{"layer-coredns", []string{"coredns"}, one("usr/local/bin/coredns", "coredns")},
		{"layer-metrics-server", []string{"metrics-server"}, one("usr/local/bin/metrics-server", "metrics-server")},
		{"layer-pause", []string{"pause"}, one("pause", "pause")},
		{"layer-net", []string{"debian"}, func() (*tree, error) { return netTree(steps["debian"].file(rootTar)) }},
		{"layer-toolbox", []string{"toolbox"}, func() (*tree, error) { return toolboxTree(steps["toolbox"]) }},
		{"layer-agents", []string{"agents"}, func() (*tree, error) {
			t := newTree()
			return t, t.folder("usr/local/bin", steps["agents"].dir, asOnDisk)
		}},
	}
}

// netTree has the programs that kube-proxy and the network agent run, taken from the node's own system.
func netTree(root string) (*tree, error) {
	d, err := readDebian(root)
	if err != nil {
		return nil, err
	}
	part := d.part("iptables", "nftables", "conntrack")
	t := newTree()
	t.base = root
	t.keep = func(name string) bool {
		h := d.files[name]
		return part[name] || path.Dir(name) == "." && h.Typeflag == tar.TypeSymlink
	}
	t.dir("run", 0o755) // of xtables.lock
	return t, nil
}

// pauseStep compiles the program that holds a pod's namespaces, which is C in Kubernetes' own module.
func pauseStep(source string, golang toolchain) (*step, error) {
	sum, err := newKey("pause").add("kubernetes", Kubernetes, golang.arch).sum()
	return &step{name: "pause", key: sum, make: func(ctx context.Context, out string) error {
		dir, err := golang.module(ctx, filepath.Join(source, "labs/nodeimage/kube"), "k8s.io/kubernetes")
		if err != nil {
			return err
		}
		_, err = command(ctx, out, nil, "gcc", "-Os", "-s", "-static", "-DVERSION=3.10", "-o", "pause", filepath.Join(dir, "build/pause/linux/pause.c"))
		return err
	}}, err
}
