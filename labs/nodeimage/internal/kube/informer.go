package kube

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
)

// A Resource names a kind of object that the agents read.
type Resource struct {
	schema.GroupVersion
	Name string // plural, as in a URL
	kind runtime.Object
}

// The resources of both agents.
var (
	Nodes           = Resource{corev1.SchemeGroupVersion, "nodes", &corev1.Node{}}
	Pods            = Resource{corev1.SchemeGroupVersion, "pods", &corev1.Pod{}}
	Namespaces      = Resource{corev1.SchemeGroupVersion, "namespaces", &corev1.Namespace{}}
	Claims          = Resource{corev1.SchemeGroupVersion, "persistentvolumeclaims", &corev1.PersistentVolumeClaim{}}
	Volumes         = Resource{corev1.SchemeGroupVersion, "persistentvolumes", &corev1.PersistentVolume{}}
	Events          = Resource{corev1.SchemeGroupVersion, "events", &corev1.Event{}}
	NetworkPolicies = Resource{networkingv1.SchemeGroupVersion, "networkpolicies", &networkingv1.NetworkPolicy{}}
	StorageClasses  = Resource{storagev1.SchemeGroupVersion, "storageclasses", &storagev1.StorageClass{}}
)

// Informer returns an informer of all objects of r. slim, when it is not nil, drops from each what
// the agent does not read before it is stored, and must keep the metadata's name, namespace and
// resource version.
func (c *Client) Informer(r Resource, slim func(runtime.Object)) cache.SharedIndexInformer {
	lw := cache.NewListWatchFromClient(c.For(r), r.Name, metav1.NamespaceAll, fields.Everything())
	inf := cache.NewSharedIndexInformer(lw, r.kind, 0, cache.Indexers{})
	// An informer that has not started takes a transform without fail.
	_ = inf.SetTransform(func(obj any) (any, error) {
		o, ok := obj.(runtime.Object)
		if ok && slim != nil {
			slim(o)
		}
		return obj, nil
	})
	return inf
}

// Notify calls changed, from the informers' goroutines, whenever an object comes, changes or goes.
func Notify(changed func(), informers ...cache.SharedIndexInformer) error {
	for _, inf := range informers {
		_, err := inf.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { changed() },
			UpdateFunc: func(_, _ any) { changed() },
			DeleteFunc: func(any) { changed() },
		})
		if err != nil {
			return fmt.Errorf("watch: %w", err)
		}
	}
	return nil
}

// Run starts the informers, which end with ctx, and returns when each holds what the API server
// had at its start.
func Run(ctx context.Context, informers ...cache.SharedIndexInformer) error {
	var synced []cache.InformerSynced
	for _, inf := range informers {
		go inf.RunWithContext(ctx)
		synced = append(synced, inf.HasSynced)
	}
	if !cache.WaitForCacheSync(ctx.Done(), synced...) {
		return errors.Join(errors.New("watch: ended before the first list was complete"), ctx.Err())
	}
	return nil
}

// List returns what an informer holds, in no order.
func List[T any](inf cache.SharedIndexInformer) []T {
	items := inf.GetStore().List()
	out := make([]T, 0, len(items))
	for _, item := range items {
		if t, ok := item.(T); ok {
			out = append(out, t)
		}
	}
	return out
}
