package kubernetes

import (
	"context"
	"fmt"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// callTime is how long one call of the API may take.
const callTime = 15 * time.Second

// An api asks the API server, which may be away for a while.
type api struct {
	*Client
	timing timing
}

// insist calls f until it succeeds, fails for good, or has failed for as long as there is patience.
func (a *api) insist(ctx context.Context, what string, f func(ctx context.Context) error) error {
	for begin := time.Now(); ; {
		err := a.call(ctx, f)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case forGood(err) || time.Since(begin) > a.timing.patience:
			return fmt.Errorf("%s: %w", what, err)
		}
		pause(ctx, a.timing.poll)
	}
}

func (a *api) call(ctx context.Context, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return f(ctx)
}

// forGood reports whether it makes no sense to ask again.
func forGood(err error) bool {
	if errors.HasStatusCause(err, core.NamespaceTerminatingCause) {
		return false
	}
	return errors.IsInvalid(err) || errors.IsBadRequest(err) || errors.IsForbidden(err) || errors.IsUnauthorized(err)
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// create makes the namespace, its policy and a Job. A namespace that goes because another run has ended is made anew.
func (a *api) create(ctx context.Context, job *batch.Job) error {
	return a.insist(ctx, "create Job "+job.Name, func(ctx context.Context) error {
		if _, err := a.namespaces.Create(ctx, namespaceObject(), meta.CreateOptions{}); err != nil && !errors.IsAlreadyExists(err) {
			return err
		}
		_, err := a.policies.Create(ctx, denyAll(), meta.CreateOptions{})
		if errors.IsAlreadyExists(err) {
			_, err = a.policies.Update(ctx, denyAll(), meta.UpdateOptions{})
		}
		if err != nil {
			return err
		}
		_, err = a.jobs.Create(ctx, job, meta.CreateOptions{})
		if errors.IsAlreadyExists(err) { // an answer was lost: its name is of this run alone
			return nil
		}
		return err
	})
}

// remove deletes a Job with its pods, and waits until they are gone. Pods whose node does not answer are deleted without it.
func (a *api) remove(ctx context.Context, job string) error {
	begin := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, a.timing.cleanup, fmt.Errorf("delete Job %s: it is still there after %s: see kubectl -n %s get job,pod", job, a.timing.cleanup, Namespace))
	defer cancel()
	for {
		err := a.call(ctx, func(ctx context.Context) error {
			return a.jobs.Delete(ctx, job, meta.DeleteOptions{PropagationPolicy: new(meta.DeletePropagationForeground)})
		})
		if errors.IsNotFound(err) {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if time.Since(begin) > a.timing.lost {
			_ = a.call(ctx, func(ctx context.Context) error { // or the next time
				return a.pods.DeleteCollection(ctx, meta.DeleteOptions{GracePeriodSeconds: new(int64(0))}, podsOf(job))
			})
		}
		pause(ctx, a.timing.poll)
	}
}

// podsOf selects the pods of a Job.
func podsOf(job string) meta.ListOptions {
	return meta.ListOptions{LabelSelector: batch.JobNameLabel + "=" + job}
}

// removeNamespace deletes the namespace unless another run has a Job in it. It does not matter when it stays: the next
// run takes it.
func (a *api) removeNamespace(ctx context.Context) {
	_ = a.call(ctx, func(ctx context.Context) error {
		jobs, err := a.jobs.List(ctx, meta.ListOptions{Limit: 1})
		if err != nil || len(jobs.Items) > 0 {
			return err
		}
		space, err := a.namespaces.Get(ctx, Namespace, meta.GetOptions{})
		if err != nil || space.Labels[ownerLabel] != owner {
			return err
		}
		return a.namespaces.Delete(ctx, Namespace, meta.DeleteOptions{})
	})
}

// look returns a Job and its pods; no Job when it is gone.
func (a *api) look(ctx context.Context, name string) (*batch.Job, []core.Pod, error) {
	var job *batch.Job
	var pods []core.Pod
	err := a.call(ctx, func(ctx context.Context) error {
		var err error
		job, err = a.jobs.Get(ctx, name, meta.GetOptions{})
		if errors.IsNotFound(err) {
			job = nil
		} else if err != nil {
			return err
		}
		list, err := a.pods.List(ctx, podsOf(name))
		if err == nil {
			pods = list.Items
		}
		return err
	})
	return job, pods, err
}

// failLost ends a pod in the books whose node does not answer any more, as the pod garbage collector does for nodes
// that are out of service: its Job starts no other pod for the shard before that.
func (a *api) failLost(ctx context.Context, pod core.Pod) error {
	const patch = `{"status":{"phase":"Failed","reason":"NodeLost","message":"the node did not end the pod in time"}}`
	return a.call(ctx, func(ctx context.Context) error {
		_, err := a.pods.Patch(ctx, pod.Name, types.StrategicMergePatchType, []byte(patch), meta.PatchOptions{}, "status")
		return err
	})
}
