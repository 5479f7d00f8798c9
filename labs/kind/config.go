package kind

import (
	"github.com/slipway-workshop/slipway/labs"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
)

// config returns what kind is told to make. The image is named apart, and there are no patches: an image
// adapts itself to the machine.
func config(t labs.Topology) *v1alpha4.Cluster {
	c := &v1alpha4.Cluster{Nodes: []v1alpha4.Node{{Role: v1alpha4.ControlPlaneRole}}}
	for range workers[t] {
		c.Nodes = append(c.Nodes, v1alpha4.Node{Role: v1alpha4.WorkerRole})
	}
	v1alpha4.SetDefaultsCluster(c)
	return c
}

// workers says how many nodes there are beside the control plane, which on bare nodes is only a name.
var workers = map[labs.Topology]int{labs.One: 0, labs.Four: 3, labs.Bare: 1}
