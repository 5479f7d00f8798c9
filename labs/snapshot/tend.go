package snapshot

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// slowController is how long a controller may let a workload be without its pods before it is roused.
const slowController = time.Second

// tend replaces the pods of the baseline's workloads that are not as they were and will not become
// so, or not soon.
func (r *restorer) tend(ctx context.Context, inv *inventory, p *plan) error {
	pods := inv.pods()
	var unfit, idle []*item
	for _, root := range inv.items {
		o := r.wanted[root.key()]
		if o == nil || len(o.Pods) == 0 || p.doomed[root] || p.ending[o.Namespace] {
			continue
		}
		unfit = append(unfit, inv.strays(root)...)
		for _, pod := range pods[root] {
			if r.unfit(inv, o, pod) {
				unfit = append(unfit, pod)
			}
		}
		if len(pods[root]) < len(o.Pods) && r.waited(o.key()) > slowController {
			idle = append(idle, inv.controllers(root)...)
		}
	}
	return errors.Join(
		each(unfit, func(it *item) error { return r.remove(ctx, it) }),
		each(idle, func(it *item) error { return r.rouse(ctx, it) }))
}

// unfit reports whether a pod of a workload is to be replaced. A pod that is not ready is, when it
// was there before: it may wait out a delay that a new one does not have.
func (r *restorer) unfit(inv *inventory, o *Object, pod *item) bool {
	text := inv.pod(pod)
	shape := shapeOf(text)
	switch {
	case !slices.Contains(o.Pods, shape), inv.outdated(pod), pod.ending(), finished(pod):
		return true
	case text == shape:
		return false
	}
	return r.found[pod.obj.GetUID()] || stumbled(pod)
}

func finished(pod *item) bool {
	phase, _, _ := unstructured.NestedString(pod.obj.Object, "status", "phase")
	return phase == "Failed" || phase == "Succeeded"
}

// stumbled reports whether a container of a pod waits for being tried again.
func stumbled(pod *item) bool {
	list, _, _ := unstructured.NestedSlice(pod.obj.Object, "status", "containerStatuses")
	return slices.ContainsFunc(list, func(s any) bool {
		status, _ := s.(map[string]any)
		reason, _ := nested(status, "state", "waiting")["reason"].(string)
		return reason == "CrashLoopBackOff" || reason == "ImagePullBackOff" || reason == "CreateContainerConfigError"
	})
}

// strays returns the ReplicaSets of a Deployment that have another template than it has now. Without
// them the Deployment needs no rolling update to come back to what it was.
func (inv *inventory) strays(root *item) []*item {
	if root.resource.id() != "deployments.apps" {
		return nil
	}
	want := encode(template(root.obj))
	return slices.DeleteFunc(inv.controllers(root), func(it *item) bool {
		return it == root || string(encode(template(it.obj))) == string(want)
	})
}

// controllers returns a workload and its ReplicaSets.
func (inv *inventory) controllers(root *item) []*item {
	found := []*item{root}
	for _, it := range inv.items {
		if it.owner == root && it.resource.id() == "replicasets.apps" {
			found = append(found, it)
		}
	}
	return found
}

func template(obj *unstructured.Unstructured) map[string]any {
	t := nested(obj.DeepCopy().Object, "spec", "template")
	drop(nested(t, "metadata", "labels"), "pod-template-hash")
	return t
}

const rousedBy = "slipway.workshop/roused"

// rouse makes a controller look at its object now: after failures it waits for minutes.
func (r *restorer) rouse(ctx context.Context, it *item) error {
	for _, value := range []any{time.Now().Format(time.RFC3339Nano), nil} {
		annotations := map[string]any{rousedBy: value}
		if err := r.patch(ctx, it, map[string]any{"metadata": map[string]any{"annotations": annotations}}); err != nil {
			return err
		}
	}
	return nil
}
