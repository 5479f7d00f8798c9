package conformance

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A cluster is a real one.
type cluster struct {
	kubeconfig, kubectl string
}

func newCluster(t *testing.T) cluster {
	t.Helper()
	c := cluster{os.Getenv("SLIPWAY_KUBECONFIG"), cmp.Or(os.Getenv("SLIPWAY_KUBECTL"), "kubectl")}
	if c.kubeconfig == "" {
		t.Skip("needs a cluster: set SLIPWAY_KUBECONFIG to its kubeconfig")
	}
	return c
}

func (c cluster) command(args ...string) *exec.Cmd {
	cmd := exec.Command(c.kubectl, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.kubeconfig)
	return cmd
}

// try runs kubectl and returns what it printed, errors too.
func (c cluster) try(args ...string) (string, error) {
	out, err := c.command(args...).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("kubectl %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

func (c cluster) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.try(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// apply applies objects, which are anything that marshals to what kubectl takes.
func (c cluster) apply(t *testing.T, objects ...any) {
	t.Helper()
	var all bytes.Buffer
	for _, o := range objects {
		data, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
		all.WriteByte('\n')
	}
	cmd := c.command("apply", "-f", "-")
	cmd.Stdin = &all
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("kubectl apply: %v\n%s", err, out)
	}
}

// namespace makes a namespace that ends with the test.
func (c cluster) namespace(t *testing.T, name string, labels map[string]string) {
	t.Helper()
	c.apply(t, object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": name, "labels": labels}})
	t.Cleanup(func() { c.try("delete", "namespace", name, "--wait=true", "--timeout=60s") })
}

// workers returns the names of two nodes, which are one where there is no other.
func (c cluster) workers(t *testing.T) (a, b string) {
	t.Helper()
	nodes := strings.Fields(c.run(t, "get", "nodes", "-o", "name", "--sort-by=.metadata.name"))
	a, b = nodes[max(0, len(nodes)-2)], nodes[len(nodes)-1]
	return strings.TrimPrefix(a, "node/"), strings.TrimPrefix(b, "node/")
}

type object map[string]any

// eventually calls ok until it holds.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !ok(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("after %s still not: %s", within, what)
			return
		}
	}
}
