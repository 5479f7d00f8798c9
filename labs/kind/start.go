package kind

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A starting is one run of Start: what was found, what is wanted, and whom to tell.
type starting struct {
	*Cluster
	image  string // wanted
	record *record
	found  []container
	step   func(string)
}

// Start implements labs.Cluster.
func (c *Cluster) Start(ctx context.Context, step func(string)) error {
	if step == nil {
		step = func(string) {}
	}
	image, err := c.opts.Image(ctx)
	if err != nil {
		return fmt.Errorf("start cluster %s: %w", c.name, err)
	}
	unlock, err := c.lock(ctx, step)
	if err != nil {
		return err
	}
	defer unlock()
	r, found, err := c.look(ctx)
	if err != nil {
		return fmt.Errorf("start cluster %s: %w", c.name, err)
	}
	s := &starting{Cluster: c, image: image, record: r, found: found, step: step}
	return s.carryOut(ctx, decide(r, found, image))
}

// look returns what is on record about the cluster, and what there is of it.
func (c *Cluster) look(ctx context.Context) (*record, []container, error) {
	r, err := readRecord(c.file(".json"))
	if err != nil {
		return nil, nil, err
	}
	found, err := c.opts.Engine.containers(ctx, c.name)
	c.know(found)
	return r, found, err
}

func (s *starting) carryOut(ctx context.Context, p plan) error {
	switch p.do {
	case refuse:
		return s.refused(p)
	case keep:
		return s.answers(ctx)
	case create:
		return s.create(ctx)
	case recreate:
		return s.recreate(ctx, p.why)
	}
	err := s.resume(ctx)
	if err != nil && ctx.Err() == nil {
		return s.recreate(ctx, err.Error())
	}
	return err
}

// recreate deletes the cluster and makes it anew, for a reason that it tells.
func (s *starting) recreate(ctx context.Context, why string) error {
	s.step(fmt.Sprintf("making cluster %s anew: %s", s.name, why))
	if err := s.remove(ctx); err != nil {
		return err
	}
	return s.create(ctx)
}

// resume starts what is stopped, and waits until all is Ready again.
func (s *starting) resume(ctx context.Context) error {
	s.step("starting " + s.name + " again, whose nodes were stopped")
	since := latest(s.found)
	for _, way := range []struct {
		verb   string
		states []string
	}{
		{"unpause", []string{"paused"}},
		{"start", []string{"exited", "stopped", "created"}},
	} {
		args := []string{way.verb}
		for _, n := range s.found {
			if slices.Contains(way.states, n.State) {
				args = append(args, n.ID)
			}
		}
		if len(args) == 1 {
			continue
		}
		since = time.Now()
		if _, err := s.opts.Engine.run(ctx, args...); err != nil {
			return err
		}
	}
	return s.settle(ctx, since)
}

// settle waits until every node is Ready and has been heard of after since, and puts the cluster on
// record.
func (s *starting) settle(ctx context.Context, since time.Time) error {
	found, err := s.opts.Engine.containers(ctx, s.name)
	if err != nil {
		return err
	}
	limit, cancel := context.WithTimeoutCause(ctx, readyIn, fmt.Errorf("not Ready after %s", readyIn))
	defer cancel()
	if err := s.ready(limit, found, since); err != nil {
		return err
	}
	s.know(found)
	s.record.Whole, s.record.Nodes = true, members(found)
	return s.record.write(s.file(".json"))
}

// latest returns when the last of the containers was started.
func latest(found []container) time.Time {
	var t time.Time
	for _, n := range found {
		if n.Started.After(t) {
			t = n.Started
		}
	}
	return t
}
