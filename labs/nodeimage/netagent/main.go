// Netagent gives the pods of one node their network. It runs on every node as a DaemonSet with the
// node's own network, watches the API server, and
//
//   - writes the CNI configuration for the node's pod range, which makes the node Ready;
//   - routes the pod ranges of the other nodes to their addresses;
//   - masquerades what leaves the cluster;
//   - enforces NetworkPolicy.
//
// It is also the CNI plugin of package isolate, which it installs, when the container runtime calls
// it as such.
//
// Nothing but a restart of the node undoes what it did: when the agent is down, pods keep their
// network and policies stay in force as they were; only new pods wait for it.
//
// Environment:
//
//	NODE_NAME               the node it runs on (from the field spec.nodeName)
//	CONTROL_PLANE_ENDPOINT  host:port of the API server, which kind sets; when empty, the Service
//	                        kubernetes is used, which kube-proxy must have programmed
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/isolate"
	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/kube"
)

func main() {
	if os.Getenv("CNI_COMMAND") != "" {
		os.Exit(isolate.Run(os.Getenv, os.Stdin, os.Stdout))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil && ctx.Err() == nil {
		slog.Error("netagent ends", "cause", err)
		os.Exit(1)
	}
}

// Settings are the environment, read.
type settings struct {
	node     string
	endpoint string
}

func readSettings(getenv func(string) string) (settings, error) {
	s := settings{node: getenv("NODE_NAME"), endpoint: getenv("CONTROL_PLANE_ENDPOINT")}
	if s.node == "" {
		return s, errors.New("read settings: NODE_NAME is empty")
	}
	return s, nil
}

func run(ctx context.Context, getenv func(string) string) error {
	s, err := readSettings(getenv)
	if err != nil {
		return err
	}
	client, err := kube.Connect(s.endpoint)
	if err != nil {
		return err
	}
	if err := isolate.Install(pluginDir); err != nil {
		return err
	}
	network, policies := newNetwork(s, client), newPolicies(s, client)
	ended := make(chan error, 3)
	go func() { ended <- isolate.Serve(ctx, isolate.Socket, policies.isolate) }()
	go func() { ended <- network.run(ctx) }()
	go func() {
		select {
		case <-ctx.Done():
			ended <- ctx.Err()
		case local := <-network.ready:
			ended <- policies.run(ctx, local)
		}
	}()
	return <-ended
}
