package kind

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/kubeapi"
	"sigs.k8s.io/kind/pkg/cluster"
)

const (
	readyIn  = 3 * time.Minute // a new cluster, once kubeadm is done with it
	resumeIn = 2 * time.Minute // one that was started anew
	answerIn = time.Minute     // an API server that has been told to start over
	undoIn   = time.Minute     // deleting what is half-made
	undoPace = time.Second / 2 // between two attempts at it while kind still makes more
)

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
	r, err := readRecord(c.file(".json"))
	if err != nil {
		return err
	}
	found, err := c.opts.Engine.containers(ctx, c.name)
	if err != nil {
		return fmt.Errorf("start cluster %s: %w", c.name, err)
	}
	c.know(found)
	return c.carryOut(ctx, decide(r, found, image), r, found, image, step)
}

func (c *Cluster) carryOut(ctx context.Context, p plan, r *record, found []container, image string, step func(string)) error {
	switch p.do {
	case refuse:
		return c.refused(p)
	case keep:
		return c.answers(ctx, step)
	case create:
		return c.create(ctx, image, step)
	case recreate:
		return c.recreate(ctx, p.why, image, step)
	}
	err := c.resume(ctx, p, r, found, step)
	if err != nil && ctx.Err() == nil {
		return c.recreate(ctx, err.Error(), image, step)
	}
	return err
}

// answers returns when the API server does, which may have been told to start over.
func (c *Cluster) answers(ctx context.Context, step func(string)) error {
	if c.topology == labs.Bare {
		return nil
	}
	api, err := c.api(ctx)
	if err != nil {
		return err
	}
	deadline, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	for told := false; ; told = true {
		err := api.Answers(deadline)
		if err == nil {
			return nil
		}
		if !told {
			step("waiting for the API server of " + c.name)
		}
		select {
		case <-time.After(undoPace):
		case <-deadline.Done():
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("start cluster %s: %w: what has been changed on %[1]s-control-plane? To begin with a new cluster: slipway kind delete cluster --name %[1]s", c.name, err)
		}
	}
}

func (c *Cluster) api(ctx context.Context) (*kubeapi.API, error) {
	conf, err := c.Kubeconfig(ctx)
	if err != nil {
		return nil, err
	}
	return kubeapi.New(conf)
}

// recreate deletes the cluster and makes it anew, for a reason that it tells.
func (c *Cluster) recreate(ctx context.Context, why, image string, step func(string)) error {
	step(fmt.Sprintf("making cluster %s anew: %s", c.name, why))
	if err := c.remove(ctx); err != nil {
		return err
	}
	return c.create(ctx, image, step)
}

// create makes the cluster, and takes back what is half-made when that fails or ctx is done.
func (c *Cluster) create(ctx context.Context, image string, step func(string)) error {
	r := &record{Image: image}
	if err := r.write(c.file(".json")); err != nil {
		return err
	}
	err := c.make(ctx, image, step)
	if err == nil {
		err = c.whole(ctx, r, time.Time{}, readyIn, step)
	}
	if err == nil {
		return nil
	}
	step("taking back what is half-made of cluster " + c.name)
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoIn)
	defer cancel()
	return errors.Join(fmt.Errorf("make cluster %s: %w", c.name, err), c.remove(undo))
}

// make has kind make the cluster. kind knows no contexts: when ctx is done, its containers are deleted
// from below it until it gives up.
func (c *Cluster) make(ctx context.Context, image string, step func(string)) error {
	if err := gone(c.file(".kubeconfig")); err != nil {
		return err
	}
	made := make(chan error, 1)
	go func() {
		made <- c.kind(steps(step)).Create(c.name,
			cluster.CreateWithV1Alpha4Config(config(c.topology)),
			cluster.CreateWithNodeImage(image),
			cluster.CreateWithKubeconfigPath(c.file(".kubeconfig")),
			cluster.CreateWithStopBeforeSettingUpKubernetes(c.topology == labs.Bare),
		)
	}()
	select {
	case err := <-made:
		if err != nil && ctx.Err() != nil { // a signal to the group has ended kind's commands first
			return context.Cause(ctx)
		}
		return explainOrNil(err)
	case <-ctx.Done():
		c.pullAway(context.WithoutCancel(ctx), made)
		return context.Cause(ctx)
	}
}

func explainOrNil(err error) error {
	if err == nil {
		return nil
	}
	return explain(err)
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

// resume starts what is stopped and waits until all is Ready again.
func (c *Cluster) resume(ctx context.Context, p plan, r *record, found []container, step func(string)) error {
	since := time.Now()
	if p.do == resume {
		step("starting the nodes of " + c.name + ", which were stopped")
		if err := c.wake(ctx, found); err != nil {
			return err
		}
	} else {
		since = latest(found)
		step("waiting for " + c.name + ", which was started anew")
	}
	return c.whole(ctx, r, since, resumeIn, step)
}

// wake starts containers that do not run.
func (c *Cluster) wake(ctx context.Context, found []container) error {
	for _, verb := range []struct{ states, args string }{
		{"paused", "unpause"},
		{"exited stopped created", "start"},
	} {
		args := []string{verb.args}
		for _, n := range found {
			if strings.Contains(verb.states, n.State) {
				args = append(args, n.ID)
			}
		}
		if len(args) == 1 {
			continue
		}
		if _, err := c.opts.Engine.run(ctx, args...); err != nil {
			return err
		}
	}
	return nil
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

// whole waits until every node is Ready and has been heard of after since, and puts the cluster on
// record.
func (c *Cluster) whole(ctx context.Context, r *record, since time.Time, within time.Duration, step func(string)) error {
	limit, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("not Ready after %s", within))
	defer cancel()
	if err := c.ready(limit, since, step); err != nil {
		return err
	}
	found, err := c.opts.Engine.containers(ctx, c.name)
	if err != nil {
		return err
	}
	r.Whole, r.Nodes = true, members(found)
	c.know(found)
	return r.write(c.file(".json"))
}

// ready returns when the nodes are. Bare ones are when their container runtime is.
func (c *Cluster) ready(ctx context.Context, since time.Time, step func(string)) error {
	if c.topology == labs.Bare {
		return c.bareReady(ctx, step)
	}
	api, err := c.api(ctx)
	if err != nil {
		return err
	}
	return api.Await(ctx, since, step)
}

func (c *Cluster) bareReady(ctx context.Context, step func(string)) error {
	found, err := c.opts.Engine.containers(ctx, c.name)
	if err != nil {
		return err
	}
	step("waiting for containerd on the nodes of " + c.name)
	for _, n := range found {
		for {
			_, err := c.opts.Engine.run(ctx, "exec", n.ID, "ctr", "version")
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for containerd on %s: %w: %w", n.Name, context.Cause(ctx), err)
			case <-time.After(undoPace):
			}
		}
	}
	return nil
}
