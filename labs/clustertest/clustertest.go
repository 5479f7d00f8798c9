// Package clustertest holds every provider of clusters to the contract of labs.Cluster, on a real cluster:
//
//	func TestConformance(t *testing.T) {
//		clustertest.Need(t)
//		open := func(t *testing.T) labs.Cluster { … } // another hand on the same cluster each time
//		clustertest.Run(t, open)
//		clustertest.Stop(t, open, false)
//	}
//
// Such tests take minutes and a container engine, and run where SLIPWAY_CLUSTER_TESTS=1 is set only. What
// a provider says to be labs.ErrUnsupported is skipped.
package clustertest

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
	"golang.org/x/sync/errgroup"
)

// Env is the variable that asks for tests on a real cluster.
const Env = "SLIPWAY_CLUSTER_TESTS"

// Need skips a test unless tests on a real cluster were asked for.
func Need(t *testing.T) {
	t.Helper()
	if os.Getenv(Env) != "1" {
		t.Skip("makes a real cluster, which takes minutes and a container engine: run it with " + Env + "=1")
	}
}

// Open returns the provider under test, another value each time, which all stand for one cluster.
type Open func(t *testing.T) labs.Cluster

// Run starts the cluster and tests it. It leaves it running.
func Run(t *testing.T, open Open) {
	Need(t)
	personal := personalConfig(t)
	if err := open(t).Start(t.Context(), told(t)); err != nil {
		t.Fatal(err)
	}
	t.Run("StartAgain", func(t *testing.T) { testStartAgain(t, open) })
	t.Run("StartTogether", func(t *testing.T) { testStartTogether(t, open) })
	t.Run("Nodes", func(t *testing.T) { testNodes(t, open(t)) })
	t.Run("Exec", func(t *testing.T) { testExec(t, open(t)) })
	t.Run("LoadImages", func(t *testing.T) { testLoadImages(t, open) })
	if got := personalConfig(t); got != personal {
		t.Errorf("the kubeconfig of the person who runs this has changed:\n%s", got)
	}
}

