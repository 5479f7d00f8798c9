// Package snapshot keeps the state of a whole cluster and brings the cluster back to it, whatever has
// been done to it in between.
//
//	c, err := snapshot.Open(ctx, cluster)
//	baseline, err := c.Settle(ctx, nil)         // once, when the cluster is new
//	…
//	err = c.Restore(ctx, baseline, snapshot.Hooks{})
//
// A State is every object that the API server stores, of every resource that discovery tells and that
// can be deleted, custom resources among them. It leaves out what a cluster writes by itself and what
// follows from other objects: uids, times, versions and status; Events, leader Leases, IPAddresses and
// the EndpointSlices of Services; tokens that expire. Pods and ReplicaSets of a workload are told by
// their owner as how many there are, of which shape, and whether they are ready, so that a CoreDNS
// pod with a new name is no difference and a missing one is.
//
// Restore works by difference. It first takes away what can hold up everything else (webhooks,
// admission policies, dead API services, quotas), then deletes what the baseline does not have, makes
// what is missing, puts back what has changed, replaces pods that are not as they were, and ends when
// the digests are equal. It may be interrupted anywhere and simply be run again.
//
// What lies on the nodes is for package nodefiles. Objects of aggregated APIs are not looked at: they
// are kept by a server of their own.
package snapshot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

const (
	requestTimeout = 5 * time.Second
	parallel       = 24 // requests at a time
)

// A Client takes and restores the state of one cluster. Restore wants the cluster for itself.
type Client struct {
	resources func(ctx context.Context) ([]resource, error)
	dynamic   dynamic.Interface
}

// New returns a Client for the cluster that a kubeconfig leads to.
func New(kubeconfig []byte) (*Client, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	return newClient(config)
}

func newClient(config *rest.Config) (*Client, error) {
	config.QPS = -1 // the API server knows by itself how much it can take
	config.Timeout = requestTimeout
	config.WarningHandler = rest.NoWarnings{}
	api, err := rest.UnversionedRESTClientFor(dynamic.ConfigFor(config))
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	return &Client{dynamic: dynamic.New(api), resources: func(ctx context.Context) ([]resource, error) { return discover(ctx, api) }}, nil
}

// Take returns the state of the cluster as it is now.
func (c *Client) Take(ctx context.Context) (*State, error) {
	inv, err := c.inventory(quiet(ctx))
	if err != nil {
		return nil, err
	}
	return inv.state(), nil
}

const (
	settlePoll  = 250 * time.Millisecond
	settleQuiet = 1500 * time.Millisecond
)

// Settle waits until every workload is available, nothing is ending, and the state has been the same
// for a while. It returns that state: the baseline for Restore. report, which may be nil, is told
// what is waited for.
func (c *Client) Settle(ctx context.Context, report func(string)) (*State, error) {
	ctx = quiet(ctx)
	var digest, told string
	var since time.Time
	for {
		inv, err := c.inventory(ctx)
		if err != nil {
			return nil, fmt.Errorf("wait for the cluster: %w", err)
		}
		s := inv.state()
		waiting := inv.unsettled()
		if now := s.Digest(); now != digest || waiting != "" {
			digest, since = now, time.Now()
		}
		if time.Since(since) >= settleQuiet {
			return s.asBaseline(), nil
		}
		if waiting != "" && waiting != told && report != nil {
			report("wait for " + waiting)
			told = waiting
		}
		if err := sleep(ctx, settlePoll); err != nil {
			if waiting == "" {
				waiting = "changes to end"
			}
			return nil, fmt.Errorf("wait for %s: %w", waiting, err)
		}
	}
}

// quiet keeps client-go from writing to the terminal what Slipway returns as an error.
func quiet(ctx context.Context) context.Context { return klog.NewContext(ctx, logr.Discard()) }

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// done reports whether an error only says that ctx is over.
func done(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
}
