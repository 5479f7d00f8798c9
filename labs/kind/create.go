package kind

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slipway-workshop/slipway/labs"
	"sigs.k8s.io/kind/pkg/cluster"
)

const (
	undoIn   = time.Minute     // deleting what is half-made
	undoPace = time.Second / 2 // between two attempts at it while kind still makes more
)

// create makes the cluster, and takes back what is half-made when that fails or ctx is done.
func (s *starting) create(ctx context.Context) error {
	s.record = &record{Image: s.image}
	err := s.record.write(s.file(".json"))
	if err == nil {
		err = s.make(ctx)
	}
	if err == nil {
		err = s.settle(ctx, time.Time{})
	}
	if err == nil {
		return nil
	}
	if s.opts.Room != nil && ctx.Err() == nil {
		err = errors.Join(err, s.opts.Room(ctx)) // asked before what fills the disk is taken back
	}
	s.step("taking back what is half-made of cluster " + s.name)
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoIn)
	defer cancel()
	return errors.Join(fmt.Errorf("make cluster %s: %w", s.name, err), s.remove(undo))
}

// make has kind make the cluster. kind knows no contexts: when ctx is done, its containers are deleted
// from below it until it gives up.
func (s *starting) make(ctx context.Context) error {
	if err := gone(s.file(".kubeconfig")); err != nil {
		return err
	}
	made := make(chan error, 1)
	go func() {
		made <- s.kind(steps(s.step)).Create(s.name,
			cluster.CreateWithV1Alpha4Config(config(s.topology)),
			cluster.CreateWithNodeImage(s.image),
			cluster.CreateWithKubeconfigPath(s.file(".kubeconfig")),
			cluster.CreateWithStopBeforeSettingUpKubernetes(s.topology == labs.Bare),
			cluster.CreateWithRetain(true), // create takes back what is half-made, after a look at the disk
		)
	}()
	select {
	case err := <-made:
		if err != nil && ctx.Err() != nil { // an interrupt has ended the commands that kind runs
			return context.Cause(ctx)
		}
		return explain(err)
	case <-ctx.Done():
		s.pullAway(context.WithoutCancel(ctx), made)
		return context.Cause(ctx)
	}
}

// pullAway deletes containers until kind has ended.
func (c *Cluster) pullAway(ctx context.Context, made <-chan error) {
	ctx, cancel := context.WithTimeout(ctx, undoIn)
	defer cancel()
	for {
		_ = c.remove(ctx) // create tries once more, and says what is wrong
		select {
		case <-made:
			return
		case <-ctx.Done():
			return
		case <-time.After(undoPace):
		}
	}
}
