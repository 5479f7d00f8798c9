package kind_test

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/clustertest"
	"github.com/slipway-workshop/slipway/labs/host"
	"github.com/slipway-workshop/slipway/labs/image"
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
			t.Run("restart", func(t *testing.T) { testRestart(t, openKind(t, topology, dir)) })
			t.Run("kubeconfig", func(t *testing.T) {
				clustertest.Run(t, adopt)
				clustertest.Stop(t, adopt, true)
			})
			t.Run("stop", func(t *testing.T) { clustertest.Stop(t, open, false) })
		})
	}
}

func testPlace(t labs.Topology) labs.Place {
	return labs.Place{Name: prefix + "-" + string(t), Topology: t}
}

func openKind(t testing.TB, topology labs.Topology, dir string) *kind.Cluster {
	t.Helper()
	c, err := kind.New(testPlace(topology), options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func options(t testing.TB, dir string) kind.Options {
	t.Helper()
	engine, err := host.FindEngine(context.WithoutCancel(t.Context())) // also while cleaning up
	if err != nil {
		t.Fatal(err)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache := cmp.Or(os.Getenv("SLIPWAY_CACHE"), filepath.Join(user, "slipway"))
	store := &image.Store{Engine: engine.Path, Source: "../..", Cache: cache}
	return kind.Options{
		Engine: kind.Engine{Name: engine.Name, Path: engine.Path}, Dir: dir, Tools: store.Tools,
		Image: func(ctx context.Context) (string, error) {
			choice, err := store.Choose(ctx)
			return choice.Ref, err
		},
	}
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

func stop(t testing.TB, c labs.Cluster) {
	t.Helper()
	if err := c.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// A cluster whose nodes were stopped, as with the machine, is the same one afterwards, also where they have
// other addresses than before.
func testRestart(t *testing.T, c labs.Cluster) {
	nodes, err := c.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mark := sandbox.Command{Args: []string{"kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "create", "configmap", "before"}}
	if res, err := c.Exec(t.Context(), nodes[0].Name, mark); err != nil || res.ExitCode != 0 {
		t.Fatalf("%s, %v", res.Stderr, err)
	}
	for _, n := range nodes {
		docker(t, "kill", n.Name)
	}
	takeAddress(t, nodes[0])
	if told := start(t, c); !strings.Contains(told, "starting "+c.Name()+" again") || strings.Contains(told, "anew") {
		t.Errorf("told %q", told)
	}
	if res, err := c.Exec(t.Context(), nodes[0].Name, mark); err != nil || !strings.Contains(string(res.Stderr), "already exists") {
		t.Errorf("it is another cluster: %s%s, %v", res.Stdout, res.Stderr, err)
	}
	after, err := c.Nodes(t.Context())
	if err != nil || after[0].Address == nodes[0].Address {
		t.Errorf("address did not change, which this is to test: %v, %v", after, err)
	}
}

// takeAddress has another container take the address of a node that is stopped.
func takeAddress(t *testing.T, n labs.Node) {
	t.Helper()
	image := docker(t, "inspect", "--format={{.Config.Image}}", n.Name)
	for range 20 {
		id := docker(t, "run", "--detach", "--network=kind", "--entrypoint=sleep", image, "infinity")
		t.Cleanup(func() { docker(t, "rm", "--force", "--volumes", id) })
		if docker(t, "inspect", "--format={{.NetworkSettings.Networks.kind.IPAddress}}", id) == n.Address {
			return
		}
	}
	t.Errorf("no container got the address of %s", n.Name)
}

// start starts a cluster and returns what it told.
func start(t *testing.T, c labs.Cluster) string {
	t.Helper()
	var told []string
	begin := time.Now()
	err := c.Start(t.Context(), func(step string) {
		t.Logf("%5.1fs  %s", time.Since(begin).Seconds(), step)
		told = append(told, step)
	})
	t.Logf("%5.1fs  done", time.Since(begin).Seconds())
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(told, "\n"))
	}
	return strings.Join(told, "\n")
}

func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Errorf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
