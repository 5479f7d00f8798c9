package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Tools returns a folder with the kubectl of an image, so that clusters are spoken to by their own version.
// An image of ours has kubeadm and etcdctl in it too. On systems that cannot run the node's programs it is
// the folder of the kubectl on PATH.
func (s *Store) Tools(ctx context.Context, ref string) (string, error) {
	info, err := s.Inspect(ctx, ref)
	if err != nil {
		return "", fmt.Errorf("find kubectl: %w", err)
	}
	if runtime.GOOS != "linux" || info.Arch != runtime.GOARCH {
		return kubectlOnPath()
	}
	id := strings.TrimPrefix(info.ID, "sha256:")
	tools := &step{
		name: "tools", dir: filepath.Join(s.Cache, "image", "tools-"+id[:12]),
		make: func(ctx context.Context, out string) error { return s.extract(ctx, info, out) },
	}
	if tools.done() {
		return tools.dir, nil
	}
	if err := tools.run(ctx); err != nil {
		return "", fmt.Errorf("take kubectl out of image %s: %w", ref, err)
	}
	return tools.dir, nil
}

func kubectlOnPath() (string, error) {
	path, err := exec.LookPath("kubectl")
	if err != nil {
		return "", errors.New("find kubectl: it is not on PATH: install it, version " + Kubernetes[:len("v1.36")] + ", from https://kubernetes.io/docs/tasks/tools/")
	}
	return filepath.Dir(path), nil
}

// extract copies the programs out of a container that is made for that and never runs.
func (s *Store) extract(ctx context.Context, info Info, out string) error {
	id, err := s.engine(ctx, nil, "create", info.Ref)
	if err != nil {
		return err
	}
	id = strings.TrimSpace(id)
	defer func() { _, _ = s.engine(context.WithoutCancel(ctx), nil, "rm", "--volumes", id) }()
	if _, err := s.engine(ctx, nil, "cp", id+":/usr/bin/kubectl", filepath.Join(out, "kubectl")); err != nil || info.Recipe == "" {
		return err
	}
	if _, err := s.engine(ctx, nil, "cp", id+":/usr/bin/kube", filepath.Join(out, "kube")); err != nil {
		return err
	}
	for _, name := range kubeTools {
		if err := os.Symlink("kube", filepath.Join(out, name)); err != nil {
			return err
		}
	}
	return nil
}
