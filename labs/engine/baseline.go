package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/nodefiles"
	"github.com/slipway-workshop/slipway/labs/snapshot"
)

// The state of a cluster as it was made is kept beside its record, with the files of its nodes.

func (h *held) baseline() string { return filepath.Join(h.dir, baselineName+".json") }

// nodeFiles is the folder of the nodes' files as they were.
func (h *held) nodeFiles() string { return filepath.Join(h.dir, "nodes") }

func (h *held) takeBaseline(ctx context.Context, client *snapshot.Client) error {
	if err := nodefiles.Take(ctx, h.cluster, h.nodeFiles()); err != nil && !h.closed(err) {
		return err
	}
	state, err := client.Settle(ctx, func(text string) { h.engine.say("%s: %s", h.cluster.Name(), text) })
	if err != nil {
		return err
	}
	data, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("keep the first state of %s: %w", h.cluster.Name(), err)
	}
	if err := atomicfile.Write(h.baseline(), data); err != nil {
		return fmt.Errorf("keep the first state of %s: %w", h.cluster.Name(), err)
	}
	return os.Chmod(h.baseline(), 0o600)
}

// closed reports whether an error says that the nodes of an adopted cluster cannot be entered.
func (h *held) closed(err error) bool { return h.adopted() && errors.Is(err, labs.ErrUnsupported) }

func (h *held) readBaseline() (*snapshot.State, error) {
	data, err := os.ReadFile(h.baseline())
	if err != nil {
		return nil, fmt.Errorf("read the first state of %s: %w", h.cluster.Name(), err)
	}
	state := &snapshot.State{}
	if err := json.Unmarshal(data, state); err != nil {
		return nil, fmt.Errorf("read the first state of %s: %w", h.cluster.Name(), err)
	}
	return state, nil
}

// restore takes the cluster back by difference from its baseline, node files first, and returns the
// digest of its state.
func (h *held) restore(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, restoreDeadline)
	defer cancel()
	baseline, err := h.readBaseline()
	if err != nil {
		return "", err
	}
	report := func(text string) { h.engine.say("%s: %s", h.cluster.Name(), text) }
	if !h.adopted() || nodefiles.Kept(h.nodeFiles()) { // the nodes of one that was adopted may be closed to us
		if _, err := nodefiles.Restore(ctx, h.cluster, h.nodeFiles(), report); err != nil {
			return "", err
		}
	}
	client, err := snapshot.Open(ctx, h.cluster)
	if err != nil {
		return "", err
	}
	err = client.Restore(ctx, baseline, snapshot.Hooks{
		Restart: func(ctx context.Context, node string) error { return nodefiles.RestartKubelet(ctx, h.cluster, node) },
	})
	if err != nil {
		return "", err
	}
	return baseline.Digest(), nil
}
