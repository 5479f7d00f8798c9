package snapshot

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Identity returns what no two clusters share, the uid of namespace kube-system, and when the cluster
// was made.
func (c *Client) Identity(ctx context.Context) (id string, made time.Time, err error) {
	ns, err := c.dynamic.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("identify the cluster: %w", err)
	}
	return string(ns.GetUID()), ns.GetCreationTimestamp().Time, nil
}
