package main

import (
	"context"
	"fmt"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/kube"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/provision"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// An api is what the provisioner does to the cluster, on behalf of one node.
type api struct {
	client *kube.Client
	node   string
}

var _ provision.API = api{}

func (a api) CreateVolume(ctx context.Context, v *corev1.PersistentVolume) error {
	err := a.client.For(kube.Volumes).Post().Resource(kube.Volumes.Name).Body(v).Do(ctx).Error()
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create volume %s: %w", v.Name, err)
	}
	return nil
}

func (a api) DeleteVolume(ctx context.Context, v *corev1.PersistentVolume) error {
	same := metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(v.UID))}
	err := a.client.For(kube.Volumes).Delete().Resource(kube.Volumes.Name).Name(v.Name).Body(&same).Do(ctx).Error()
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("delete volume %s: %w", v.Name, err)
	}
	return nil
}

func (a api) Hostname(ctx context.Context) (string, error) {
	var node corev1.Node
	if err := a.client.For(kube.Nodes).Get().Resource(kube.Nodes.Name).Name(a.node).Do(ctx).Into(&node); err != nil {
		return "", fmt.Errorf("read node %s: %w", a.node, err)
	}
	return node.Labels[corev1.LabelHostname], nil
}

func (a api) Emit(ctx context.Context, r kube.Report) error {
	return a.client.Emit(ctx, "localpath", a.node, r)
}
