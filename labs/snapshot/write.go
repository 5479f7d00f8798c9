package snapshot

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// write makes an object that is missing, or puts back what has changed of one.
func (r *restorer) write(ctx context.Context, inv *inventory, c Change) error {
	if c.now == nil {
		return r.create(ctx, inv, c.old)
	}
	return r.update(ctx, inv, c)
}

func (r *restorer) create(ctx context.Context, inv *inventory, o *Object) error {
	obj := decode(o.Content)
	merge(obj, decode(o.Birth))
	inv.adopt(obj, o.Namespace)
	_, err := r.at(inv.resources[o.Resource], o.Namespace).Create(ctx, &unstructured.Unstructured{Object: obj}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil // a controller was faster: the next round compares
	}
	if err != nil {
		return fmt.Errorf("create %s: %w", o, err)
	}
	if o.Resource == "nodes" {
		return r.restart(ctx, o.Name)
	}
	return nil
}

// update changes only what counts, and leaves alone what the cluster has written since. Where a field
// cannot be changed the object is deleted, and the next round makes it anew.
func (r *restorer) update(ctx context.Context, inv *inventory, c Change) error {
	it := inv.byKey[c.now.key()]
	change, _ := patchTo(decode(c.now.Content), decode(c.old.Content)).(map[string]any)
	inv.adopt(change, c.old.Namespace)
	merge(change, map[string]any{"metadata": map[string]any{
		"resourceVersion": it.obj.GetResourceVersion(), "uid": string(it.obj.GetUID()),
	}})
	data, err := json.Marshal(change)
	if err != nil {
		return err
	}
	_, err = r.client(it).Patch(ctx, c.old.Name, types.MergePatchType, data, metav1.PatchOptions{})
	if apierrors.IsInvalid(err) {
		return r.remove(ctx, it)
	}
	return failed("change", it, err)
}

// patchTo returns the JSON merge patch (RFC 7386) that makes one value into another.
func patchTo(from, to any) any {
	a, okA := from.(map[string]any)
	b, okB := to.(map[string]any)
	if !okA || !okB {
		return to
	}
	patch := map[string]any{}
	for name := range a {
		if _, ok := b[name]; !ok {
			patch[name] = nil
		}
	}
	for name, v := range b {
		if old, ok := a[name]; !ok || !equalJSON(old, v) {
			patch[name] = patchTo(old, v)
		}
	}
	return patch
}

// merge puts the fields of a map into another, at the same places.
func merge(into, from map[string]any) {
	for name, v := range from {
		below, ok := v.(map[string]any)
		old, okOld := into[name].(map[string]any)
		if ok && okOld {
			merge(old, below)
		} else {
			into[name] = v
		}
	}
}

// adopt gives owner references the uids of the owners as they are now. An owner that is not there
// cannot be referred to, as the object would be deleted for it.
func (inv *inventory) adopt(obj map[string]any, namespace string) {
	refs := ownerRefs(obj)
	if refs == nil {
		return
	}
	found := []any{}
	for _, ref := range refs {
		if uid := inv.uid(ref, namespace); uid != "" {
			ref = maps.Clone(ref)
			ref["uid"] = string(uid)
			found = append(found, ref)
		}
	}
	nested(obj, "metadata")["ownerReferences"] = found
}

func (inv *inventory) uid(ref map[string]any, namespace string) types.UID {
	version, _ := ref["apiVersion"].(string)
	gv, err := schema.ParseGroupVersion(version)
	if err != nil {
		return ""
	}
	for _, it := range inv.items {
		ns := it.obj.GetNamespace()
		if it.resource.kind == ref["kind"] && it.resource.Group == gv.Group && it.obj.GetName() == ref["name"] && (ns == "" || ns == namespace) {
			return it.obj.GetUID()
		}
	}
	return ""
}