// Stop tests that a cluster is gone once it is stopped or, when it was adopted, that it stays.
func Stop(t *testing.T, open Open, stays bool) {
	Need(t)
	t.Run("Stop", func(t *testing.T) {
		k := newKubectl(t, open(t))
		for range 2 {
			if err := open(t).Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if res := k.try(t, "get", "--raw=/readyz", "--request-timeout=5s"); (res.ExitCode == 0) != stays {
			t.Errorf("after Stop: exit code %d, %s", res.ExitCode, res.Stderr)
		}
	})
}

// personalConfig is the kubeconfig that kubectl would use without being told.
func personalConfig(t *testing.T) string {
	t.Helper()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(home, ".kube", "config"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

func told(t *testing.T) func(string) {
	begin := time.Now()
	return func(step string) { t.Logf("%5.1fs  %s", time.Since(begin).Seconds(), step) }
}

// A kubectl is the cluster's own, with nothing of the environment but what the provider gives.
type kubectl struct {
	program string
	env     []string
}

func newKubectl(t *testing.T, c labs.Cluster) kubectl {
	t.Helper()
	config, err := c.Kubeconfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tooled, ok := c.(labs.Tooled)
	if !ok {
		t.Skipf("%s brings no kubectl", c.Name())
	}
	tools, err := tooled.Tools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	return kubectl{filepath.Join(tools, "kubectl"), []string{"KUBECONFIG=" + file, "HOME=" + dir, "PATH=" + tools}}
}

func (k kubectl) try(t *testing.T, args ...string) sandbox.Result {
	t.Helper()
	res, err := sandbox.Run(t.Context(), sandbox.Command{Args: append([]string{k.program}, args...), Env: k.env})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func (k kubectl) run(t *testing.T, args ...string) string {
	t.Helper()
	res := k.try(t, args...)
	if res.ExitCode != 0 {
		t.Fatalf("kubectl %s: exit code %d\n%s", strings.Join(args, " "), res.ExitCode, res.Stderr)
	}
	return string(res.Stdout)
}

// identity tells one making of a cluster from another.
func identity(t *testing.T, k kubectl) string {
	t.Helper()
	return k.run(t, "get", "nodes", "-o", "jsonpath={.items[*].metadata.uid}")
}

func testStartAgain(t *testing.T, open Open) {
	k := newKubectl(t, open(t))
	before := identity(t, k)
	begin := time.Now()
	if err := open(t).Start(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("starting a cluster that runs took %s", took)
	}
	if after := identity(t, k); after != before {
		t.Errorf("nodes were %s, are %s", before, after)
	}
}

func testStartTogether(t *testing.T, open Open) {
	k := newKubectl(t, open(t))
	before := identity(t, k)
	var g errgroup.Group
	for range 4 {
		c := open(t)
		g.Go(func() error { return c.Start(t.Context(), nil) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if after := identity(t, k); after != before {
		t.Errorf("nodes were %s, are %s", before, after)
	}
}

func testNodes(t *testing.T, c labs.Cluster) {
	nodes, err := c.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(nodes) == 0 || !nodes[0].ControlPlane {
		t.Fatalf("nodes = %+v, want control planes first", nodes)
	}
	want := strings.Fields(newKubectl(t, c).run(t, "get", "nodes", "-o", `jsonpath={range .items[*]}{.metadata.name} {.status.addresses[?(@.type=="InternalIP")].address}{"\n"}{end}`))
	var got []string
	for i, n := range nodes {
		if _, err := netip.ParseAddr(n.Address); err != nil {
			t.Errorf("node %s: %v", n.Name, err)
		}
		if i > 0 && n.ControlPlane == nodes[i-1].ControlPlane && n.Name < nodes[i-1].Name {
			t.Errorf("node %s stands after %s", n.Name, nodes[i-1].Name)
		}
		got = append(got, n.Name, n.Address)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("nodes = %q, kubectl says %q", got, want)
	}
}

func testExec(t *testing.T, c labs.Cluster) {
	nodes, err := c.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	node := nodes[len(nodes)-1].Name
	if _, err := c.Exec(t.Context(), node, sandbox.Command{Args: []string{"true"}}); errors.Is(err, labs.ErrUnsupported) {
		t.Skip(err)
	}
	run := func(t *testing.T, cmd sandbox.Command) sandbox.Result {
		t.Helper()
		res, err := c.Exec(t.Context(), node, cmd)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	t.Run("exit code and outputs", func(t *testing.T) {
		res := run(t, sandbox.Command{Args: []string{"sh", "-c", "echo out; echo err >&2; exit 3"}})
		if res.ExitCode != 3 || string(res.Stdout) != "out\n" || string(res.Stderr) != "err\n" {
			t.Errorf("result = %d, %q, %q", res.ExitCode, res.Stdout, res.Stderr)
		}
	})
	t.Run("as root on that node", func(t *testing.T) {
		if res := run(t, sandbox.Command{Args: []string{"sh", "-c", "id -u; hostname"}}); string(res.Stdout) != "0\n"+node+"\n" {
			t.Errorf("output = %q", res.Stdout)
		}
	})
	t.Run("input", func(t *testing.T) {
		in := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		if res := run(t, sandbox.Command{Args: []string{"wc", "-c"}, Stdin: bytes.NewReader(in)}); strings.TrimSpace(string(res.Stdout)) != "1048576" {
			t.Errorf("counted %q", res.Stdout)
		}
	})
	t.Run("no input", func(t *testing.T) {
		if res := run(t, sandbox.Command{Args: []string{"cat"}}); res.ExitCode != 0 || len(res.Stdout) != 0 {
			t.Errorf("result = %+v", res)
		}
	})
	t.Run("folder and environment", func(t *testing.T) {
		res := run(t, sandbox.Command{Args: []string{"sh", "-c", `pwd; echo "$GREETING"`}, Dir: "/etc", Env: []string{"GREETING=hello there"}})
		if string(res.Stdout) != "/etc\nhello there\n" {
			t.Errorf("output = %q", res.Stdout)
		}
	})
	t.Run("long output", func(t *testing.T) {
		res := run(t, sandbox.Command{Args: []string{"sh", "-c", "yes | head -c 3000000"}, MaxOutput: 1000})
		if len(res.Stdout) != 1000 || !res.Truncated {
			t.Errorf("%d bytes, truncated: %v", len(res.Stdout), res.Truncated)
		}
	})
	t.Run("deadline", func(t *testing.T) { testDeadline(t, c, node) })
	t.Run("no such program", func(t *testing.T) {
		res, err := c.Exec(t.Context(), node, sandbox.Command{Args: []string{"/no/such/program"}})
		if err == nil || !strings.Contains(err.Error(), "run /no/such/program on "+node) {
			t.Errorf("Exec = %+v, %v", res, err)
		}
	})
	t.Run("no such node", func(t *testing.T) {
		_, err := c.Exec(t.Context(), "nowhere", sandbox.Command{Args: []string{"true"}})
		if err == nil || !strings.Contains(err.Error(), node) {
			t.Errorf("Exec = %v, want the names of the nodes", err)
		}
	})
}

// A deadline ends a command on the node, with what it started there.
func testDeadline(t *testing.T, c labs.Cluster, node string) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	res, err := c.Exec(ctx, node, sandbox.Command{Args: []string{"sh", "-c", "sleep 4321 & sleep 4321"}})
	if err != nil || !res.TimedOut {
		t.Errorf("Exec = %+v, %v", res, err)
	}
	left, err := c.Exec(t.Context(), node, sandbox.Command{Args: []string{"pgrep", "-f", "^sleep 4321$"}})
	if err != nil || left.ExitCode != 1 {
		t.Errorf("processes left: %s, %v", left.Stdout, err)
	}
}

// testLoadImages has a provider load an image that no node can know.
func testLoadImages(t *testing.T, open Open) {
	archive, ref, id := newImage(t)
	c := open(t)
	if err := c.LoadImages(t.Context(), archive); errors.Is(err, labs.ErrUnsupported) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	nodes, err := c.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		res, err := c.Exec(t.Context(), n.Name, sandbox.Command{Args: []string{"ctr", "--namespace=k8s.io", "images", "ls"}})
		if err != nil || !bytes.Contains(res.Stdout, []byte(ref)) {
			t.Errorf("node %s does not know %s (%s): %s%s, %v", n.Name, ref, id, res.Stdout, res.Stderr, err)
		}
	}
	if err := open(t).LoadImages(t.Context(), archive); err != nil {
		t.Errorf("the second time: %v", err)
	}
	missing := filepath.Join(t.TempDir(), "none.tar")
	if err := c.LoadImages(t.Context(), missing); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("LoadImages of a file that is not there = %v", err)
	}
}

// newImage writes a docker-archive with an image that there was never before.
func newImage(t *testing.T) (archive, ref, id string) {
	t.Helper()
	image, err := random.Image(1024, 1)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := image.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag("slipway/test:" + hash.Hex[:12])
	if err != nil {
		t.Fatal(err)
	}
	archive = filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.WriteToFile(archive, tag, image); err != nil {
		t.Fatal(err)
	}
	return archive, "docker.io/slipway/test:" + hash.Hex[:12], hash.String()
}
