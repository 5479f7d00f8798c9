package snapshot_test

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/snapshot"
	"golang.org/x/tools/txtar"
)

// kubeconfigVar names a kubeconfig of a cluster whose state may be lost.
const kubeconfigVar = "SLIPWAY_KUBECONFIG"

// nodeVar names the container of its control plane node.
const nodeVar = "SLIPWAY_TEST_NODE"

// The archives of testdata/evil hold what learners and worse do to a cluster: do.sh, which is run with
// KUBECONFIG set and kubectl on PATH in a folder with the archive's other files.
//
//go:embed testdata/evil
var evil embed.FS

func cluster(t *testing.T) (*snapshot.Client, string) {
	t.Helper()
	name := os.Getenv(kubeconfigVar)
	if name == "" {
		t.Skipf("set %s to the kubeconfig of a cluster that may be harmed, such as that of slipway-one, to run this", kubeconfigVar)
	}
	kubeconfig, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := snapshot.New(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	return c, name
}

func settle(t *testing.T, c *snapshot.Client) *snapshot.State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	s, err := c.Settle(ctx, func(text string) { t.Log(text) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRestoreFromEvil does evil things to a cluster and demands an equal digest.
func TestRestoreFromEvil(t *testing.T) {
	c, kubeconfig := cluster(t)
	baseline := settle(t, c)
	names, err := fs.Glob(evil, "testdata/evil/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(path.Base(name), ".txtar"), func(t *testing.T) {
			do(t, name, kubeconfig)
			restore(t, c, baseline)
		})
	}
}

func do(t *testing.T, archive, kubeconfig string) {
	t.Helper()
	data, err := evil.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	files, err := txtar.FS(txtar.Parse(data))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-eu", "do.sh")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "KUBECONFIG="+kubeconfig)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("do.sh: %v\n%s", err, out)
	}
}

func restore(t *testing.T, c *snapshot.Client, baseline *snapshot.State) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	before, err := c.Take(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if before.Digest() == baseline.Digest() {
		t.Error("what was done is not seen as a difference")
	}
	begin := time.Now()
	err = c.Restore(ctx, baseline, snapshot.Hooks{Report: func(text string) {
		t.Logf("%5.1fs %s", time.Since(begin).Seconds(), text)
	}})
	fmt.Printf("restored in %5.2f s: %s\n", time.Since(begin).Seconds(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	after, err := c.Take(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if after.Digest() != baseline.Digest() {
		t.Errorf("digest differs: %v", baseline.Diff(after))
	}
}

// TestRestoreAfterInterruptions interrupts a Restore at many points and runs it again.
func TestRestoreAfterInterruptions(t *testing.T) {
	c, kubeconfig := cluster(t)
	baseline := settle(t, c)
	do(t, "testdata/evil/namespace.txtar", kubeconfig)
	do(t, "testdata/evil/coredns-deleted.txtar", kubeconfig)
	for after := 50 * time.Millisecond; after < 800*time.Millisecond; after += 150 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		err := c.Restore(ctx, baseline, snapshot.Hooks{})
		cancel()
		var incomplete *snapshot.Incomplete
		if !errors.As(err, &incomplete) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Restore that is interrupted after %s returns %v", after, err)
		}
	}
	restore(t, c, baseline)
}

// entered is a cluster of one node, entered by docker exec.
type entered struct {
	labs.Cluster
	kubeconfig []byte
	node       string
}

func (c entered) Kubeconfig(context.Context) ([]byte, error) { return c.kubeconfig, nil }

func (c entered) Nodes(context.Context) ([]labs.Node, error) {
	return []labs.Node{{Name: c.node, ControlPlane: true}}, nil
}

func (c entered) Exec(ctx context.Context, node string, cmd sandbox.Command) (sandbox.Result, error) {
	cmd.Args, cmd.Env = append([]string{"docker", "exec", node}, cmd.Args...), os.Environ()
	return sandbox.Run(ctx, cmd)
}

// TestRestoreWithoutRights deletes the binding that makes the administrator one.
func TestRestoreWithoutRights(t *testing.T) {
	c, kubeconfig := cluster(t)
	node := os.Getenv(nodeVar)
	if node == "" {
		t.Skipf("set %s to the container of the control plane node of %s to run this", nodeVar, kubeconfigVar)
	}
	baseline := settle(t, c)
	out, err := exec.Command("kubectl", "--kubeconfig", kubeconfig, "delete", "clusterrolebindings", "--all").CombinedOutput()
	if err != nil {
		t.Logf("%v\n%s", err, out) // it cuts the branch on which it sits
	}
	if _, err := c.Take(t.Context()); err == nil {
		t.Error("an administrator without rights takes the state of the cluster")
	}
	data, err := os.ReadFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	c, err = snapshot.Open(t.Context(), entered{kubeconfig: data, node: node})
	if err != nil {
		t.Fatal(err)
	}
	restore(t, c, baseline)
}

// TestSpeed holds to what an untouched cluster may cost.
func TestSpeed(t *testing.T) {
	c, _ := cluster(t)
	baseline := settle(t, c)
	fastest := func(what string, do func() error) {
		best := time.Hour
		for range 5 {
			begin := time.Now()
			if err := do(); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(begin))
		}
		fmt.Printf("%s takes %s\n", what, best)
		if best > 500*time.Millisecond {
			t.Errorf("%s takes %s", what, best)
		}
	}
	fastest("Take", func() error { _, err := c.Take(t.Context()); return err })
	fastest("Restore with nothing to do", func() error { return c.Restore(t.Context(), baseline, snapshot.Hooks{}) })
}
