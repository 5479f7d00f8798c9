package kind

import (
	"context"
	"fmt"
	"strings"

	"github.com/slipway-workshop/slipway/labs"
	"sigs.k8s.io/kind/pkg/log"
)

// An Own is a cluster that a learner makes, with kind itself and under a name that a lab gives. There is
// no record of it; Stop deletes it all the same, since the name says whose it is.
type Own struct{ *Cluster }

var _ labs.Tooled = Own{}

// NewOwn returns the cluster with a name that begins with labs.Prefix.
func NewOwn(name string, opts Options) (Own, error) {
	if !strings.HasPrefix(name, labs.Prefix) {
		return Own{}, fmt.Errorf("use cluster %s: a cluster that labs may delete has a name that begins with %s", name, labs.Prefix)
	}
	engine, err := opts.Engine.provider()
	if err != nil {
		return Own{}, err
	}
	return Own{&Cluster{name: name, topology: labs.Own, opts: opts, engine: engine}}, nil
}

// Start is for the learner.
func (o Own) Start(context.Context, func(string)) error {
	return fmt.Errorf("start cluster %s: the learner makes it: %w", o.name, labs.ErrUnsupported)
}

// Kubeconfig implements labs.Cluster, wherever kind has written its own.
func (o Own) Kubeconfig(context.Context) ([]byte, error) {
	text, err := o.kind(log.NoopLogger{}).KubeConfig(o.name, false)
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig of cluster %s: %w", o.name, explain(err))
	}
	return []byte(text), nil
}

// Tools implements labs.Tooled. They are those of the image that new clusters get, whatever the learner
// chose.
func (o Own) Tools(ctx context.Context) (string, error) {
	image, err := o.opts.Image(ctx)
	if err != nil {
		return "", err
	}
	return o.opts.Tools(ctx, image)
}

// Stop implements labs.Cluster.
func (o Own) Stop(context.Context) error {
	o.know(nil)
	if err := o.kind(log.NoopLogger{}).Delete(o.name, o.file(".kubeconfig")); err != nil {
		return fmt.Errorf("delete cluster %s: %w", o.name, explain(err))
	}
	return nil
}
