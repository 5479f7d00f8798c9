package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// Bare nodes have no first state to compare with: whatever a learner has made of them, they are taken
// back by being made anew, which takes seconds.

// markFile is on the first of bare nodes, and goes with them. It holds what the record knows them by.
const markFile = "/kind/slipway-nodes"

// openBare starts bare nodes, or finds them. They may have become a cluster meanwhile.
func (h *held) openBare(ctx context.Context) error {
	for range 2 {
		if err := h.cluster.Start(ctx, func(step string) { h.engine.say("%s: %s", h.cluster.Name(), step) }); err != nil {
			return err
		}
		mark, err := h.onFirst(ctx, `cat `+markFile+` 2>/dev/null; true`)
		if err != nil {
			return err
		}
		switch {
		case mark == "":
			if err := h.mark(ctx); err != nil {
				return err
			}
			return h.equipBare(ctx)
		case mark == h.record.Cluster:
			return h.equipBare(ctx)
		}
		h.engine.say("%s: nothing is known of what was done to its nodes: they are made anew", h.cluster.Name())
		if err := h.stop(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("start cluster %s: its nodes are never new", h.cluster.Name())
}

// mark gives new nodes an identity, and remembers it.
func (h *held) mark(ctx context.Context) error {
	id := rand.Text()
	if _, err := h.onFirst(ctx, `printf %s "$1" >`+markFile, id); err != nil {
		return err
	}
	h.fresh = true
	return h.remember(record{Cluster: id})
}

// onFirst runs a script on the first node and returns what it prints.
func (h *held) onFirst(ctx context.Context, script string, args ...string) (string, error) {
	nodes, err := h.cluster.Nodes(ctx)
	if err != nil {
		return "", err
	}
	res, err := h.cluster.Exec(ctx, nodes[0].Name, sandbox.Command{Args: append([]string{"sh", "-c", script, "sh"}, args...)})
	if err == nil && res.ExitCode != 0 {
		err = fmt.Errorf("look at node %s: exit code %d: %s", nodes[0].Name, res.ExitCode, strings.TrimSpace(string(res.Stderr)))
	}
	return string(res.Stdout), err
}

// equipBare makes the kit: commands on nodes always, kubectl once there is a control plane.
func (h *held) equipBare(ctx context.Context) error {
	_, err := h.cluster.Kubeconfig(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := h.equip(ctx, err == nil); err != nil {
		return err
	}
	h.kit.bare = true
	if err == nil {
		return nil
	}
	if err := h.forget(); err != nil { // of the nodes that were there before
		return err
	}
	h.kit.cluster, h.kit.closed = h.cluster, fmt.Sprintf("there is no control plane on the nodes of %s yet", h.cluster.Name())
	h.kit.nodes, err = h.cluster.Nodes(ctx)
	return err
}

// forget removes the kubeconfig of a cluster that is gone.
func (h *held) forget() error {
	if err := os.Remove(filepath.Join(h.dir, kubeconfigName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clear %s: %w", h.cluster.Name(), err)
	}
	return nil
}

// clearBare makes the nodes anew, unless they are new.
func (h *held) clearBare(ctx context.Context) error {
	if h.fresh {
		return nil
	}
	h.engine.say("%s: making its nodes anew", h.cluster.Name())
	if err := h.stop(ctx); err != nil {
		return err
	}
	return h.openBare(ctx)
}
