package snapshot

import (
	"context"
	"fmt"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// superAdmin is where kubeadm leaves a configuration whose rights no RBAC object gives or takes:
// group system:masters.
const superAdmin = "/etc/kubernetes/super-admin.conf"

// Open returns a Client for a cluster. When the administrator may not do everything any more, since
// the binding that says so was deleted, Open takes the super administrator's credentials from the
// control plane.
func Open(ctx context.Context, cluster labs.Cluster) (*Client, error) {
	kubeconfig, err := cluster.Kubeconfig(ctx)
	if err != nil {
		return nil, err
	}
	c, err := New(kubeconfig)
	if err != nil || c.almighty(ctx) {
		return c, err
	}
	credentials, err := readSuperAdmin(ctx, cluster)
	if err != nil || credentials == nil {
		return c, err
	}
	if kubeconfig, err = withCredentials(kubeconfig, credentials); err != nil {
		return nil, err
	}
	return New(kubeconfig)
}

var accessReviews = schema.GroupVersionResource{Group: "authorization.k8s.io", Version: "v1", Resource: "selfsubjectaccessreviews"}

// almighty asks the API server whether its client may do everything. A failure to answer means no.
func (c *Client) almighty(ctx context.Context) bool {
	review := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authorization.k8s.io/v1",
		"kind":       "SelfSubjectAccessReview",
		"spec":       map[string]any{"resourceAttributes": map[string]any{"verb": "*", "group": "*", "resource": "*"}},
	}}
	answer, err := c.dynamic.Resource(accessReviews).Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return false
	}
	allowed, _, _ := unstructured.NestedBool(answer.Object, "status", "allowed")
	return allowed
}

// readSuperAdmin returns nil where no control plane has the file, as in a cluster that kubeadm did
// not make.
func readSuperAdmin(ctx context.Context, cluster labs.Cluster) ([]byte, error) {
	nodes, err := cluster.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if !n.ControlPlane {
			continue
		}
		res, err := cluster.Exec(ctx, n.Name, sandbox.Command{Args: []string{"cat", superAdmin}})
		if err != nil {
			return nil, err
		}
		if res.ExitCode == 0 {
			return res.Stdout, nil
		}
	}
	return nil, nil
}

// withCredentials returns a kubeconfig that leads where the first does, as the user of the second.
func withCredentials(where, who []byte) ([]byte, error) {
	config, err := clientcmd.Load(where)
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	super, err := clientcmd.Load(who)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", superAdmin, err)
	}
	from, to := super.Contexts[super.CurrentContext], config.Contexts[config.CurrentContext]
	if from == nil || to == nil || super.AuthInfos[from.AuthInfo] == nil {
		return nil, fmt.Errorf("read %s: no user in the current context", superAdmin)
	}
	config.AuthInfos[to.AuthInfo] = super.AuthInfos[from.AuthInfo]
	return clientcmd.Write(*config)
}
