package snapshot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// An item is an object as the API server has it.
type item struct {
	resource resource
	obj      *unstructured.Unstructured
	owner    *item // controller that made it, where that is there
	orphan   bool  // its controller is gone
	auto     bool  // the cluster keeps it by itself: no part of the state
}

func (it *item) key() key {
	return key{it.resource.id(), it.obj.GetNamespace(), it.obj.GetName()}
}

// root is the object that stands at the top of the owners: the Deployment of a pod.
func (it *item) root() *item {
	for it.owner != nil {
		it = it.owner
	}
	return it
}

func (it *item) ending() bool { return it.obj.GetDeletionTimestamp() != nil }

func (it *item) isPod() bool { return it.resource.id() == "pods" }

// A key tells objects apart, whatever the version of their resource.
type key struct{ resource, namespace, name string }

func (k key) compare(l key) int {
	return cmp.Or(cmp.Compare(k.resource, l.resource), cmp.Compare(k.namespace, l.namespace), cmp.Compare(k.name, l.name))
}

// An inventory is all that the API server stores at one time.
type inventory struct {
	whole     bool                // everything was listed since something was changed
	resources map[string]resource // those that are served, by id
	items     []*item             // in the order of their keys
	byKey     map[key]*item
	silent    map[string]error // custom resources that cannot be listed, as when their webhook is dead
}

// inventory lists every resource.
func (c *Client) inventory(ctx context.Context) (*inventory, error) {
	resources, items, err := c.survey(ctx)
	if err != nil {
		return nil, err
	}
	inv := &inventory{resources: map[string]resource{}, items: items}
	for _, r := range resources {
		inv.resources[r.id()] = r
	}
	resources = slices.DeleteFunc(resources, func(r resource) bool {
		return r.id() == apiServices.id() || r.id() == crds.id() || unlisted[r.id()]
	})
	inv.whole = true
	return inv, c.fill(ctx, inv, resources)
}

// again lists some resources anew and takes the others from an earlier inventory. When
// the end of empty namespaces is all that is waited for, a whole inventory stays one.
func (c *Client) again(ctx context.Context, before *inventory, ids map[string]bool) (*inventory, error) {
	inv := &inventory{resources: before.resources, whole: before.whole && len(ids) == 1 && ids[namespaces.id()]}
	for _, it := range before.items {
		if !ids[it.resource.id()] {
			inv.items = append(inv.items, &item{resource: it.resource, obj: it.obj})
		}
	}
	var resources []resource
	for id := range ids {
		if r, ok := before.resources[id]; ok && !unlisted[id] {
			resources = append(resources, r)
		}
	}
	return inv, c.fill(ctx, inv, resources)
}

// fill adds the objects of resources.
func (c *Client) fill(ctx context.Context, inv *inventory, resources []resource) error {
	inv.silent = map[string]error{}
	defined := map[string]bool{}
	for _, it := range inv.items {
		if it.resource.id() == crds.id() {
			defined[it.obj.GetName()] = true
		}
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, r := range resources {
		group.Go(func() error {
			items, err := c.listWithin(ctx, r, defined[r.id()])
			mu.Lock()
			defer mu.Unlock()
			inv.items = append(inv.items, items...)
			if err != nil && defined[r.id()] && ctx.Err() == nil {
				inv.silent[r.id()] = err
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	inv.link()
	return nil
}

// customTimeout is short since a webhook that converts custom resources may not answer, and what it
// is about is most often to be deleted.
const customTimeout = 2 * time.Second

func (c *Client) listWithin(ctx context.Context, r resource, custom bool) ([]*item, error) {
	if custom {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, customTimeout)
		defer cancel()
	}
	return c.list(ctx, r)
}

// survey returns the resources to list, and the objects that had to be listed to know them: a
// definition that is new is not yet told by discovery, and what an API service answers for is not
// kept by this server.
func (c *Client) survey(ctx context.Context) ([]resource, []*item, error) {
	var found []resource
	var services, definitions []*item
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { found, err = c.resources(ctx); return })
	group.Go(func() (err error) { services, err = c.list(ctx, apiServices); return tolerate(err) })
	group.Go(func() (err error) { definitions, err = c.list(ctx, crds); return tolerate(err) })
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	for _, d := range definitions {
		r, ok := custom(d.obj)
		if ok && !slices.ContainsFunc(found, func(f resource) bool { return f.id() == r.id() }) {
			found = append(found, r)
		}
	}
	away := elsewhere(services)
	found = slices.DeleteFunc(found, func(r resource) bool { return away[r.GroupVersion()] })
	return found, slices.Concat(services, definitions), nil
}

func (c *Client) list(ctx context.Context, r resource) ([]*item, error) {
	list, err := c.dynamic.Resource(r.GroupVersionResource).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
		return nil, nil // gone since discovery
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", r.id(), err)
	}
	items := make([]*item, 0, len(list.Items))
	for i := range list.Items {
		items = append(items, &item{resource: r, obj: &list.Items[i]})
	}
	return items, nil
}

// fatal tells a server that does not answer, or does not let us in, from a resource that is broken.
func fatal(err error) bool {
	var status apierrors.APIStatus
	return err != nil && (!errors.As(err, &status) || apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err))
}

func tolerate(err error) error {
	if fatal(err) {
		return err
	}
	return nil
}

// link sorts the items, finds their owners and marks what is no part of the state.
func (inv *inventory) link() {
	slices.SortFunc(inv.items, func(a, b *item) int { return a.key().compare(b.key()) })
	inv.byKey = map[key]*item{}
	byUID := map[types.UID]*item{}
	for _, it := range inv.items {
		inv.byKey[it.key()] = it
		byUID[it.obj.GetUID()] = it
	}
	for _, it := range inv.items {
		if ref := metav1.GetControllerOf(it.obj); ref != nil && byUID[ref.UID] != it {
			it.owner = byUID[ref.UID]
			it.orphan = it.owner == nil
		}
	}
	for _, it := range inv.items {
		it.auto = automatic(it, inv)
	}
}

func (inv *inventory) get(id, namespace, name string) *item {
	return inv.byKey[key{id, namespace, name}]
}

// of returns the objects of a resource.
func (inv *inventory) of(r resource) []*item {
	var found []*item
	for _, it := range inv.items {
		if it.resource.id() == r.id() {
			found = append(found, it)
		}
	}
	return found
}

// pods returns the pods below every root, but for static ones, which stand below their node.
func (inv *inventory) pods() map[*item][]*item {
	found := map[*item][]*item{}
	for _, it := range inv.items {
		if it.isPod() && it.owner != nil && !it.auto {
			found[it.root()] = append(found[it.root()], it)
		}
	}
	return found
}
