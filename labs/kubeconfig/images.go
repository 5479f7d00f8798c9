package kubeconfig

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	core "k8s.io/api/core/v1"
)

// names returns the names of the images in a docker-archive file.
func names(archive string) ([]string, error) {
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(archive) })
	if err != nil {
		return nil, fmt.Errorf("read archive %s: %w", archive, err)
	}
	var all []string
	for _, image := range manifest {
		all = append(all, image.RepoTags...)
	}
	return all, nil
}

// unknown returns the first of the images that a node does not list. A node lists its largest only (50
// unless its kubelet is told otherwise), so that one it does not list may be there.
func unknown(n core.Node, images []string) string {
	for _, want := range images {
		if !slices.ContainsFunc(n.Status.Images, func(i core.ContainerImage) bool {
			return slices.ContainsFunc(i.Names, func(have string) bool { return same(have, want) })
		}) {
			return want
		}
	}
	return ""
}

// same compares the names of images, written in full or not.
func same(a, b string) bool {
	x, err := name.ParseReference(a)
	y, err2 := name.ParseReference(b)
	return err == nil && err2 == nil && x.Name() == y.Name()
}
