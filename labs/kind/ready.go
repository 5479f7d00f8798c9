package kind

import (
	"context"
	"fmt"
	"time"

	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/kubeapi"
)

const (
	readyIn  = 4 * time.Minute // nodes that were just made or started
	answerIn = time.Minute     // an API server that somebody has changed
	pace     = time.Second / 4 // between two looks
)

// ready returns when the nodes are, and have been heard of after since. Bare ones are ready when their
// container runtime is.
func (s *starting) ready(ctx context.Context, found []container, since time.Time) error {
	if s.topology == labs.Bare {
		return s.bareReady(ctx, found)
	}
	api, err := s.api(ctx)
	if err != nil {
		return err
	}
	return api.Await(ctx, names(found), since, s.step)
}

func names(all []container) []string {
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	return names
}

func (s *starting) bareReady(ctx context.Context, found []container) error {
	s.step("waiting for containerd on the nodes")
	for _, n := range found {
		err := poll(ctx, func() error {
			_, err := s.opts.Engine.run(ctx, "exec", n.ID, "ctr", "version")
			return err
		})
		if err != nil {
			return fmt.Errorf("wait for containerd on %s: %w", n.Name, err)
		}
	}
	return nil
}

// answers returns when the API server does.
func (s *starting) answers(ctx context.Context) error {
	if s.topology == labs.Bare {
		return nil
	}
	api, err := s.api(ctx)
	if err != nil {
		return err
	}
	if api.Answers(ctx) == nil {
		return nil
	}
	s.step("waiting for the API server of " + s.name)
	limit, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	err = poll(limit, func() error { return api.Answers(limit) })
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("start cluster %s: %w: what has been changed on %[1]s-control-plane? To have a new cluster: slipway kind delete cluster --name %[1]s", s.name, err)
	}
	return err
}

func (c *Cluster) api(ctx context.Context) (*kubeapi.API, error) {
	conf, err := c.Kubeconfig(ctx)
	if err != nil {
		return nil, err
	}
	return kubeapi.New(conf)
}

// poll calls f until it returns nil or ctx is done. Its error is then the last that says more than that.
func poll(ctx context.Context, f func() error) error {
	var last error
	for {
		err := f()
		if err == nil {
			return nil
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-time.After(pace):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), last)
		}
	}
}
