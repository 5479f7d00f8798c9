package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
	core "k8s.io/api/core/v1"
)

const two = `
apiVersion: v1
kind: Config
current-context: production
contexts:
- {name: production, context: {cluster: big, user: boss}}
- {name: "arn:aws:eks:eu:1:cluster/lab", context: {cluster: small, user: ana}}
clusters:
- {name: big, cluster: {server: "https://big.example"}}
- {name: small, cluster: {server: "https://small.example", certificate-authority: ca.crt}}
users:
- {name: boss, user: {token: secret-of-boss}}
- {name: ana, user: {token: secret-of-ana}}
`

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestParse(t *testing.T) {
	dir := t.TempDir()
	plain := write(t, dir, "config", two)
	for _, test := range []struct{ spec, file, context string }{
		{plain, plain, ""},
		{plain + ":", plain, ""},
		{plain + ":kind-one", plain, "kind-one"},
		{plain + ":arn:aws:eks:eu:1:cluster/lab", plain, "arn:aws:eks:eu:1:cluster/lab"},
	} {
		file, name, err := Parse(test.spec)
		if err != nil || file != test.file || name != test.context {
			t.Errorf("Parse(%q) = %q, %q, %v", test.spec, file, name, err)
		}
	}
	for _, spec := range []string{"", dir, filepath.Join(dir, "none") + ":kind-one"} {
		if _, _, err := Parse(spec); err == nil || !strings.Contains(err.Error(), "FILE:CONTEXT") {
			t.Errorf("Parse(%q) = %v, want what to write", spec, err)
		}
	}
}

// The current context of a file with several is never taken silently.
func TestChoose(t *testing.T) {
	for _, test := range []struct{ contexts, want, chosen, err string }{
		{"a b", "b", "b", ""},
		{"a", "", "a", ""},
		{"a b", "", "", "name one of them after the file and a colon: a, b"},
		{"a b", "c", "", `no context "c": it has a, b`},
		{"", "", "", "it has no context"},
	} {
		got, err := choose(strings.Fields(test.contexts), test.want)
		if got != test.chosen || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("choose(%q, %q) = %q, %v", test.contexts, test.want, got, err)
		}
	}
}

// What a cluster hands on leads to the one that was named, holds its own secrets only, and needs no
// other file.
func TestKubeconfigHoldsOneContext(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "ca.crt", "not looked at here")
	name, config, err := read(write(t, dir, "config", two), "arn:aws:eks:eu:1:cluster/lab")
	if err != nil || name != "arn:aws:eks:eu:1:cluster/lab" {
		t.Fatal(name, err)
	}
	for _, want := range []string{"current-context: arn:aws:eks:eu:1:cluster/lab", "https://small.example", "secret-of-ana", "certificate-authority-data: "} {
		if !strings.Contains(string(config), want) {
			t.Errorf("no %q in\n%s", want, config)
		}
	}
	for _, leak := range []string{"production", "big.example", "secret-of-boss"} {
		if strings.Contains(string(config), leak) {
			t.Errorf("%q in\n%s", leak, config)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"several": two, "empty": "", "broken": "{"} {
		file := write(t, dir, name, text)
		if _, err := New(Options{File: file}); err == nil || !strings.Contains(err.Error(), "adopt cluster of "+file+": ") {
			t.Errorf("New with %s file = %v", name, err)
		}
	}
}

// Labs are tried on a cluster of another version all the same, and it is said that this may matter.
func TestAnotherVersion(t *testing.T) {
	for version, want := range map[string]string{
		"v1.36.9": "", "v1.31.2+k3s1": "it runs Kubernetes v1.31.2+k3s1, and labs are written for v1.36", "v1.37.0": "it runs Kubernetes v1.37.0",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/version":
				fmt.Fprintf(w, `{"gitVersion": %q}`, version)
			case "/readyz":
			case "/api/v1/nodes":
				fmt.Fprint(w, `{"items": [{"metadata": {"name": "n1"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}]}`)
			default:
				fmt.Fprint(w, `{"items": [{"metadata": {"name": "n1"}, "spec": {"renewTime": "2026-01-01T00:00:00.000000Z"}}]}`)
			}
		}))
		file := write(t, t.TempDir(), "config", strings.ReplaceAll(one, "SERVER", server.URL))
		c, err := New(Options{File: file, Version: "v1.36.3"})
		if err != nil {
			t.Fatal(err)
		}
		var told strings.Builder
		if err := c.Start(t.Context(), func(step string) { told.WriteString(step) }); err != nil {
			t.Errorf("%s: %v", version, err)
		}
		if got := told.String(); !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: told %q, want %q", version, got, want)
		}
		server.Close()
	}
}

const one = `
apiVersion: v1
kind: Config
contexts:
- {name: lab, context: {cluster: small, user: ana}}
clusters:
- {name: small, cluster: {server: SERVER}}
users:
- {name: ana, user: {}}
`

// What an adopted cluster cannot do is told apart from what went wrong, and says what to do.
func TestNodesAreClosed(t *testing.T) {
	c := &Cluster{context: "staging"}
	_, err := c.Exec(context.Background(), "n1", sandbox.Command{Args: []string{"ls", "/"}})
	if !errors.Is(err, labs.ErrUnsupported) || !strings.Contains(err.Error(), "run ls / on n1: cluster staging") {
		t.Errorf("Exec = %v", err)
	}
	if err := c.Stop(context.Background()); err != nil {
		t.Errorf("Stop = %v", err)
	}
}

func TestUnknown(t *testing.T) {
	n := core.Node{Status: core.NodeStatus{Images: []core.ContainerImage{
		{Names: []string{"docker.io/slipway/toolbox@sha256:" + strings.Repeat("0", 64), "docker.io/slipway/toolbox:v1"}},
	}}}
	for _, test := range []struct{ images, want string }{
		{"slipway/toolbox:v1", ""},
		{"docker.io/slipway/toolbox:v1", ""},
		{"slipway/toolbox:v1 slipway/toolbox:v2", "slipway/toolbox:v2"},
		{"quay.io/slipway/toolbox:v1", "quay.io/slipway/toolbox:v1"},
	} {
		if got := unknown(n, strings.Fields(test.images)); got != test.want {
			t.Errorf("unknown(%s) = %q, want %q", test.images, got, test.want)
		}
	}
}
