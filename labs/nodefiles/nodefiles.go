// Package nodefiles keeps the files that make a machine a node of a cluster, and puts them back.
//
//	err := nodefiles.Take(ctx, cluster, dir)              // once, when the cluster is new
//	…
//	changed, err := nodefiles.Restore(ctx, cluster, dir, nil)
//
// Folder dir gets for each node NODE.tar with the files below Paths, which holds keys and so can be
// read by its owner only, and NODE.json with what ran. Restore compares by content, mode, owner and
// link; it puts back what differs, removes what was added, restarts containerd and kubelet when they
// do not run or their files have changed, and waits until static pods are up that were changed.
//
// A file that rotates by itself, such as the kubelet's client certificate, is put back only when it is
// gone. The address of a node may be another one after a restart of the machine that holds it; then it
// is that one in the files too, and the API server's certificate is the one that was issued for it.
package nodefiles

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/labs"
	"golang.org/x/sync/errgroup"
)

// Paths are the files and folders that are kept of each node. Some may not be there.
var Paths = []string{
	"/etc/cni/net.d",
	"/etc/containerd",
	"/etc/default",
	"/etc/kubernetes",
	"/etc/systemd/system",
	"/kind",
	"/var/lib/kubelet/config.yaml",
	"/var/lib/kubelet/instance-config.yaml",
	"/var/lib/kubelet/kubeadm-flags.env",
	"/var/lib/kubelet/pki",
}

// restoreLimit is how long Restore may take.
const restoreLimit = time.Minute

// kept is what is known of a node beside its files.
type kept struct {
	Address string             `json:"address"`
	Units   map[string]string  `json:"units"` // state of each service
	Static  map[string]running `json:"static"`
}

// Take keeps the files of every node in a folder.
func Take(ctx context.Context, cluster labs.Cluster, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep the files of nodes: %w", err)
	}
	return everyNode(ctx, cluster, func(ctx context.Context, n *node) error {
		archive, err := n.archive(ctx)
		if err != nil {
			return err
		}
		now, err := n.look(ctx)
		if err != nil {
			return err
		}
		static, err := n.staticPods(ctx)
		if err != nil {
			return err
		}
		data, err := json.Marshal(kept{Address: n.Address, Units: now.units, Static: static})
		if err != nil {
			return err
		}
		return errors.Join(write(n.file(dir, ".tar"), archive), write(n.file(dir, ".json"), data))
	})
}

// Kept reports whether Take has kept anything in a folder.
func Kept(dir string) bool {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	return err == nil && len(names) > 0
}

// write keeps a file from others before it holds anything.
func write(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return err
	}
	return atomicfile.Write(name, data)
}

// Restore makes the files of every node what they were when Take kept them. It tells what it changed,
// as does report, which may be nil, as it goes.
func Restore(ctx context.Context, cluster labs.Cluster, dir string, report func(string)) (changed []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, restoreLimit)
	defer cancel()
	var mu sync.Mutex
	err = everyNode(ctx, cluster, func(ctx context.Context, n *node) error {
		return n.restore(ctx, dir, func(what string) {
			mu.Lock()
			defer mu.Unlock()
			text := n.Name + ": " + what
			if changed = append(changed, text); report != nil {
				report(text)
			}
		})
	})
	slices.Sort(changed)
	return changed, err
}

// RestartKubelet restarts the kubelet of a node and returns when it answers.
func RestartKubelet(ctx context.Context, cluster labs.Cluster, name string) error {
	ctx, cancel := context.WithTimeout(ctx, restoreLimit)
	defer cancel()
	n := &node{Node: labs.Node{Name: name}, cluster: cluster}
	return n.restart(ctx, restarts{kubelet: true})
}

func everyNode(ctx context.Context, cluster labs.Cluster, do func(context.Context, *node) error) error {
	nodes, err := cluster.Nodes(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, n := range nodes {
		group.Go(func() error {
			if err := do(ctx, &node{Node: n, cluster: cluster}); err != nil {
				return fmt.Errorf("files of node %s: %w", n.Name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (n *node) file(dir, extension string) string { return filepath.Join(dir, n.Name+extension) }

func (n *node) restore(ctx context.Context, dir string, report func(string)) error {
	base, err := n.read(dir)
	if err != nil {
		return err
	}
	now, err := n.look(ctx)
	if err != nil {
		return err
	}
	issue, err := n.keepServing(ctx, base)
	if err != nil {
		return err
	}
	d := diff(base.files, now.files)
	for _, path := range d.paths() {
		report(path)
	}
	if err := n.put(ctx, base, d); err != nil {
		return err
	}
	if issue {
		if err := n.issueServing(ctx); err != nil {
			return err
		}
	}
	r := d.restarts()
	for unit, state := range base.kept.Units {
		if state == active && now.units[unit] != active {
			report(fmt.Sprintf("%s was %s", unit, now.units[unit]))
			r.add(unit)
		}
	}
	statics, err := base.statics(d)
	if err != nil {
		return err
	}
	delayed, err := n.end(ctx, base, statics)
	if err != nil {
		return err
	}
	r.kubelet = r.kubelet || delayed
	if err := n.restart(ctx, r.only(base.kept.Units)); err != nil || base.kept.Units["kubelet"] != active {
		return err
	}
	return n.await(ctx, statics)
}
