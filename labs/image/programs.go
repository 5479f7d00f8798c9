package image

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A program is one go build, of one package or several, in a module of the checkout.
type program struct {
	name     string
	module   string // folder
	packages []string
	tags     []string
	vars     []string // name=value, for the linker
	cgo      bool     // linked statically all the same: the node's C library need not be this machine's
}

const containerdModule = "github.com/containerd/containerd/v2/cmd/"

// programs are all that run on a node or in a container of the node's own.
func programs() []program {
	return []program{
		{name: "kube", module: "labs/nodeimage/kube", packages: []string{".", "k8s.io/kubernetes/cmd/kubectl"}, vars: kubeVersion()},
		{
			name: "containerd", module: "labs/nodeimage/containerd",
			packages: []string{containerdModule + "containerd", containerdModule + "containerd-shim-runc-v2", containerdModule + "ctr", "./preload"},
			tags:     []string{"no_btrfs", "no_zfs", "no_devmapper", "no_aufs"},
		},
		{name: "coredns", module: "labs/nodeimage/coredns", packages: []string{"."}},
		{name: "metrics-server", module: "labs/nodeimage/metrics", packages: []string{"sigs.k8s.io/metrics-server/cmd/metrics-server"}},
		{name: "runc", module: "labs/nodeimage/runc", packages: []string{"github.com/opencontainers/runc"}, tags: []string{"seccomp", "netgo", "osusergo"}, cgo: true},
		{name: "cni", module: "labs/nodeimage/cni", packages: cniPlugins()},
		{name: "agents", module: "labs/nodeimage", packages: []string{"./netagent", "./localpath"}},
	}
}

// kubeVersion stamps what the components say of themselves; the go command knows it of modules only.
func kubeVersion() []string {
	release := strings.Split(strings.TrimPrefix(Kubernetes, "v"), ".")
	var vars []string
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		vars = append(vars, pkg+".gitVersion="+Kubernetes, pkg+".gitMajor="+release[0], pkg+".gitMinor="+release[1])
	}
	return vars
}

func cniPlugins() []string {
	var list []string
	for _, plugin := range []string{"ipam/host-local", "main/bridge", "main/loopback", "main/ptp", "meta/portmap"} {
		list = append(list, "github.com/containernetworking/plugins/plugins/"+plugin)
	}
	return list
}

// args are the arguments of go build.
func (p program) args(out string) []string {
	linker := "-s -w"
	for _, v := range p.vars {
		linker += " -X " + v
	}
	if p.cgo {
		linker += " -extldflags -static"
	}
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", linker, "-o", out + string(filepath.Separator)}
	if p.tags != nil {
		args = append(args, "-tags", strings.Join(p.tags, ","))
	}
	return append(args, p.packages...)
}

// step builds the program with the go command of the checkout.
func (p program) step(source string, golang toolchain) (*step, error) {
	module := filepath.Join(source, filepath.FromSlash(p.module))
	key := newKey(p.name).
		add("go", golang.version, golang.arch).
		add("args", p.args("")...).
		sources(os.DirFS(module))
	sum, err := key.sum()
	if err != nil {
		return nil, fmt.Errorf("read module %s: %w", p.module, err)
	}
	return &step{name: p.name, key: sum, make: func(ctx context.Context, out string) error {
		env := []string{"CGO_ENABLED=0"}
		if p.cgo {
			env = []string{"CGO_ENABLED=1"}
		}
		_, err := golang.run(ctx, module, env, p.args(out)...)
		return err
	}}, nil
}

// A toolchain is the go command, and what it builds for.
type toolchain struct {
	version string
	arch    string
}

func findToolchain(ctx context.Context, dir string) (toolchain, error) {
	var t toolchain
	if _, err := exec.LookPath("go"); err != nil {
		return t, fmt.Errorf("find the go command: %w: install Go from https://go.dev/dl/ and put it on PATH", err)
	}
	out, err := t.run(ctx, dir, nil, "env", "GOVERSION", "GOHOSTARCH")
	if err != nil {
		return t, err
	}
	fields := strings.Fields(out)
	if len(fields) < 2 {
		return t, fmt.Errorf("go env prints %q", out)
	}
	t.version, t.arch = strings.Join(fields[:len(fields)-1], " "), fields[len(fields)-1]
	return t, nil
}

// run runs the go command with settings of ours, and returns what it prints.
func (t toolchain) run(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	settings := []string{"GOOS=linux", "GOFLAGS=", "GOWORK=off"}
	if t.arch != "" {
		settings = append(settings, "GOARCH="+t.arch)
	}
	return command(ctx, dir, append(settings, env...), "go", args...)
}

// module returns the folder of a module's files, in the versions that the module in dir builds with.
func (t toolchain) module(ctx context.Context, dir, path string) (string, error) {
	if _, err := t.run(ctx, dir, nil, "mod", "download", path); err != nil {
		return "", err
	}
	out, err := t.run(ctx, dir, nil, "list", "-m", "-f", "{{.Dir}}", path)
	return strings.TrimSpace(out), err
}
