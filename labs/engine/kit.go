package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
)

// A kit is a cluster as checks see it: its commands, and the variables that lead kubectl to it.
type kit struct {
	name    string
	cluster labs.Cluster // nil: a learner is to make it, and has not yet
	nodes   []labs.Node
	env     []string
	closed  string // why kubectl cannot reach the cluster; empty when it can
	bare    bool   // the API server is what the learner makes: that it does not answer is no fault
	prepare bool   // for setup and reset, which may change the cluster by the commands of checks
	theirs  *meter // of the learner's programs that checks run
}

var _ check.Kit = (*kit)(nil)

// Variables that a lab's programs find, beside KUBECONFIG and PATH.
const (
	ClusterEnv = "SLIPWAY_CLUSTER" // its name, for slipway node
	cacheEnv   = "KUBECACHEDIR"    // where kubectl remembers what the API offers
)

const kubeconfigName = "kubeconfig"

// newKit lays out below dir what programs need to reach a cluster: its kubeconfig, and a bin folder
// with kubectl, and with node and kind, which are the slipway at path self. Where the cluster is not
// there yet, the kubeconfig is left for the learner's kind to write.
func newKit(ctx context.Context, dir, self string, at labs.Place, cluster labs.Cluster, there bool, vars []string) (*kit, error) {
	k := &kit{name: at.Name, theirs: &meter{}}
	kubeconfig := filepath.Join(dir, kubeconfigName)
	path := []string{filepath.Join(dir, "bin")}
	if err := writeShims(path[0], self); err != nil {
		return nil, err
	}
	if t, ok := cluster.(labs.Tooled); ok {
		tools, err := t.Tools(ctx)
		if err != nil {
			return nil, err
		}
		path = append(path, tools)
	}
	if !there {
		k.closed = "there is no cluster " + k.name
	} else if err := k.connect(ctx, cluster, kubeconfig); err != nil {
		return nil, err
	}
	k.env = append(vars[:len(vars):len(vars)],
		"KUBECONFIG="+kubeconfig,
		cacheEnv+"="+filepath.Join(dir, "discovery"),
		ClusterEnv+"="+at.Name,
		"PATH="+strings.Join(path, string(os.PathListSeparator)),
	)
	return k, nil
}

// connect asks the cluster for its nodes and its kubeconfig.
func (k *kit) connect(ctx context.Context, cluster labs.Cluster, kubeconfig string) (err error) {
	if k.nodes, err = cluster.Nodes(ctx); err != nil {
		return err
	}
	config, err := cluster.Kubeconfig(ctx)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(kubeconfig, config); err != nil {
		return fmt.Errorf("write kubeconfig: %w", err)
	}
	if err := os.Chmod(kubeconfig, 0o600); err != nil {
		return fmt.Errorf("write kubeconfig: %w", err)
	}
	k.cluster = cluster
	return nil
}

// writeShims makes the commands node and kind, which call the slipway at path self.
func writeShims(bin, self string) error {
	if err := os.MkdirAll(bin, 0o777); err != nil {
		return fmt.Errorf("make commands of the lab: %w", err)
	}
	for _, name := range []string{"node", "kind"} {
		script := fmt.Sprintf("#!/bin/sh\nexec '%s' %s \"$@\"\n", strings.ReplaceAll(self, "'", `'\''`), name)
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o777); err != nil {
			return fmt.Errorf("make commands of the lab: %w", err)
		}
	}
	return nil
}

func (k *kit) Env() []string { return k.env }

// Plain leaves a text as it is: what checks print of a cluster is what learners see of it.
func (k *kit) Plain(text string) string { return text }

