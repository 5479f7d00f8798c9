package kind

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"sigs.k8s.io/kind/pkg/cluster"
)

// kind's labels of a container.
const (
	clusterLabel = "io.x-k8s.kind.cluster"
	roleLabel    = "io.x-k8s.kind.role"
)

// An Engine runs containers. kind itself calls it by its name, so that it must be found on PATH too.
type Engine struct {
	Name string // docker, podman, nerdctl or finch
	Path string // of the program; empty means Name, found on PATH
}

// provider tells kind which engine to use.
func (e Engine) provider() (cluster.ProviderOption, error) {
	switch e.Name {
	case "docker":
		return cluster.ProviderWithDocker(), nil
	case "podman":
		return cluster.ProviderWithPodman(), nil
	case "nerdctl", "finch":
		return cluster.ProviderWithNerdctl(e.Name), nil
	}
	return nil, fmt.Errorf("use container engine %q: kind knows docker, podman, nerdctl and finch only", e.Name)
}

// run runs a command of the engine and returns what it prints.
func (e Engine) run(ctx context.Context, args ...string) ([]byte, error) {
	res, err := sandbox.Run(ctx, e.command(args...))
	switch {
	case err != nil:
		return nil, err
	case res.TimedOut:
		return nil, fmt.Errorf("%s %s: %w", e.Name, args[0], context.DeadlineExceeded)
	case res.ExitCode != 0:
		return nil, fmt.Errorf("%s %s: exit code %d%s", e.Name, args[0], res.ExitCode, said(res.Stderr))
	}
	return res.Stdout, nil
}

func (e Engine) command(args ...string) sandbox.Command {
	return sandbox.Command{
		Args: append([]string{cmp.Or(e.Path, e.Name)}, args...), Env: os.Environ(), MaxOutput: 16 << 20,
	}
}

// A container is a node as the engine sees it.
type container struct {
	ID      string
	Name    string
	Role    string // control-plane, worker
	State   string // running, exited, created, paused …
	Started time.Time
	Address string
}

// containers returns the nodes of a kind cluster in the order of their names, control planes first,
// whoever made them.
func (e Engine) containers(ctx context.Context, cluster string) ([]container, error) {
	ids, err := e.run(ctx, "ps", "--all", "--quiet", "--no-trunc", "--filter", "label="+clusterLabel+"="+cluster)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(ids)) == 0 {
		return nil, nil
	}
	out, err := e.run(ctx, append([]string{"inspect", "--type=container"}, strings.Fields(string(ids))...)...)
	if err != nil {
		return nil, err
	}
	return parseContainers(out)
}

// remove ends and deletes containers, with their volumes.
func (e Engine) remove(ctx context.Context, all []container) error {
	args := []string{"rm", "--force", "--volumes"}
	for _, c := range all {
		args = append(args, c.ID)
	}
	if _, err := e.run(ctx, args...); err != nil || e.Name != "podman" {
		return err
	}
	return e.removeVolumes(ctx, all)
}

// removeVolumes deletes the volumes that kind gives to the nodes of podman: they have names, so that podman
// keeps them, and the node's own name as a label.
func (e Engine) removeVolumes(ctx context.Context, all []container) error {
	for _, c := range all {
		names, err := e.run(ctx, "volume", "ls", "--quiet", "--filter", "label="+c.Name)
		if err != nil {
			return err
		}
		if list := strings.Fields(string(names)); len(list) > 0 {
			if _, err := e.run(ctx, append([]string{"volume", "rm", "--force"}, list...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// parseContainers reads the output of inspect, of which docker, podman and nerdctl agree on this part.
func parseContainers(out []byte) ([]container, error) {
	var list []struct {
		ID    string `json:"Id"`
		Name  string
		State struct {
			Status    string
			StartedAt time.Time
		}
		Config          struct{ Labels map[string]string }
		NetworkSettings struct {
			Networks map[string]struct{ IPAddress string }
		}
	}
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, fmt.Errorf("read what the engine says of containers: %w", err)
	}
	var all []container
	for _, c := range list {
		n := container{
			ID: c.ID, Name: strings.TrimPrefix(c.Name, "/"), Role: c.Config.Labels[roleLabel],
			State: c.State.Status, Started: c.State.StartedAt,
		}
		for _, name := range slices.Sorted(maps.Keys(c.NetworkSettings.Networks)) {
			n.Address = cmp.Or(n.Address, c.NetworkSettings.Networks[name].IPAddress)
		}
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b container) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Name, b.Name)) // control-plane < worker
	})
	return all, nil
}
