package nodefiles_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/nodefiles"
)

// nodeVar names the container of a control plane node whose files may be harmed.
const nodeVar = "SLIPWAY_TEST_NODE"

// container is a cluster of one node, entered by docker exec.
type container struct {
	labs.Cluster
	name string
}

func (c container) Nodes(context.Context) ([]labs.Node, error) {
	return []labs.Node{{Name: c.name, ControlPlane: true, Address: "unknown"}}, nil
}

func (c container) Exec(ctx context.Context, node string, cmd sandbox.Command) (sandbox.Result, error) {
	cmd.Args = append([]string{"docker", "exec", "-i", node}, cmd.Args...)
	cmd.Env = os.Environ()
	return sandbox.Run(ctx, cmd)
}

func (c container) sh(t *testing.T, script string) string {
	t.Helper()
	res, err := c.Exec(t.Context(), c.name, sandbox.Command{Args: []string{"sh", "-euc", script}, Merge: true})
	if err != nil || res.ExitCode != 0 {
		t.Fatalf("%s: %v, exit code %d:\n%s", script, err, res.ExitCode, res.Stdout)
	}
	return string(res.Stdout)
}

func TestRestoreNode(t *testing.T) {
	name := os.Getenv(nodeVar)
	if name == "" {
		t.Skipf("set %s to the container of a control plane node that may be harmed, such as slipway-one-control-plane, to run this", nodeVar)
	}
	c, dir := container{name: name}, t.TempDir()
	c.sh(t, "curl -sf http://127.0.0.1:10248/healthz; kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz")
	if err := nodefiles.Take(t.Context(), c, dir); err != nil {
		t.Fatal(err)
	}
	const sums = "cd /etc/kubernetes; find . /etc/default /etc/cni/net.d /var/lib/kubelet/config.yaml -type f | sort | xargs sha256sum"
	before := c.sh(t, sums)
	tests := []struct {
		name   string
		evil   string
		expect string // part of what is told
		holds  string // script that succeeds afterwards
	}{
		{"nothing", "true", "", "true"},
		{"scheduler broken", "sed -i s/--leader-elect=true/--nonsense=true/ /etc/kubernetes/manifests/kube-scheduler.yaml; sleep 2",
			"/etc/kubernetes/manifests/kube-scheduler.yaml", "curl -skf https://127.0.0.1:10259/livez"},
		{"api server removed", "mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/; sleep 2",
			"/etc/kubernetes/manifests/kube-apiserver.yaml", "kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz"},
		{"kubelet stopped", "systemctl stop kubelet", "kubelet was inactive", "curl -sf http://127.0.0.1:10248/healthz"},
		{"kubelet masked", "systemctl disable --now kubelet", "/etc/systemd/system/multi-user.target.wants/kubelet.service", "systemctl is-active kubelet"},
		{"kubelet paused", "systemctl kill --signal=STOP kubelet; sleep 0.2", "kubelet was paused", "curl -sf http://127.0.0.1:10248/healthz"},
		{"kubelet configuration", "echo 'nonsense: [' >/var/lib/kubelet/config.yaml; systemctl restart kubelet",
			"/var/lib/kubelet/config.yaml", "curl -sf http://127.0.0.1:10248/healthz"},
		{"containerd stopped", "systemctl stop containerd", "containerd was inactive", "ctr version"},
		{"network configuration", "rm -rf /etc/cni/net.d/*; mkdir /etc/kubernetes/mine; touch /etc/kubernetes/mine/file",
			"/etc/kubernetes/mine", "test ! -e /etc/kubernetes/mine"},
		{"keys", "rm /etc/kubernetes/pki/front-proxy-client.crt /etc/kubernetes/scheduler.conf", "/etc/kubernetes/scheduler.conf",
			"curl -skf https://127.0.0.1:10259/livez"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c.sh(t, test.evil)
			begin := time.Now()
			changed, err := nodefiles.Restore(t.Context(), c, dir, func(text string) { t.Log(text) })
			fmt.Printf("restored in %5.2f s: %s\n", time.Since(begin).Seconds(), t.Name())
			if err != nil {
				t.Fatal(err)
			}
			if told := slices.ContainsFunc(changed, func(s string) bool { return strings.Contains(s, test.expect) }); told == (test.expect == "") && len(changed) > 0 {
				t.Errorf("tells %q, want %q", changed, test.expect)
			}
			if test.expect != "" && len(changed) == 0 {
				t.Error("tells no change")
			}
			c.sh(t, test.holds)
			if after := c.sh(t, sums); after != before {
				t.Errorf("files differ:\n%s\nwere:\n%s", after, before)
			}
		})
	}
}
