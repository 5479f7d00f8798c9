package snapshot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// patience is how long an object may take to go by itself: a pod whose containers end, a volume whose
// files are deleted by its provisioner. After that it is made to.
const patience = 2 * time.Second

// helpful finalizers stand for work that a controller of the cluster does, and does soon.
var helpful = []string{
	"customresourcecleanup.apiextensions.k8s.io",
	"external-provisioner.volume.kubernetes.io/finalizer",
	"kubernetes.io/pv-protection",
	"kubernetes.io/pvc-protection",
	"networking.k8s.io/service-cidr-finalizer",
	"service.kubernetes.io/load-balancer-cleanup",
}

func (c *Client) client(it *item) dynamic.ResourceInterface {
	return c.at(it.resource, it.obj.GetNamespace())
}

func (c *Client) at(r resource, namespace string) dynamic.ResourceInterface {
	if r.namespaced {
		return c.dynamic.Resource(r.GroupVersionResource).Namespace(namespace)
	}
	return c.dynamic.Resource(r.GroupVersionResource)
}

// remove deletes an object: first in a way that lets what hangs on it end too, and when that takes
// too long by force.
func (r *restorer) remove(ctx context.Context, it *item) error {
	since, asked := r.ask(it.obj.GetUID())
	force := asked && since > patience
	switch {
	case !asked && reclaimed(it):
		return nil // its provisioner deletes it, and the files with it
	case asked && it.ending() && !force:
	default:
		if err := r.delete(ctx, it, force); err != nil {
			return err
		}
	}
	return r.strip(ctx, it, force)
}

// ask notes that an object is to go, and returns for how long that has been so.
func (r *restorer) ask(uid types.UID) (since time.Duration, asked bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first, asked := r.asked[uid]
	if !asked {
		r.asked[uid] = time.Now()
		return 0, false
	}
	return time.Since(first), true
}

// reclaimed tells a volume that goes with its claim.
func reclaimed(it *item) bool {
	policy, _, _ := unstructured.NestedString(it.obj.Object, "spec", "persistentVolumeReclaimPolicy")
	return it.resource.id() == "persistentvolumes" && policy == "Delete" && nested(it.obj.Object, "spec", "claimRef") != nil
}

func (r *restorer) delete(ctx context.Context, it *item, force bool) error {
	background := metav1.DeletePropagationBackground
	uid := it.obj.GetUID()
	options := metav1.DeleteOptions{PropagationPolicy: &background, Preconditions: &metav1.Preconditions{UID: &uid}}
	if it.isPod() {
		grace := int64(1) // so that the object stays until the containers are gone
		if force {
			grace = 0
		}
		options.GracePeriodSeconds = &grace
	}
	if it.resource.id() == crds.id() {
		if err := r.unconvert(ctx, it); err != nil {
			return err
		}
	}
	return failed("delete", it, r.client(it).Delete(ctx, it.obj.GetName(), options))
}

// unconvert lets the instances of a definition be listed, and so be deleted, without the webhook that
// converts them.
func (r *restorer) unconvert(ctx context.Context, it *item) error {
	if strategy := nested(it.obj.Object, "spec", "conversion")["strategy"]; strategy != "Webhook" {
		return nil
	}
	return r.patch(ctx, it, map[string]any{"spec": map[string]any{"conversion": map[string]any{"strategy": "None", "webhook": nil}}})
}

// strip takes away the finalizers that keep an object from going.
func (r *restorer) strip(ctx context.Context, it *item, force bool) error {
	all := it.obj.GetFinalizers()
	kept := []string{}
	for _, f := range all {
		if !force && slices.Contains(helpful, f) {
			kept = append(kept, f)
		}
	}
	if len(kept) == len(all) {
		return nil
	}
	return r.patch(ctx, it, map[string]any{"metadata": map[string]any{"finalizers": kept, "uid": it.obj.GetUID()}})
}

func (r *restorer) patch(ctx context.Context, it *item, change map[string]any) error {
	data, err := json.Marshal(change)
	if err != nil {
		return err
	}
	_, err = r.client(it).Patch(ctx, it.obj.GetName(), types.MergePatchType, data, metav1.PatchOptions{})
	return failed("change", it, err)
}

// failed leaves out that an object is gone, or another one by now: the next round sees what is there.
func failed(what string, it *item, err error) error {
	if err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return fmt.Errorf("%s %s %s: %w", what, it.resource.id(), types.NamespacedName{Namespace: it.obj.GetNamespace(), Name: it.obj.GetName()}, err)
}

// finalize ends the namespaces that are empty. Their controller does that too, but waits for minutes
// after it has failed a few times.
func (r *restorer) finalize(ctx context.Context, inv *inventory, p *plan) error {
	if !inv.whole {
		return nil // whether they are empty is not known
	}
	full := map[string]bool{}
	for _, it := range inv.items {
		full[it.obj.GetNamespace()] = true
	}
	var errs []error
	for name := range p.ending {
		ns := inv.get(namespaces.id(), "", name)
		if !full[name] && ns.ending() && len(inv.silent) == 0 {
			errs = append(errs, r.end(ctx, ns))
		}
	}
	return errors.Join(errs...)
}

func (r *restorer) end(ctx context.Context, ns *item) error {
	if err := r.forget(ctx, ns); err != nil {
		return err
	}
	obj := ns.obj.DeepCopy()
	unstructured.RemoveNestedField(obj.Object, "spec", "finalizers")
	_, err := r.client(ns).Update(ctx, obj, metav1.UpdateOptions{}, "finalize")
	return failed("end", ns, err)
}

// forget deletes the Events of a namespace, so that none tells of what is no more.
func (r *restorer) forget(ctx context.Context, ns *item) error {
	err := r.dynamic.Resource(events).Namespace(ns.obj.GetName()).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
	return failed("delete the events of", ns, err)
}
