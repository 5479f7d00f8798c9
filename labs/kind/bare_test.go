package kind_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/clustertest"
	"github.com/slipway-workshop/slipway/labs/kind"
)

// These tests use bare nodes, which are there in seconds: whose a cluster is and what becomes of a
// half-made one does not depend on what runs on its nodes.

const bareControlPlane, bareWorker = prefix + "-bare-control-plane", prefix + "-bare-worker"

func openBare(t *testing.T) (*kind.Cluster, string) {
	t.Helper()
	clustertest.Need(t)
	dir := t.TempDir()
	c := openKind(t, labs.Bare, dir)
	t.Cleanup(func() {
		stop(t, c)
	})
	return c, dir
}

// nodesThere returns the ids of the containers, whoever made them.
func nodesThere(t *testing.T) []string {
	t.Helper()
	ids := strings.Fields(docker(t, "ps", "--all", "--quiet", "--filter=label=io.x-k8s.kind.cluster="+prefix+"-bare"))
	slices.Sort(ids)
	return ids
}

func TestBareNodes(t *testing.T) {
	c, _ := openBare(t)
	start(t, c)
	nodes, err := c.Nodes(t.Context())
	if err != nil || len(nodes) != 2 || nodes[0].Name != bareControlPlane || nodes[1].Name != bareWorker {
		t.Fatalf("nodes = %v, %v", nodes, err)
	}
	for _, n := range nodes {
		res, err := c.Exec(t.Context(), n.Name, sandbox.Command{Args: []string{"sh", "-c", "kubeadm version -o short && test ! -e /var/lib/kubelet/config.yaml"}})
		if err != nil || res.ExitCode != 0 {
			t.Errorf("%s is no bare node: %s%s, %v", n.Name, res.Stdout, res.Stderr, err)
		}
	}
	if _, err := c.Kubeconfig(t.Context()); err == nil || !strings.Contains(err.Error(), "kubeadm init on "+bareControlPlane) {
		t.Errorf("Kubeconfig = %v, want what to do", err)
	}
	before := nodesThere(t)
	start(t, c)
	if after := nodesThere(t); !slices.Equal(before, after) {
		t.Errorf("starting again changed the nodes: %q, %q", before, after)
	}
}

func TestStoppedNodesAreStarted(t *testing.T) {
	c, _ := openBare(t)
	start(t, c)
	before := nodesThere(t)
	docker(t, "stop", "--time=1", bareWorker)
	docker(t, "pause", bareControlPlane)
	if told := start(t, c); !strings.Contains(told, "starting "+c.Name()+" again") {
		t.Errorf("told %q", told)
	}
	if after := nodesThere(t); !slices.Equal(before, after) {
		t.Errorf("nodes were %q, are %q", before, after)
	}
	if _, err := c.Exec(t.Context(), bareWorker, sandbox.Command{Args: []string{"true"}}); err != nil {
		t.Error(err)
	}
}

func TestRemovedNode(t *testing.T) {
	c, _ := openBare(t)
	start(t, c)
	docker(t, "rm", "--force", "--volumes", bareWorker)
	if told := start(t, c); !strings.Contains(told, "anew: its node "+bareWorker+" is gone") {
		t.Errorf("told %q", told)
	}
	if ids := nodesThere(t); len(ids) != 2 {
		t.Errorf("nodes = %q", ids)
	}
}

func TestAnotherImage(t *testing.T) {
	c, dir := openBare(t)
	start(t, c)
	opts := options(t, dir)
	ref, err := opts.Image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const other = "slipway/node:test-of-another"
	docker(t, "tag", ref, other)
	t.Cleanup(func() { docker(t, "rmi", other) })
	opts.Image = func(context.Context) (string, error) { return other, nil }
	c, err = kind.New(testPlace(labs.Bare), opts)
	if err != nil {
		t.Fatal(err)
	}
	if told := start(t, c); !strings.Contains(told, "made with the image "+ref+", which is now "+other) {
		t.Errorf("told %q", told)
	}
	if image := docker(t, "inspect", "--format={{.Config.Image}}", bareWorker); image != other {
		t.Errorf("made with %s", image)
	}
	stop(t, c) // before its image goes
}

// A cluster without a record is somebody else's: it is neither used nor deleted.
func TestStranger(t *testing.T) {
	c, _ := openBare(t)
	ref, err := options(t, t.TempDir()).Image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := docker(t, "create", "--label=io.x-k8s.kind.cluster="+c.Name(), ref)
	defer docker(t, "rm", "--volumes", id)
	for name, err := range map[string]error{"Start": c.Start(t.Context(), nil), "Stop": c.Stop(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), "no record") || !strings.Contains(err.Error(), "slipway kind delete cluster --name "+c.Name()) {
			t.Errorf("%s = %v, want why and what to type", name, err)
		}
	}
	if ids := nodesThere(t); len(ids) != 1 || !strings.HasPrefix(id, ids[0]) {
		t.Errorf("containers = %q, want %s", ids, id)
	}
}

// What is half-made is taken back when the person gives up.
func TestInterrupted(t *testing.T) {
	c, dir := openBare(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var told []string
	err := c.Start(ctx, func(step string) {
		told = append(told, step)
		if strings.HasPrefix(step, "preparing nodes") {
			time.AfterFunc(time.Second, cancel)
		}
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(strings.Join(told, "\n"), "taking back") {
		t.Errorf("Start = %v, told %q", err, told)
	}
	if ids := nodesThere(t); len(ids) != 0 {
		t.Errorf("left containers %q", ids)
	}
	for _, e := range readDir(t, dir) {
		if strings.HasSuffix(e, ".json") || strings.HasSuffix(e, ".kubeconfig") {
			t.Errorf("left file %s", e)
		}
	}
}

func readDir(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// killedEnv is set for the process that TestKilled kills: the folder for its records.
const killedEnv = "SLIPWAY_TEST_KILLED"

// A process that is killed while it makes a cluster leaves one that the next knows for half-made.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(killedEnv); dir != "" {
		err := openKind(t, labs.Bare, dir).Start(t.Context(), func(step string) {
			if strings.HasPrefix(step, "writing configuration") {
				die()
			}
		})
		t.Fatalf("was not killed: %v", err)
	}
	c, dir := openBare(t)
	victim := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	victim.Env = append(os.Environ(), killedEnv+"="+dir)
	if out, err := victim.CombinedOutput(); err == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if ids := nodesThere(t); len(ids) != 2 {
		t.Fatalf("containers left = %q, want two", ids)
	}
	if told := start(t, c); !strings.Contains(told, "anew: its making was cut short") {
		t.Errorf("told %q", told)
	}
}

// die ends this process as nothing can be done about.
func die() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {}
}
