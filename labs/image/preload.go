package image

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// containerdRoot is the folder that containerd keeps images in.
const containerdRoot = "var/lib/containerd"

// preloadStep puts the images that every node has into the form that containerd keeps them in.
func preloadStep(steps map[string]*step, metricsServer, arch string) (*step, error) {
	needs := []*step{steps["kube"], steps["containerd"]}
	for _, l := range containerLayers(steps) {
		needs = append(needs, steps[l.name])
	}
	k := newKey("preload").add("metrics-server", metricsServer, arch).add("assembly", assembly()).steps(needs...)
	sum, err := k.sum()
	return &step{name: "preload", key: sum, needs: needs, make: func(ctx context.Context, out string) error {
		names, err := command(ctx, out, nil, steps["kube"].file("kube"), "kubeadm", "config", "images", "list", "--kubernetes-version="+Kubernetes)
		if err != nil {
			return err
		}
		list, err := containers(strings.Fields(names), metricsServer)
		if err != nil {
			return err
		}
		layout := filepath.Join(out, ".layout")
		defer os.RemoveAll(layout)
		if err := writeLayout(layout, list, steps, arch); err != nil {
			return err
		}
		_, err = command(ctx, out, nil, steps["containerd"].file("preload"), layout, out)
		return err
	}}, err
}

// imagesTree is the preloaded images, and the manifests of those that kind or a lab applies.
func imagesTree(preloaded string, manifests fs.FS) (*tree, error) {
	t := newTree()
	if err := t.folder(containerdRoot, preloaded, asOnDisk); err != nil {
		return nil, err
	}
	t.dir(containerdRoot, 0o711)
	names, err := fs.Glob(manifests, "*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := fs.ReadFile(manifests, name)
		if err != nil {
			return nil, err
		}
		t.data("kind/manifests/"+name, 0o644, data)
	}
	return t, nil
}
