package engine

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/labs"
)

// halfMade is a cluster of a learner whose making was killed: its nodes run, and there is no way in.
type halfMade struct {
	labs.Cluster
	nodes   []labs.Node
	stopped bool
}

func (c *halfMade) Name() string { return "slipway-harbour" }

func (c *halfMade) Nodes(context.Context) ([]labs.Node, error) {
	if c.nodes == nil {
		return nil, errors.New("it has not been started")
	}
	return c.nodes, nil
}

func (c *halfMade) Kubeconfig(context.Context) ([]byte, error) {
	return nil, errors.New("cat: /etc/kubernetes/admin.conf: No such file or directory")
}

func (c *halfMade) Stop(context.Context) error {
	c.nodes, c.stopped = nil, true
	return nil
}

func TestHalfMadeClusterOfALearner(t *testing.T) {
	c := &halfMade{nodes: []labs.Node{{Name: "slipway-harbour-control-plane", ControlPlane: true}}}
	h := &held{
		engine: &Engine{Self: "slipway"}, cluster: c, dir: t.TempDir(),
		place: labs.Place{Name: "slipway-harbour", Topology: labs.Own},
	}
	if err := h.regain(t.Context()); err != nil {
		t.Fatalf("a half-made cluster stops every command: %v", err)
	}
	if found := missing(t, h.kit); !strings.Contains(found, "its making was cut short") {
		t.Errorf("a check finds %q", found)
	}
	if _, err := h.clear(t.Context()); err != nil || !c.stopped {
		t.Fatalf("clear: %v, ended %t", err, c.stopped)
	}
	if found := missing(t, h.kit); found != "there is no cluster slipway-harbour" {
		t.Errorf("after it was taken away a check finds %q", found)
	}
}

// missing returns what a command of a check finds that needs the cluster.
func missing(t *testing.T, k *kit) string {
	t.Helper()
	if k.cluster != nil {
		t.Fatal("the kit leads to a cluster without a kubeconfig")
	}
	return k.closed
}
