package engine

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
)

// bareNodes are nodes that remember the mark written on them until they are stopped.
type bareNodes struct {
	labs.Cluster
	mark  string
	admin bool // kubeadm init has written admin.conf
	made  int  // how often the nodes were made
	up    bool
}

func (b *bareNodes) Name() string { return "slipway-bare" }

func (b *bareNodes) Start(context.Context, func(string)) error {
	if !b.up {
		b.up, b.mark, b.admin = true, "", false
		b.made++
	}
	return nil
}

func (b *bareNodes) Stop(context.Context) error {
	b.up = false
	return nil
}

func (b *bareNodes) Nodes(context.Context) ([]labs.Node, error) {
	return []labs.Node{{Name: "slipway-bare-control-plane", ControlPlane: true}, {Name: "slipway-bare-worker"}}, nil
}

func (b *bareNodes) Kubeconfig(context.Context) ([]byte, error) {
	if !b.admin {
		return nil, errors.New("there is no control plane yet")
	}
	return []byte("kind: Config\n"), nil
}

func (b *bareNodes) Exec(_ context.Context, _ string, c sandbox.Command) (sandbox.Result, error) {
	if len(c.Args) == 5 { // the mark to write
		b.mark = c.Args[4]
		return sandbox.Result{}, nil
	}
	return sandbox.Result{Stdout: []byte(b.mark)}, nil
}

// command holds the cluster for one command of slipway, which knows what the one before wrote down.
func command(t *testing.T, b *bareNodes, dir string) *held {
	t.Helper()
	r, err := readRecord(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &held{engine: &Engine{Self: "slipway"}, cluster: b, dir: dir, record: r, place: labs.Shared(labs.Bare)}
}

func TestBareNodes(t *testing.T) {
	b, dir := &bareNodes{}, t.TempDir()
	regain := func() *held {
		t.Helper()
		h := command(t, b, dir)
		if err := h.regain(t.Context()); err != nil {
			t.Fatal(err)
		}
		return h
	}
	clear := func(h *held) {
		t.Helper()
		if _, err := h.clear(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	h := regain()
	if clear(h); b.made != 1 {
		t.Errorf("new nodes were made %d times", b.made)
	}
	if !strings.Contains(h.kit.closed, "no control plane") || h.kit.cluster == nil || len(h.kit.nodes) != 2 {
		t.Errorf("the kit of bare nodes: %q, cluster %v, nodes %v", h.kit.closed, h.kit.cluster, h.kit.nodes)
	}
	b.admin = true // a learner runs kubeadm init
	if h = regain(); b.made != 1 || h.kit.closed != "" {
		t.Errorf("nodes with a control plane were made %d times, and kubectl finds %q", b.made, h.kit.closed)
	}
	if clear(h); b.made != 2 || !strings.Contains(h.kit.closed, "no control plane") {
		t.Errorf("after a reset nodes were made %d times, and kubectl finds %q", b.made, h.kit.closed)
	}
	if err := h.remember(record{}); err != nil { // the record is lost
		t.Fatal(err)
	}
	if h = regain(); b.made != 3 || h.record.Cluster != b.mark {
		t.Errorf("nodes of which nothing is known were made %d times, on record is %q for %q", b.made, h.record.Cluster, b.mark)
	}
}