func (k *kit) Commands() map[string]check.Command {
	all := map[string]check.Command{
		"kubectl": {
			Usage:  "[!] kubectl ARGS…: kubectl, of the cluster's own version, succeeds [fails] as the administrator",
			Judges: true, Run: k.kubectl,
		},
		"kubectl-as": {
			Usage:  "[!] kubectl-as USER ARGS…: kubectl succeeds [fails] as another user, such as system:serviceaccount:NAMESPACE:NAME",
			Judges: true, Run: k.kubectlAs,
		},
		"run": {
			Usage:  "[!] run FILE ARGS…: a program of the workspace, with kubectl at hand, ends with 0 [with another code]",
			Judges: true, Run: k.run,
		},
		"node": {
			Usage:  "[!] node NAME ARGS…: a command on a node succeeds [fails]; NAME is control-plane, worker, worker2 …, or every",
			Judges: true, Run: k.node,
		},
		"field": {
			Usage:  "[!] field KIND/NAME [-n NAMESPACE] JSONPATH [OP VALUE]: the field is there [is not], and compares: = != < <= > >= matches; quantities by their amount",
			Judges: true, Run: k.field,
		},
		"events": {
			Usage:  "[!] events KIND/NAME [-n NAMESPACE] REGEXP: an event about the object has a matching \"reason: message\"",
			Judges: true, Run: k.events,
		},
		"can-i": {
			Usage:  "[!] can-i VERB RESOURCE [-n NAMESPACE] [--as USER] [--subresource NAME]: the API server allows it [does not]",
			Judges: true, Run: k.canI,
		},
		"probe": {
			Usage:  "[!] probe URL [from PLACE] [status CODE] [body REGEXP] [insecure]: http, https or tcp answers; PLACE is outside, pod/NAMESPACE/NAME or node/NAME",
			Judges: true, Run: k.probe,
		},
		"eventually": {
			Usage:  "eventually DURATION [!] COMMAND…: one of the commands above finds nothing wrong before the time is over",
			Judges: true, Run: k.eventually,
		},
	}
	if k.prepare {
		all["apply"] = check.Command{Usage: "apply FILE…: kubectl apply of files of $FILES", Judges: true, Run: k.apply}
	}
	if k.closed != "" {
		for name, c := range all {
			if name != "run" && name != "eventually" && name != "kubectl" && (name != "node" || k.cluster == nil) {
				c.Run = k.missing
				all[name] = c
			}
		}
	}
	return all
}

// missing is what every command finds that looks at a cluster which the learner has not made yet.
func (k *kit) missing(s *check.Session, _ bool, _ []string) (check.Outcome, error) {
	s.Remember("kubectl", sandbox.Result{ExitCode: 1})
	s.Ran(false) // what the assertions that follow look at is not there
	return check.Found("%s", k.closed), nil
}

// Usages tells how each command of a lab's checks is used, by name.
func Usages() map[string]string { return check.Usages(&kit{prepare: true}) }

// Kit returns a kit without a cluster, for looking at the scripts of labs.
func Kit() check.Kit { return &kit{} }

// find returns the nodes that a script calls by name: one, or every one.
func (k *kit) find(name string) ([]labs.Node, error) {
	if name == "every" {
		return k.nodes, nil
	}
	for _, n := range k.nodes {
		if n.Name == name || strings.TrimPrefix(n.Name, k.name+"-") == name {
			return []labs.Node{n}, nil
		}
	}
	var names []string
	for _, n := range k.nodes {
		names = append(names, n.Name)
	}
	return nil, fmt.Errorf("cluster %s has no node %q: it has %s", k.name, name, strings.Join(names, ", "))
}

// lookup returns the value of a variable of the kit.
func (k *kit) lookup(name string) string {
	for _, kv := range k.env {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// program finds a program on the kit's own PATH.
func (k *kit) program(name string) string {
	for _, dir := range filepath.SplitList(k.lookup("PATH")) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	return name
}

// reachable is a fault when the cluster itself does not answer: then nothing can be said about what
// the learner did.
func (k *kit) reachable(s *check.Session, res sandbox.Result) error {
	if k.closed != "" || k.bare || res.ExitCode == 0 || !lostConnection.Match(res.Stdout) {
		return nil
	}
	probe, err := sandbox.Run(s.Context(), sandbox.Command{Args: []string{k.program("kubectl"), "get", "--raw=/readyz"}, Env: s.Env(), Merge: true})
	if err == nil && probe.ExitCode == 0 {
		return nil
	}
	return check.Fault{Err: fmt.Errorf("cluster %s does not answer: %s: where slipway doctor finds nothing wrong, slipway reset and the name of the lab bring it back", k.name, strings.TrimSpace(string(probe.Stdout)))}
}
