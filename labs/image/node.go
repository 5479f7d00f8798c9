package image

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// nodeFiles are those that the node has beside kind's own.
//
//go:embed files
var nodeFiles embed.FS

// kindFiles is the folder of the files of kind's node image in kind's module.
const kindFiles = "images/base/files"

// systemTree is the node's operating system: Debian with the changes that kind's Dockerfile makes, kind's
// files, and ours.
func systemTree(root, kind string) (*tree, error) {
	t := newTree()
	t.base, t.keep = root, keepOnNode
	if err := t.folder(".", kind, modeOfKind); err != nil {
		return nil, err
	}
	delete(t.files, "usr/local/bin/clean-install") // installs packages, for the Dockerfile
	if err := t.ownFiles(); err != nil {
		return nil, err
	}
	for _, unit := range []string{"kubelet", "containerd", "undo-mount-hacks", "slipway-adapt"} {
		t.link("etc/systemd/system/multi-user.target.wants/"+unit+".service", "/etc/systemd/system/"+unit+".service")
	}
	t.link("etc/systemd/system/systemd-binfmt.service", "/dev/null") // it would change the machine's kernel
	t.data("etc/systemd/journald.conf.d/10-kind.conf", 0o644, []byte("[Journal]\nReadKMsg=no\n"))
	t.data("kind/version", 0o644, []byte(Kubernetes))
	t.data("etc/machine-id", 0o444, nil) // made when a node starts
	t.data("etc/hostname", 0o644, nil)
	t.dir("etc/kubernetes/manifests", 0o755)
	t.dir("etc/kubernetes/kubelet.conf.d", 0o755)
	t.dir("kind/manifests", 0o755)
	return t, nil
}

// ownFiles adds the files of this package.
func (t *tree) ownFiles() error {
	for _, f := range []struct {
		from, to string
		mode     int64
	}{
		{"slipway-adapt", "usr/local/bin/slipway-adapt", 0o755},
		{"slipway-adapt.service", "etc/systemd/system/slipway-adapt.service", 0o644},
		{"12-slipway.conf", "etc/systemd/system/kubelet.service.d/12-slipway.conf", 0o644},
	} {
		data, err := fs.ReadFile(nodeFiles, "files/"+f.from)
		if err != nil {
			return err
		}
		t.data(f.to, f.mode, data)
	}
	return nil
}

// modeOfKind gives kind's scripts the permissions that its Dockerfile gives them; modules have none.
func modeOfKind(name string, info fs.FileInfo) int64 {
	if info.IsDir() || strings.HasPrefix(name, "usr/local/bin/") || strings.HasPrefix(name, "kind/bin/") {
		return 0o755
	}
	return 0o644
}

// keepOnNode drops the units of Debian that have no place in a container, as kind's Dockerfile does, and
// what nobody reads there. What states the licences stays.
func keepOnNode(name string) bool {
	for _, p := range unwanted {
		if ok, _ := path.Match(p, name); ok {
			return false
		}
	}
	for _, dir := range []string{"dev/", "var/cache/", "var/lib/apt/", "var/log/", "usr/share/locale/", "usr/share/man/", "usr/share/info/", "usr/share/lintian/"} {
		if strings.HasPrefix(name, dir) {
			return false
		}
	}
	return !strings.HasPrefix(name, "usr/share/doc/") || path.Base(name) == "copyright"
}

var unwanted = []string{
	"usr/lib/*/gconv/*", // tables of old character sets
	"usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service",
	"usr/lib/systemd/system/multi-user.target.wants/*",
	"usr/lib/systemd/system/local-fs.target.wants/*",
	"usr/lib/systemd/system/sockets.target.wants/*udev*",
	"usr/lib/systemd/system/sockets.target.wants/*initctl*",
	"usr/lib/systemd/system/basic.target.wants/*",
	"etc/systemd/system/*.wants/*",
}

// programsTree is what runs on the node itself.
func programsTree(ctx context.Context, steps map[string]*step) (*tree, error) {
	t := newTree()
	for name, from := range map[string]string{
		"usr/bin/kube":                          steps["kube"].file("kube"),
		"usr/bin/kubectl":                       steps["kube"].file("kubectl"),
		"usr/local/bin/containerd":              steps["containerd"].file("containerd"),
		"usr/local/bin/containerd-shim-runc-v2": steps["containerd"].file("containerd-shim-runc-v2"),
		"usr/local/bin/ctr":                     steps["containerd"].file("ctr"),
		"usr/local/sbin/runc":                   steps["runc"].file("runc"),
	} {
		if err := t.disk(name, 0o755, from); err != nil {
			return nil, err
		}
	}
	for _, name := range append([]string{"kubelet"}, kubeTools...) {
		t.link("usr/bin/"+name, "kube")
	}
	if err := t.folder("opt/cni/bin", steps["cni"].dir, asOnDisk); err != nil {
		return nil, err
	}
	spec, err := containerSpec(ctx, steps["containerd"].file("ctr"))
	if err != nil {
		return nil, err
	}
	t.data("etc/containerd/cri-base.json", 0o644, spec)
	return t, nil
}

// kubeTools are programs for people, each a link to kube. A shell types kubectl many times more often, so that is
// a program of its own: it starts in half the time.
var kubeTools = []string{"etcdctl", "kubeadm"}

// nodeConfig is what kind's node image says of itself, with our labels.
func nodeConfig(recipe string) v1.Config {
	return v1.Config{
		Env:        []string{searchPath, "container=docker"},
		Entrypoint: []string{"/usr/local/bin/entrypoint", "/sbin/init"},
		StopSignal: "SIGRTMIN+3",
		Labels:     map[string]string{labelRecipe: recipe, labelKubernetes: Kubernetes, labelToolbox: ToolboxRef},
	}
}

// containerSpec is what every container's specification begins with: containerd's own, with kind's hook, and
// without limits of its own, which a container inherits then.
func containerSpec(ctx context.Context, ctr string) ([]byte, error) {
	out, err := command(ctx, filepath.Dir(ctr), nil, ctr, "oci", "spec")
	if err != nil {
		return nil, err
	}
	var spec map[string]any
	if err := json.Unmarshal([]byte(out), &spec); err != nil {
		return nil, fmt.Errorf("read the specification of ctr: %w", err)
	}
	if process, ok := spec["process"].(map[string]any); ok {
		delete(process, "rlimits")
	}
	spec["hooks"] = map[string]any{
		"createContainer": []any{map[string]any{"path": "/kind/bin/mount-product-files.sh"}},
	}
	return json.MarshalIndent(spec, "", "  ")
}
