package kind

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/kind/pkg/exec"
)

func TestConfig(t *testing.T) {
	const cp, worker = v1alpha4.ControlPlaneRole, v1alpha4.WorkerRole
	for topology, want := range map[labs.Topology][]v1alpha4.NodeRole{
		labs.One: {cp}, labs.Four: {cp, worker, worker, worker}, labs.Bare: {cp, worker},
	} {
		var got []v1alpha4.NodeRole
		for _, n := range config(topology).Nodes {
			got = append(got, n.Role)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has nodes %v, want %v", topology, got, want)
		}
	}
}

func TestNew(t *testing.T) {
	docker := Options{Engine: Engine{Name: "docker"}}
	if c, err := New(labs.Shared(labs.Four), docker); err != nil || c.Name() != "slipway-four" {
		t.Errorf("New = %v, %v", c, err)
	}
	if _, err := New(labs.Place{Name: "slipway-five", Topology: "five"}, docker); err == nil || !strings.Contains(err.Error(), "four") {
		t.Errorf("unknown topology: %v, want those that there are", err)
	}
	if _, err := New(labs.Shared(labs.One), Options{Engine: Engine{Name: "lxc"}}); err == nil || !strings.Contains(err.Error(), "podman") {
		t.Errorf("unknown engine: %v, want those that there are", err)
	}
}

// What docker inspect prints, as far as it is read.
const inspected = `[
{"Id": "w2", "Name": "/x-worker2", "State": {"Status": "exited", "StartedAt": "2026-01-01T12:00:00.5Z"},
 "Config": {"Labels": {"io.x-k8s.kind.role": "worker"}}, "NetworkSettings": {"Networks": {"kind": {"IPAddress": ""}}}},
{"Id": "w", "Name": "x-worker", "State": {"Status": "running", "StartedAt": "2026-01-01T13:00:00.123456789+01:00"},
 "Config": {"Labels": {"io.x-k8s.kind.role": "worker"}}, "NetworkSettings": {"Networks": {"kind": {"IPAddress": "172.18.0.3"}}}},
{"Id": "c", "Name": "/x-control-plane", "State": {"Status": "running", "StartedAt": "2026-01-01T12:00:00Z"},
 "Config": {"Labels": {"io.x-k8s.kind.role": "control-plane"}}, "NetworkSettings": {"Networks": {"kind": {"IPAddress": "172.18.0.2"}}}}
]`

