// Package provision makes local volumes: a folder on the node that the scheduler chose for a claim's
// first pod, and a PersistentVolume which says that the data is on that node and nowhere else.
//
// Each node's agent answers for its own node only, so no two ever work on the same claim. The size
// that a claim asks for is written on the volume and is no limit: a folder can grow as far as the
// node's disk.
package provision

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/kube"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// Name is the provisioner's name, by which storage classes call for it.
const Name = "slipway.test/local-path"

// Annotations by which Kubernetes and its provisioners speak to each other.
const (
	selectedNode  = "volume.kubernetes.io/selected-node" // on claims, by the scheduler
	provisionedBy = "pv.kubernetes.io/provisioned-by"    // on volumes, by the provisioner
)

// An API is what the provisioner does to the cluster.
type API interface {
	// CreateVolume creates v; that it exists already is no error.
	CreateVolume(ctx context.Context, v *corev1.PersistentVolume) error
	// DeleteVolume deletes v if it is still the same object; that it is gone is no error.
	DeleteVolume(ctx context.Context, v *corev1.PersistentVolume) error
	// Hostname returns the node's label kubernetes.io/hostname.
	Hostname(ctx context.Context) (string, error)
	// Emit records an Event.
	Emit(ctx context.Context, r kube.Report) error
}

// A Provisioner answers for one node.
type Provisioner struct {
	Node string
	Root string // the folder on the node that holds the volumes' folders
	API  API

	known map[string]corev1.PersistentVolumeReclaimPolicy // folders of this node's volumes
}

// State is what the API server holds.
type State struct {
	Claims  []*corev1.PersistentVolumeClaim
	Volumes []*corev1.PersistentVolume
	Classes []*storagev1.StorageClass
}

// Sync makes what claims wait for, and removes what is released. The trouble of one claim or volume
// does not keep it from the others; their errors come joined.
func (p *Provisioner) Sync(ctx context.Context, s State) error {
	classes := map[string]*storagev1.StorageClass{}
	for _, c := range s.Classes {
		if c.Provisioner == Name {
			classes[c.Name] = c
		}
	}
	var errs []error
	for _, claim := range s.Claims {
		class := classes[className(claim)]
		if class == nil || claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil {
			continue
		}
		errs = append(errs, p.answer(ctx, claim, class))
	}
	return errors.Join(append(errs, p.reclaim(ctx, s.Volumes))...)
}

func className(c *corev1.PersistentVolumeClaim) string {
	if c.Spec.StorageClassName == nil {
		return ""
	}
	return *c.Spec.StorageClassName
}

// answer provisions for one claim, unless another node's agent does or it must wait for its pod.
func (p *Provisioner) answer(ctx context.Context, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) error {
	waits := class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
	node := claim.Annotations[selectedNode]
	if waits && node != p.Node {
		return nil
	}
	if reason := refuse(claim, waits); reason != "" {
		return p.API.Emit(ctx, report(claim, corev1.EventTypeWarning, "ProvisioningFailed", reason))
	}
	if err := p.provision(ctx, claim, class); err != nil {
		failed := report(claim, corev1.EventTypeWarning, "ProvisioningFailed", err.Error())
		return errors.Join(err, p.API.Emit(ctx, failed))
	}
	return p.API.Emit(ctx, report(claim, corev1.EventTypeNormal, "ProvisioningSucceeded",
		fmt.Sprintf("folder %s on node %s", folder(claim), p.Node)))
}

// refuse says what a folder on one node cannot be; empty when it will do.
func refuse(c *corev1.PersistentVolumeClaim, waits bool) string {
	switch {
	case !waits:
		return "a local volume is made on its first pod's node: the storage class needs volumeBindingMode: WaitForFirstConsumer"
	case c.Spec.VolumeMode != nil && *c.Spec.VolumeMode == corev1.PersistentVolumeBlock:
		return "a local volume is a folder: use volumeMode: Filesystem"
	case c.Spec.Selector != nil:
		return "a volume made for a claim has no labels to select by: remove selector"
	case c.Spec.DataSource != nil || c.Spec.DataSourceRef != nil:
		return "a local volume starts empty: remove dataSource and dataSourceRef"
	}
	for _, mode := range c.Spec.AccessModes {
		if mode != corev1.ReadWriteOnce && mode != corev1.ReadWriteOncePod {
			return fmt.Sprintf("a local volume is on one node: %s cannot be had, use ReadWriteOnce", mode)
		}
	}
	return ""
}

// provision makes the folder, which any user may write as most containers' users are not root, and
// then the volume.
func (p *Provisioner) provision(ctx context.Context, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) error {
	hostname, err := p.API.Hostname(ctx)
	if err != nil {
		return err
	}
	dir := filepath.Join(p.Root, folder(claim))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make volume: %w", err)
	}
	if err := os.Chmod(dir, 0o777); err != nil { // whatever the umask says
		return fmt.Errorf("make volume: %w", err)
	}
	return p.API.CreateVolume(ctx, newVolume(claim, class, dir, hostname))
}

// reclaim removes the folders of released volumes, and then the volumes. A volume that someone
// deleted by hand is gone before it was seen released: its folder follows it.
func (p *Provisioner) reclaim(ctx context.Context, volumes []*corev1.PersistentVolume) error {
	var errs []error
	known := map[string]corev1.PersistentVolumeReclaimPolicy{}
	for _, v := range volumes {
		dir, ok := p.owns(v)
		if !ok {
			continue
		}
		if v.Status.Phase != corev1.VolumeReleased || v.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
			known[dir] = v.Spec.PersistentVolumeReclaimPolicy
			continue
		}
		if err := p.remove(ctx, v, dir); err != nil {
			known[dir] = v.Spec.PersistentVolumeReclaimPolicy
			errs = append(errs, err)
		}
	}
	for dir, policy := range p.known {
		if _, still := known[dir]; !still && policy == corev1.PersistentVolumeReclaimDelete {
			errs = append(errs, removeFolder(dir))
		}
	}
	p.known = maps.Clone(known)
	return errors.Join(errs...)
}

func (p *Provisioner) remove(ctx context.Context, v *corev1.PersistentVolume, dir string) error {
	if err := removeFolder(dir); err != nil {
		about := corev1.ObjectReference{APIVersion: "v1", Kind: "PersistentVolume", Name: v.Name, UID: v.UID}
		failed := kube.Report{About: about, Type: corev1.EventTypeWarning, Reason: "VolumeFailedDelete", Message: err.Error()}
		return errors.Join(err, p.API.Emit(ctx, failed))
	}
	return p.API.DeleteVolume(ctx, v)
}

func removeFolder(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove volume: %w", err)
	}
	return nil
}
