package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

// A round is one Job, and the items that it judges.
type round struct {
	engine    *Engine
	api       *api
	collector *collector
	image     string
	items     []int // of the manifest, in ascending order
	size      int   // of a shard
	name      string
	secret    []byte

	streams map[string]*stream // of pods, by UID
	wg      sync.WaitGroup
	over    string         // how the Job ended
	why     map[int]string // how the last pod of a shard ended
	refused string         // how a worker ended that must not judge
}

// run runs the Job until each of its items is told of or it is over, and leaves nothing of it in the cluster.
func (r *round) run(ctx context.Context) (err error) {
	defer func() {
		if gone := r.api.remove(context.WithoutCancel(ctx), r.name); gone != nil {
			r.engine.report("%v", gone)
		}
	}()
	if err := r.api.create(ctx, r.job()); err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	pods, err := r.watch(ctx, following)
	stop()
	r.wg.Wait()
	if err != nil {
		return err
	}
	if r.refused != "" {
		return errors.New(r.refused)
	}
	return r.drain(ctx, pods)
}

// watch looks at the Job again and again. It returns the pods that there were at the end.
func (r *round) watch(ctx, following context.Context) ([]core.Pod, error) {
	heard, moved, before := time.Now(), time.Now(), -1
	for {
		left, err := r.collector.count()
		if err != nil {
			return nil, err
		}
		job, pods, err := r.api.look(ctx, r.name)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil && (forGood(err) || time.Since(heard) > r.api.timing.patience):
			return nil, fmt.Errorf("look at Job %s: %w", r.name, err)
		case err != nil:
			pause(ctx, r.api.timing.poll)
			continue
		}
		heard = time.Now()
		running := r.tend(following, pods)
		if r.over = ended(job); r.over != "" || r.refused != "" || !r.collector.missesOf(r.items) {
			return pods, nil
		}
		if running || left != before {
			moved, before = time.Now(), left
		}
		if time.Since(moved) > r.api.timing.stall {
			return nil, fmt.Errorf("no pod of Job %s has started for %s: %s", r.name, r.api.timing.stall, pending(pods))
		}
		pause(ctx, r.api.timing.poll)
	}
}

// ended says how a Job ended, or nothing while it goes on.
func ended(job *batch.Job) string {
	if job == nil {
		return "somebody has deleted the Job"
	}
	for _, c := range job.Status.Conditions {
		if c.Status == core.ConditionTrue && (c.Type == batch.JobComplete || c.Type == batch.JobFailed) {
			return fmt.Sprintf("the Job ended with %s %s %s", c.Type, c.Reason, c.Message)
		}
	}
	return ""
}

// tend follows the logs of pods, and gives up those that are lost. It reports whether one of them runs.
func (r *round) tend(ctx context.Context, pods []core.Pod) bool {
	running := false
	for _, p := range pods {
		switch p.Status.Phase {
		case core.PodRunning, core.PodPending:
			running = running || p.Status.Phase == core.PodRunning
			if d := p.DeletionTimestamp; d != nil && time.Since(d.Time) > r.api.timing.lost {
				r.engine.report("pod %s is lost with its node %s", p.Name, p.Spec.NodeName)
				_ = r.api.failLost(ctx, p) // or the next time
				continue
			}
		case core.PodFailed:
			r.why[indexOf(p)] = howFailed(p)
			if exitCode(p) == ExitRefused {
				r.refused = howFailed(p)
			}
		}
		if p.Status.Phase != core.PodPending && r.misses(p) {
			r.follow(ctx, p)
		}
	}
	return running
}

// indexOf returns the shard of a pod, or -1.
func indexOf(p core.Pod) int {
	index, err := strconv.Atoi(p.Annotations[batch.JobCompletionIndexAnnotation])
	if err != nil {
		return -1
	}
	return index
}

// misses reports whether the shard of a pod has an item that nobody has told of.
func (r *round) misses(p core.Pod) bool {
	items, err := shard(r.items, r.size, indexOf(p))
	return err == nil && r.collector.missesOf(items)
}

// howFailed says how a pod ended.
func howFailed(p core.Pod) string {
	said := fmt.Sprintf("pod %s on %s failed: %s %s", p.Name, p.Spec.NodeName, p.Status.Reason, p.Status.Message)
	for _, c := range p.Status.ContainerStatuses {
		if t := c.State.Terminated; t != nil {
			said = fmt.Sprintf("pod %s on %s ended with exit code %d (%s): %.500s", p.Name, p.Spec.NodeName, t.ExitCode, t.Reason, t.Message)
		}
	}
	return said
}

// exitCode returns how the container of a pod ended, or -1.
func exitCode(p core.Pod) int32 {
	for _, c := range p.Status.ContainerStatuses {
		if t := c.State.Terminated; t != nil {
			return t.ExitCode
		}
	}
	return -1
}

// pending says why pods do not start.
func pending(pods []core.Pod) string {
	for _, p := range pods {
		for _, c := range p.Status.ContainerStatuses {
			if w := c.State.Waiting; w != nil && w.Message != "" {
				return fmt.Sprintf("%s on %s: %s: %s", p.Name, p.Spec.NodeName, w.Reason, w.Message)
			}
		}
		for _, c := range p.Status.Conditions {
			if c.Type == core.PodScheduled && c.Status == core.ConditionFalse {
				return fmt.Sprintf("%s: %s: %s", p.Name, c.Reason, c.Message)
			}
		}
	}
	return fmt.Sprintf("it has %d pods: see kubectl -n %s get events", len(pods), Namespace)
}

// reason says why an item was not judged.
func (r *round) reason(item int) string {
	if said := r.why[shardOf(r.items, r.size, item)]; said != "" {
		return said
	}
	if r.over != "" {
		return r.over
	}
	return "its pod has told nothing"
}
