package engine

import (
	"context"
	"fmt"
)

// A cluster that the learner makes has no first state: it is taken back by being ended.

// openOwn looks whether the learner has made the cluster. One that cannot be entered, as a half-made one
// whose making was cut short, is no cluster yet.
func (h *held) openOwn(ctx context.Context) error {
	_, err := h.cluster.Nodes(ctx)
	if err != nil {
		return h.equip(ctx, false)
	}
	if _, err = h.cluster.Kubeconfig(ctx); err == nil {
		return h.equip(ctx, true)
	}
	if ctx.Err() != nil {
		return err
	}
	if err := h.equip(ctx, false); err != nil {
		return err
	}
	h.kit.closed = fmt.Sprintf("cluster %s has nodes and no kubeconfig for kubectl: its making was cut short, its nodes are stopped, or /etc/kubernetes/admin.conf is gone", h.cluster.Name())
	return nil
}

func (h *held) clearOwn(ctx context.Context) error {
	if err := h.cluster.Stop(ctx); err != nil {
		return err
	}
	if err := h.forget(); err != nil {
		return err
	}
	if err := h.remember(record{}); err != nil {
		return err
	}
	return h.openOwn(ctx)
}
