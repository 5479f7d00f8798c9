// Package isolate is a CNI plugin and the agent's side of it. The plugin stands last in the node's
// configuration list, after those that give a pod its network, and tells the agent the pod's
// addresses; the agent answers when it enforces policies on them. So a pod that a policy selects is
// isolated before its first container starts, as the API promises, and not a second later, when the
// API server has learnt its address.
//
// The plugin is the agent's own program, under the name File in the folder of CNI plugins. As the
// runtime calls it, it reads its configuration from standard input and CNI_COMMAND and CNI_ARGS from
// the environment (CNI specification 1.0.0); it passes the previous plugin's result on unchanged.
// When the agent does not answer, adding a pod fails, and the kubelet tries again.
package isolate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Names on the node.
const (
	File   = "slipway-isolate" // the plugin, below /opt/cni/bin
	Socket = "/run/slipway/netagent.sock"
)

// Patience is how long the plugin waits for the agent, which may be starting as its node is.
const patience = 20 * time.Second

// A Pod is what the runtime knows of a pod that gets its network.
type Pod struct {
	Namespace, Name, UID string
	IPs                  []netip.Addr
}

// config is what the plugin reads of its configuration.
type config struct {
	CNIVersion string          `json:"cniVersion"`
	Socket     string          `json:"socket"`
	PrevResult json.RawMessage `json:"prevResult"`
}

// A failure is an error as the CNI specification wants it on standard output.
type failure struct {
	CNIVersion string `json:"cniVersion"`
	Code       int    `json:"code"`
	Message    string `json:"msg"`
	Details    string `json:"details,omitempty"`
}

// Codes of failures.
const (
	badConfig     = 7
	tryAgainLater = 11
)

// Run is the plugin. It returns the exit code.
func Run(getenv func(string) string, stdin io.Reader, stdout io.Writer) int {
	c := config{CNIVersion: "1.0.0"}
	fail := func(code int, err error) int {
		// Nobody is left to tell of an output that cannot be written.
		_ = json.NewEncoder(stdout).Encode(failure{c.CNIVersion, code, err.Error(), ""})
		return 1
	}
	data, err := io.ReadAll(stdin)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return fail(badConfig, fmt.Errorf("read configuration: %w", err))
	}
	switch getenv("CNI_COMMAND") {
	case "VERSION":
		_, err = fmt.Fprintf(stdout, `{"cniVersion":%q,"supportedVersions":["0.4.0","1.0.0","1.1.0"]}`+"\n", c.CNIVersion)
	case "ADD":
		if err := add(c, getenv("CNI_ARGS")); err != nil {
			return fail(tryAgainLater, err)
		}
		_, err = stdout.Write(c.PrevResult)
	}
	if err != nil {
		return 1
	}
	return 0
}

func add(c config, args string) error {
	pod := parseArgs(args)
	var result struct {
		IPs []struct {
			Address netip.Prefix `json:"address"`
		} `json:"ips"`
	}
	if err := json.Unmarshal(c.PrevResult, &result); err != nil {
		return fmt.Errorf("read prevResult: %w", err)
	}
	for _, ip := range result.IPs {
		pod.IPs = append(pod.IPs, ip.Address.Addr())
	}
	if err := Announce(c.Socket, pod, patience); err != nil {
		return fmt.Errorf("isolate pod %s/%s: %w; look at the agent: kubectl -n kube-system get pods -l app=netagent", pod.Namespace, pod.Name, err)
	}
	return nil
}

// parseArgs reads CNI_ARGS, KEY=VALUE with semicolons.
func parseArgs(args string) Pod {
	var p Pod
	for pair := range strings.SplitSeq(args, ";") {
		switch k, v, _ := strings.Cut(pair, "="); k {
		case "K8S_POD_NAMESPACE":
			p.Namespace = v
		case "K8S_POD_NAME":
			p.Name = v
		case "K8S_POD_UID":
			p.UID = v
		}
	}
	return p
}

// answer is what the agent says: nothing when it enforces policies on the pod.
type answer struct {
	Error string `json:"error,omitempty"`
}

// Announce tells the agent of a pod and waits until it answers, for as long as wait.
func Announce(socket string, pod Pod, wait time.Duration) error {
	end := time.Now().Add(wait)
	conn, err := dial(socket, end)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(end); err != nil {
		return err
	}
	if err := json.NewEncoder(conn).Encode(pod); err != nil {
		return err
	}
	var a answer
	if err := json.NewDecoder(conn).Decode(&a); err != nil {
		return fmt.Errorf("the agent did not answer: %w", err)
	}
	if a.Error != "" {
		return errors.New(a.Error)
	}
	return nil
}

func dial(socket string, end time.Time) (net.Conn, error) {
	for {
		conn, err := net.Dial("unix", socket)
		if err == nil || time.Now().After(end) {
			return conn, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}
