package kind

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
)

// mark is the environment variable by which a command on a node, and what it has started, is found again.
const mark = "SLIPWAY_EXEC"

// Exec implements labs.Cluster. The command's Env is added to that of the node, and it has no input
// unless Stdin is set. One that is ended before its time ends on the node too, with all that it started.
func (c *Cluster) Exec(ctx context.Context, node string, cmd sandbox.Command) (sandbox.Result, error) {
	if err := c.has(ctx, node); err != nil {
		return sandbox.Result{}, err
	}
	id := rand.Text()
	inside := cmd
	inside.Args, inside.Dir, inside.Env = c.execArgs(node, id, cmd), "", c.opts.Engine.command().Env
	res, err := sandbox.Run(ctx, inside)
	if res.TimedOut || err != nil {
		c.endMarked(context.WithoutCancel(ctx), node, id)
		return res, err
	}
	if fault := notRun(res); fault != "" {
		c.know(nil)
		return res, fmt.Errorf("run %s on %s: %s", strings.Join(cmd.Args, " "), node, fault)
	}
	return res, nil
}

// execArgs returns the command of the engine that runs cmd on a node.
func (c *Cluster) execArgs(node, id string, cmd sandbox.Command) []string {
	args := []string{cmp.Or(c.opts.Engine.Path, c.opts.Engine.Name), "exec", "--privileged", "--env", mark + "=" + id}
	if cmd.Stdin != nil {
		args = append(args, "--interactive")
	}
	if cmd.Dir != "" {
		args = append(args, "--workdir", cmd.Dir)
	}
	for _, e := range cmd.Env {
		args = append(args, "--env", e)
	}
	return append(append(args, node), cmd.Args...)
}

// has returns an error unless node is one of the cluster's.
func (c *Cluster) has(ctx context.Context, node string) error {
	nodes, err := c.Nodes(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(nodes, func(n labs.Node) bool { return n.Name == node }) {
		return nil
	}
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
	}
	return fmt.Errorf("run a command on %s: cluster %s has no such node: it has %s", node, c.name, strings.Join(names, ", "))
}

// endMarked ends the processes of a command: with the engine's client, the engine would let them go on.
func (c *Cluster) endMarked(ctx context.Context, node, id string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	const script = `for p in /proc/[0-9]*; do
	if grep -qsxz "$0" "$p/environ"; then kill -KILL "${p#/proc/}"; fi
done`
	_, _ = c.opts.Engine.run(ctx, "exec", "--privileged", node, "sh", "-c", script, mark+"="+id) // the node may be gone
}

// notRun says why the engine did not run a command at all, or nothing when it did.
func notRun(res sandbox.Result) string {
	if res.ExitCode == 0 {
		return ""
	}
	for _, out := range [][]byte{res.Stderr, res.Stdout} {
		line, _, _ := bytes.Cut(out, []byte("\n"))
		for _, begin := range []string{
			"OCI runtime exec failed: ", "Error response from daemon: ", "Error: No such container", "Cannot connect to the Docker daemon",
			"Error: no container with", "Error: can only create exec sessions on running containers", "Error: crun: ", "Error: runc: ", // podman
		} {
			if bytes.HasPrefix(line, []byte(begin)) {
				return string(bytes.TrimSpace(line))
			}
		}
	}
	return ""
}