func TestParseContainers(t *testing.T) {
	all, err := parseContainers([]byte(inspected))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range all {
		got = append(got, strings.Join([]string{c.ID, c.Name, c.Role, c.State, c.Address, c.Started.UTC().Format(time.RFC3339Nano)}, " "))
	}
	want := []string{
		"c x-control-plane control-plane running 172.18.0.2 2026-01-01T12:00:00Z",
		"w x-worker worker running 172.18.0.3 2026-01-01T12:00:00.123456789Z",
		"w2 x-worker2 worker exited  2026-01-01T12:00:00.5Z",
	}
	if !slices.Equal(got, want) {
		t.Errorf("containers:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := parseContainers([]byte("Cannot connect")); err == nil {
		t.Error("what is not JSON was understood")
	}
}

func TestRecord(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.json")
	if r, err := readRecord(file); r != nil || err != nil {
		t.Errorf("record that is not there = %v, %v", r, err)
	}
	wrote := &record{Image: "node:1", Whole: true, Nodes: []member{on("a")}}
	if err := wrote.write(file); err != nil {
		t.Fatal(err)
	}
	if r, err := readRecord(file); err != nil || fmt.Sprint(r) != fmt.Sprint(wrote) {
		t.Errorf("record = %v, %v, want %v", r, err, wrote)
	}
	if err := os.WriteFile(file, []byte(`{"whole": tr`), 0o666); err != nil {
		t.Fatal(err)
	}
	if r, err := readRecord(file); err != nil || r == nil || r.Whole {
		t.Errorf("half a record = %v, %v, want one of a cluster that is not whole", r, err)
	}
}

// The lines are those of kind's cli.Status, for a logger that is no terminal.
func TestSteps(t *testing.T) {
	var got []string
	s := steps(func(text string) { got = append(got, text) })
	s.V(0).Infof("Creating cluster %q ...\n", "x")
	s.V(0).Infof(" • %s  ...\n", "Preparing nodes 📦 📦 📦 📦 ")
	s.V(0).Infof(" ✓ %s\n", "Preparing nodes 📦 ")
	s.V(0).Infof(" • %s  ...\n", "Starting control-plane 🕹️")
	s.V(1).Info(" • debugging")
	s.Warn("cgroup v1 is deprecated")
	want := []string{"preparing nodes", "starting control-plane"}
	if !slices.Equal(got, want) {
		t.Errorf("steps = %q, want %q", got, want)
	}
}

func TestExplain(t *testing.T) {
	for _, test := range []struct{ output, want string }{
		{"", "command \"docker run\" failed with error: exit status 1"},
		{"a\nb\r\n", ": a\nb"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n10", ": 3\n4\n5\n6\n7\n8\n9\n10"},
		{"error: error execution phase wait-control-plane: etcd does not answer\nTo see the stack trace of this error execute with --v=5 or higher\n" +
			"main.runKubeadm\n\tgithub.com/slipway-workshop/slipway/labs/nodeimage/kube/main.go:81\nmain.main\n\tgithub.com/slipway-workshop/slipway/labs/nodeimage/kube/main.go:58\n" +
			"runtime.main\n\truntime/proc.go:290\nruntime.goexit\n\truntime/asm_amd64.s:1771\n",
			": error: error execution phase wait-control-plane: etcd does not answer\nTo see the stack trace of this error execute with --v=5 or higher"},
		{"Error: runc: error setting rlimit type 7: operation not permitted", "keeps a capability back that the engine needs: slipway doctor"},
		{"write /x: no space left on device", "no space left on device\nthe disk is full: slipway doctor says in which folder"},
		{"docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", "slipway doctor --fix"},
		{"permission denied while trying to connect to the Docker daemon socket", "slipway doctor"},
	} {
		err := explain(&exec.RunError{Command: []string{"docker", "run"}, Output: []byte(test.output), Inner: errors.New("exit status 1")})
		if !strings.HasSuffix(err.Error(), test.want) && !strings.Contains(err.Error(), test.want) {
			t.Errorf("explain(%q) = %v, want %q", test.output, err, test.want)
		}
	}
}

func TestNotRun(t *testing.T) {
	for _, test := range []struct {
		name string
		res  sandbox.Result
		want string
	}{
		{"ran and failed", sandbox.Result{ExitCode: 1, Stderr: []byte("Error: no\n")}, ""},
		{"ran and printed such words", sandbox.Result{Stdout: []byte("Error: No such container: x\n")}, ""},
		{"no node", sandbox.Result{ExitCode: 1, Stderr: []byte("Error: No such container: x\n")}, "Error: No such container: x"},
		{"stopped", sandbox.Result{ExitCode: 1, Stderr: []byte("Error response from daemon: Container 1 is not running\n")}, "Error response from daemon: Container 1 is not running"},
		{"gone, by podman 4.3.1", sandbox.Result{ExitCode: 125, Stderr: []byte("Error: no container with name or ID \"x\" found: no such container\n")}, `Error: no container with name or ID "x" found: no such container`},
		{"stopped, by podman 4.3.1", sandbox.Result{ExitCode: 255, Stderr: []byte("Error: can only create exec sessions on running containers: container state improper\n")}, "Error: can only create exec sessions on running containers: container state improper"},
		{"no program, by podman 4.3.1", sandbox.Result{ExitCode: 127, Stderr: []byte("Error: crun: executable file `x` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found\n")}, "Error: crun: executable file `x` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found"},
		{"no program", sandbox.Result{ExitCode: 126, Stdout: []byte("OCI runtime exec failed: exec: \"x\": executable file not found\r\n")}, "OCI runtime exec failed: exec: \"x\": executable file not found"},
	} {
		if got := notRun(test.res); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// A second process waits for the first, is told for whom, and goes on when that is done.
func TestLock(t *testing.T) {
	c, err := New(labs.Shared(labs.One), Options{Engine: Engine{Name: "docker"}, Dir: filepath.Join(t.TempDir(), "made")})
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := c.lock(t.Context(), func(step string) { t.Errorf("nobody has it, and yet: %s", step) })
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 1)
	second := make(chan error)
	go func() {
		free, err := c.lock(t.Context(), func(step string) { told <- step })
		if err == nil {
			free()
		}
		second <- err
	}()
	if step := <-told; !strings.Contains(step, fmt.Sprintf("slipway-one: process %d", os.Getpid())) {
		t.Errorf("told %q", step)
	}
	select {
	case err := <-second:
		t.Errorf("did not wait: %v", err)
	default:
	}
	unlock()
	if err := <-second; err != nil {
		t.Error(err)
	}
}

// Whoever gives up waiting does not get the lock afterwards.
func TestLockGivenUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	unlock, err := lockFile(t.Context(), file, func() {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := lockFile(ctx, file, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("lock = %v, want context.Canceled", err)
	}
	unlock()
	limit, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	free, err := lockFile(limit, file, func() {})
	if err != nil {
		t.Fatalf("nobody has the lock, and yet: %v", err)
	}
	free()
}
