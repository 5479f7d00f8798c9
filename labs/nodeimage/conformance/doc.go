// Package conformance holds tests of the agents on a real cluster: the scenarios of internal/policy,
// judged by pods on two nodes, and volumes that come and go. They run when SLIPWAY_KUBECONFIG names
// the cluster's kubeconfig, with the command that SLIPWAY_KUBECTL names or else kubectl:
//
//	SLIPWAY_KUBECONFIG=… go test ./conformance
//
// The cluster must know the image slipway/toolbox:v1. The tests work in namespaces of their own,
// whose names begin with slipway-test-, and remove them.
package conformance
