package kubernetes

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	core "k8s.io/api/core/v1"
)

// An Engine has items judged by the pods of a cluster. It needs the rights to create, read and delete namespaces,
// NetworkPolicies and Jobs, and to read pods, their logs, and to change their status.
type Engine struct {
	Client *Client

	Folders  map[string]fs.FS // what workers make the judge of: the course's tasks, hidden checks
	Settings json.RawMessage  // what else they are told

	// Image makes an image of the manifest in dir, under ManifestDir, that every node can start, and returns its name.
	Image func(ctx context.Context, dir string) (ref string, err error)

	Pull      core.PullPolicy           // of the image; empty means Never: the nodes have it
	ShardSize int                       // items of a shard in the first round; 0 means 20
	Parallel  int                       // pods at once; 0 means as many as the nodes have room for
	Deadline  time.Duration             // of one Job; 0 means an hour
	Resources core.ResourceRequirements // of a pod; the zero value means DefaultResources
	Report    func(string)              // is told what goes on; may be nil

	timing timing // zero but in tests
}

var _ grade.Engine = (*Engine)(nil)

// maxRounds is how many Jobs a class may take.
const maxRounds = 3

// timing is how long the engine waits for what.
type timing struct {
	poll     time.Duration // between two looks at a Job
	patience time.Duration // with an API server that does not answer
	stall    time.Duration // with pods none of which can start
	lost     time.Duration // with a pod that does not end though it was deleted
	cleanup  time.Duration // with a Job that does not go
}

func (t timing) orDefault() timing {
	return timing{
		cmp.Or(t.poll, time.Second), cmp.Or(t.patience, 5*time.Minute), cmp.Or(t.stall, 2*time.Minute),
		cmp.Or(t.lost, 15*time.Second), cmp.Or(t.cleanup, 45*time.Second),
	}
}

// Grade implements grade.Engine. Whatever ends it, the Job is deleted.
func (e *Engine) Grade(ctx context.Context, items []grade.Item, done func(grade.Outcome) error) error {
	c := newCollector(items, done)
	if len(c.items) == 0 {
		return nil
	}
	image, err := e.image(ctx, c.items)
	if err != nil {
		return err
	}
	a := &api{Client: e.Client, timing: e.timing.orDefault()}
	defer a.removeNamespace(context.WithoutCancel(ctx))
	why := map[int]string{}
	run := strings.ToLower(rand.Text()[:8])
	for n := 1; n <= maxRounds; n++ {
		missing := c.missing()
		if len(missing) == 0 {
			break
		}
		e.report("round %d of at most %d: %d items", n, maxRounds, len(missing))
		r := &round{
			engine: e, api: a, collector: c, image: image, items: missing, size: e.shardSize(n),
			name: fmt.Sprintf("slipway-grade-%s-%d", run, n), secret: []byte(rand.Text()),
			streams: map[string]*stream{}, why: map[int]string{},
		}
		if err := r.run(ctx); err != nil {
			return fmt.Errorf("grade on Kubernetes: %w", err)
		}
		for _, i := range missing {
			why[i] = r.reason(i)
		}
	}
	return c.giveUp(func(i int) string {
		return fmt.Sprintf("not judged by %d Jobs: %s", maxRounds, why[i])
	})
}

// shardSize returns how many items are a shard: in the second round a quarter, in the last round one.
func (e *Engine) shardSize(round int) int {
	size := cmp.Or(e.ShardSize, 20)
	switch round {
	case 1:
		return size
	case 2:
		return (size + 3) / 4
	}
	return 1
}

func (e *Engine) report(format string, args ...any) {
	if e.Report != nil {
		e.Report(fmt.Sprintf(format, args...))
	}
}

// image writes the manifest and makes an image of it.
func (e *Engine) image(ctx context.Context, items []grade.Item) (string, error) {
	if e.Image == nil {
		return "", errors.New("grade on Kubernetes: the engine has no way to make an image")
	}
	dir, err := os.MkdirTemp("", "slipway-class-")
	if err != nil {
		return "", fmt.Errorf("grade on Kubernetes: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := (Class{Items: items, Folders: e.Folders, Settings: e.Settings}).Write(dir); err != nil {
		return "", fmt.Errorf("grade on Kubernetes: %w", err)
	}
	begin := time.Now()
	ref, err := e.Image(ctx, dir)
	if err != nil {
		return "", fmt.Errorf("grade on Kubernetes: %w", err)
	}
	e.report("image %s is on the nodes after %.1f s", ref, time.Since(begin).Seconds())
	return ref, nil
}
