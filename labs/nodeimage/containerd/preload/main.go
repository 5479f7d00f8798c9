// Preload puts the images of an OCI layout into containerd's own store on disk, as if they had been pulled,
// without a containerd that runs: the folder it makes becomes /var/lib/containerd of a node.
//
//	preload LAYOUT ROOT
//
// Each manifest in the layout's index is called by its annotation io.containerd.image.name.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/core/metadata"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/containerd/v2/plugins/content/local"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	bolt "go.etcd.io/bbolt"
)

// Where containerd keeps things below its root folder: the names of the plugins that own them.
const (
	contentDir  = "io.containerd.content.v1.content"
	metadataDir = "io.containerd.metadata.v1.bolt"
)

// namespace is the one that the kubelet's images are in.
const namespace = "k8s.io"

// pinned keeps the kubelet from removing an image when the disk fills up: nobody could pull it again.
var pinned = map[string]string{"io.cri-containerd.pinned": "pinned"}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: preload LAYOUT ROOT")
		os.Exit(2)
	}
	if err := preload(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "preload:", err)
		os.Exit(1)
	}
}

func preload(ctx context.Context, layout, root string) (err error) {
	index, err := readIndex(layout)
	if err != nil {
		return err
	}
	blobs, err := local.NewStore(filepath.Join(root, contentDir))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(root, metadataDir), 0o711); err != nil {
		return err
	}
	file, err := bolt.Open(filepath.Join(root, metadataDir, "meta.db"), 0o644, nil)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	db := metadata.NewDB(file, blobs, nil)
	if err := db.Init(ctx); err != nil {
		return err
	}
	ctx = namespaces.WithNamespace(ctx, namespace)
	for _, manifest := range index.Manifests {
		if err := add(ctx, db, layout, manifest); err != nil {
			return fmt.Errorf("%s: %w", manifest.Annotations[images.AnnotationImageName], err)
		}
	}
	return nil
}

func readIndex(layout string) (ocispec.Index, error) {
	var index ocispec.Index
	data, err := os.ReadFile(filepath.Join(layout, "index.json"))
	if err != nil {
		return index, err
	}
	return index, json.Unmarshal(data, &index)
}

// add copies what an image consists of, ties it together for the garbage collector, and names the image.
func add(ctx context.Context, db *metadata.DB, layout string, manifest ocispec.Descriptor) error {
	name := manifest.Annotations[images.AnnotationImageName]
	if name == "" {
		return fmt.Errorf("manifest %s has no name", manifest.Digest)
	}
	store := db.ContentStore()
	fetch := images.HandlerFunc(func(ctx context.Context, desc ocispec.Descriptor) ([]ocispec.Descriptor, error) {
		return nil, copyBlob(ctx, store, layout, desc)
	})
	children := images.SetChildrenMappedLabels(store, images.ChildrenHandler(store), images.ChildGCLabels)
	if err := images.Walk(ctx, images.Handlers(fetch, children), manifest); err != nil {
		return err
	}
	manifest.Annotations = nil
	_, err := metadata.NewImageStore(db).Create(ctx, images.Image{Name: name, Target: manifest, Labels: pinned})
	return err
}

func copyBlob(ctx context.Context, store content.Store, layout string, desc ocispec.Descriptor) error {
	f, err := os.Open(filepath.Join(layout, "blobs", desc.Digest.Algorithm().String(), desc.Digest.Encoded()))
	if err != nil {
		return err
	}
	defer f.Close()
	return content.WriteBlob(ctx, store, desc.Digest.String(), f, desc)
}
