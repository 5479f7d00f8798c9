// Localpath provisions the volumes of the storage class standard: folders on the nodes. It runs on
// every node as a DaemonSet and answers for its own node; see package provision for what it does.
//
// Environment:
//
//	NODE_NAME   the node it runs on (from the field spec.nodeName)
//	VOLUMES     the folder that holds the volumes' folders, at the same path as on the node
package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/kube"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/loop"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/provision"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil && ctx.Err() == nil {
		slog.Error("localpath ends", "cause", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string) error {
	node := getenv("NODE_NAME")
	if node == "" {
		return errors.New("read settings: NODE_NAME is empty")
	}
	client, err := kube.Connect("")
	if err != nil {
		return err
	}
	claims, volumes, classes := client.Informer(kube.Claims, slim), client.Informer(kube.Volumes, slim), client.Informer(kube.StorageClasses, slim)
	trigger := loop.NewTrigger()
	if err := kube.Notify(trigger.Pull, claims, volumes, classes); err != nil {
		return err
	}
	if err := kube.Run(ctx, claims, volumes, classes); err != nil {
		return err
	}
	p := provision.Provisioner{
		Node: node,
		Root: filepath.Clean(cmp.Or(getenv("VOLUMES"), "/var/local-path-provisioner")),
		API:  api{client, node},
	}
	return trigger.Loop(ctx, func(ctx context.Context) error {
		return p.Sync(ctx, provision.State{
			Claims:  kube.List[*corev1.PersistentVolumeClaim](claims),
			Volumes: kube.List[*corev1.PersistentVolume](volumes),
			Classes: kube.List[*storagev1.StorageClass](classes),
		})
	})
}

// slim drops who wrote which field, which no agent reads.
func slim(obj runtime.Object) {
	if m, err := meta.Accessor(obj); err == nil {
		m.SetManagedFields(nil)
	}
}
