package labs

import (
	"context"
	"errors"
	"fmt"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// ErrNoRoom is the error of what a full disk keeps clusters from. It is nobody's mistake, and no reason to make
// a cluster anew.
var ErrNoRoom = errors.New("the disk is full")

// ErrUnsupported is in the chain of an error of a Cluster that cannot do by its nature what was asked
// of it, as an adopted one that does not let anybody into its nodes.
var ErrUnsupported = errors.New("not supported by this cluster")

// A Cluster surrounds a lab as a module world surrounds an exercise. A provider makes one (package
// kind) or adopts one (package kubeconfig). Methods may be called by several goroutines and by
// several processes; what one made, another finds.
type Cluster interface {
	// Name tells people which cluster this is, such as slipway-one.
	Name() string

	// Start makes the cluster, or takes the one that is there, and returns when the API answers and
	// every node is Ready. A cluster that has run since Start last returned is left as it is, Ready or
	// not: what a learner did to it is the lab's to tell. step, which may be nil, is told what is being
	// done.
	Start(ctx context.Context, step func(string)) error

	// Kubeconfig returns a configuration that leads kubectl on this machine to the cluster as its
	// administrator. It never depends on, nor changes, the configuration of the person who runs it.
	Kubeconfig(ctx context.Context) ([]byte, error)

	// Nodes returns the nodes in the order of their names, control planes first.
	Nodes(ctx context.Context) ([]Node, error)

	// Exec runs a command on a node as root. A command that fails is a result; an error means that
	// it could not be run.
	Exec(ctx context.Context, node string, c sandbox.Command) (sandbox.Result, error)

	// LoadImages makes the images of a docker-archive file on this machine known to every node.
	// Those that are there already are not loaded again.
	LoadImages(ctx context.Context, archive string) error

	// Stop ends a cluster that the provider made, and leaves one that it adopted alone.
	Stop(ctx context.Context) error
}

// A Node is one machine of a cluster.
type Node struct {
	Name         string
	ControlPlane bool
	Address      string // internal IP
}

// Tooled is a Cluster that brings programs of its own version for this machine.
type Tooled interface {
	Cluster

	// Tools returns a folder to put on PATH. It holds at least kubectl.
	Tools(ctx context.Context) (dir string, err error)
}

// Adopted is a Cluster that somebody else made. Its first state is what it was when it was adopted, and
// it is never made anew.
type Adopted interface {
	Cluster
	Adopted()
}

// A Topology is the shape of a cluster. Labs of the same topology share one.
type Topology string

const (
	One  Topology = "one"  // one control plane that takes workloads too
	Four Topology = "four" // one control plane and three workers
	Bare Topology = "bare" // two nodes with kubelet and kubeadm, and no cluster on them
	Own  Topology = "own"  // whatever the learner makes, under a name that the lab gives
	None Topology = "none" // no cluster: servers on this machine, in a module world
)

// Topologies lists them all.
var Topologies = []Topology{One, Four, Bare, Own, None}

// A Place is where labs find their cluster. Those of the same topology share one; a cluster that a
// learner makes has a place of its own.
type Place struct {
	Name     string // of the cluster, which begins with Prefix
	Topology Topology
}

// Prefix begins the names of all clusters that Slipway makes, or has learners make, so that it never
// touches another.
const Prefix = "slipway-"

// Shared returns the place that labs of a topology share.
func Shared(t Topology) Place { return Place{Prefix + string(t), t} }

// Twins is how many clusters of a shape there may be at the most.
const Twins = 9

// Twin returns the place of the nth cluster of a shape that labs share; the first is p itself. The names of both are
// of the same length, so that one can stand for the other wherever it is written.
func (p Place) Twin(n int) Place {
	if n == 1 {
		return p
	}
	return Place{fmt.Sprintf("%s%d", p.Name[:len(p.Name)-1], n), p.Topology}
}

// First returns the place of which p is a twin, or p itself.
func (p Place) First() Place {
	if p.Topology == One || p.Topology == Four {
		return Shared(p.Topology)
	}
	return p
}

// Place returns where a lab finds its cluster.
func (l *Lab) Place() Place {
	if l.Topology == Own {
		return Place{l.Cluster, Own}
	}
	return Shared(l.Topology)
}
