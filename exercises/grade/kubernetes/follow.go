package kubernetes

import (
	"context"
	"sync/atomic"
	"time"

	core "k8s.io/api/core/v1"
)

// A stream is the reading of one pod's log.
type stream struct {
	busy  atomic.Bool
	whole atomic.Bool // the log of a pod that has ended was read to its end
}

// readTime is how long the log of a pod that has ended may take.
const readTime = time.Minute

// follow reads the log of a pod from its beginning, and goes on while the pod runs. A stream that breaks is begun again
// at the next look; what is read twice counts once.
func (r *round) follow(ctx context.Context, p core.Pod) {
	s := r.streams[string(p.UID)]
	if s == nil {
		s = &stream{}
		r.streams[string(p.UID)] = s
	}
	if s.whole.Load() || !s.busy.CompareAndSwap(false, true) {
		return
	}
	r.wg.Go(func() {
		defer s.busy.Store(false)
		ended := p.Status.Phase != core.PodRunning
		if err := r.readLog(ctx, p, !ended); err == nil && ended {
			s.whole.Store(true)
		}
	})
}

// drain reads the logs of pods that have ended and tell of something that is missing.
func (r *round) drain(ctx context.Context, pods []core.Pod) error {
	for _, p := range pods {
		s := r.streams[string(p.UID)]
		ended := p.Status.Phase == core.PodSucceeded || p.Status.Phase == core.PodFailed
		if !ended || !r.misses(p) || s != nil && s.whole.Load() {
			continue
		}
		if err := r.readLog(ctx, p, false); err != nil {
			r.engine.report("read the log of pod %s: %v", p.Name, err) // its items are judged in the next round
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	_, err := r.collector.count()
	return err
}

func (r *round) readLog(ctx context.Context, p core.Pod, follow bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !follow {
		limit := time.AfterFunc(readTime, cancel)
		defer limit.Stop()
	}
	opts := &core.PodLogOptions{Container: containerName, Follow: follow}
	log, err := r.api.log(ctx, p.Name, opts)
	if err != nil {
		return err
	}
	defer log.Close()
	return r.collector.read(log, r.secret, func(err error) { r.engine.report("pod %s: %v", p.Name, err) })
}
