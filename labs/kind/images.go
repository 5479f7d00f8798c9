package kind

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/kind/pkg/cluster/nodes"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"
	"sigs.k8s.io/kind/pkg/log"
)

// LoadImages implements labs.Cluster. The nodes are looked at and loaded side by side.
func (c *Cluster) LoadImages(ctx context.Context, archive string) error {
	want, err := contents(archive)
	if err != nil {
		return fmt.Errorf("load images: %w", err)
	}
	list, err := c.kind(log.NoopLogger{}).ListInternalNodes(c.name)
	if err != nil {
		return fmt.Errorf("load images of %s: %w", archive, explain(err))
	}
	if len(list) == 0 {
		return fmt.Errorf("load images of %s: cluster %s has not been started", archive, c.name)
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, n := range list {
		g.Go(func() error { return c.loadInto(ctx, n, archive, want) })
	}
	return g.Wait()
}

// contents returns what containerd knows of a node that has the images of an archive: their names, and
// the digests of their configurations.
func contents(archive string) ([]string, error) {
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(archive) })
	if err != nil {
		return nil, fmt.Errorf("read archive %s: %w", archive, err)
	}
	var want []string
	for _, image := range manifest {
		digest := strings.TrimSuffix(strings.TrimPrefix(image.Config[strings.LastIndexByte(image.Config, '/')+1:], "sha256:"), ".json")
		want = append(want, "sha256:"+digest)
		for _, tag := range image.RepoTags {
			ref, err := name.NewTag(tag)
			if err != nil {
				return nil, fmt.Errorf("read archive %s: %w", archive, err)
			}
			want = append(want, strings.Replace(ref.Name(), "index.docker.io/", "docker.io/", 1))
		}
	}
	return want, nil
}

// loadInto loads an archive into one node unless all of it is there.
func (c *Cluster) loadInto(ctx context.Context, n nodes.Node, archive string, want []string) error {
	out, err := c.opts.Engine.run(ctx, "exec", n.String(), "sh", "-c",
		"ctr --namespace=k8s.io images ls --quiet && ctr --namespace=k8s.io content ls --quiet")
	if err != nil {
		return fmt.Errorf("list images of %s: %w", n, err)
	}
	have := strings.Fields(string(out))
	if !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(have, w) }) {
		return nil
	}
	f, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("load images into %s: %w", n, err)
	}
	defer f.Close()
	if err := nodeutils.LoadImageArchive(n, cancelled{ctx, f}); err != nil {
		return fmt.Errorf("load images of %s into %s: %w", archive, n, explain(err))
	}
	return nil
}

// cancelled reads until ctx is done.
type cancelled struct {
	ctx context.Context
	io.Reader
}

func (r cancelled) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}
