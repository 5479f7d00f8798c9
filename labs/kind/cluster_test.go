package kind_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/clustertest"
	"github.com/slipway-workshop/slipway/labs/kind"
	"github.com/slipway-workshop/slipway/labs/kubeconfig"
)

// prefix sets the clusters of these tests apart from those that labs use.
const prefix = "slipway-test"

// TestConformance holds both providers to the contract, each topology once: the kubeconfig provider adopts
// the cluster that kind has made.
func TestConformance(t *testing.T) {
	clustertest.Need(t)
	for _, topology := range []labs.Topology{labs.One, labs.Four} {
		t.Run(string(topology), func(t *testing.T) {
			dir := t.TempDir()
			open := func(t *testing.T) labs.Cluster { return openKind(t, topology, dir) }
			t.Cleanup(func() { stop(t, open(t)) })
			adopt := func(t *testing.T) labs.Cluster { return adopt(t, openKind(t, topology, dir)) }
			t.Run("kind", func(t *testing.T) { clustertest.Run(t, open) })
			t.Run("kubeconfig", func(t *testing.T) {
				clustertest.Run(t, adopt)
				clustertest.Stop(t, adopt, true)
			})
			t.Run("kind", func(t *testing.T) { clustertest.Stop(t, open, false) })
		})
	}
}

func openKind(t *testing.T, topology labs.Topology, dir string) *kind.Cluster {
	t.Helper()
	c, err := kind.New(topology, options(dir))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func options(dir string) kind.Options {
	return kind.Options{Engine: kind.Engine{Name: "docker"}, Dir: dir, Prefix: prefix, Image: newestImage, Tools: extractTools}
}

// newestImage returns the node image that was built last.
func newestImage(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "docker", "images", "--filter=label=slipway.recipe", "--format={{.Repository}}:{{.Tag}}").Output()
	if err != nil {
		return "", err
	}
	ref, _, _ := strings.Cut(string(out), "\n")
	if ref == "" {
		return "", errors.New("there is no node image: type slipway image build")
	}
	return ref, nil
}

// extractTools copies kubectl out of a node image.
func extractTools(ctx context.Context, ref string) (string, error) {
	dir := filepath.Join(os.TempDir(), "slipway-test-tools", strings.NewReplacer("/", "_", ":", "_").Replace(ref))
	kubectl := filepath.Join(dir, "kubectl")
	if _, err := os.Stat(kubectl); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "docker", "run", "--rm", "--entrypoint=cat", ref, "/usr/bin/kubectl").Output()
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(kubectl, out, 0o777)
}

func adopt(t *testing.T, c labs.Tooled) labs.Cluster {
	t.Helper()
	config, err := c.Kubeconfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	adopted, err := kubeconfig.New(kubeconfig.Options{File: file, Context: "kind-" + c.Name(), Tools: c.Tools})
	if err != nil {
		t.Fatal(err)
	}
	return adopted
}

func stop(t *testing.T, c labs.Cluster) {
	t.Helper()
	if err := c.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}
