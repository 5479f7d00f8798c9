package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// makeLayer makes a layer with one file in a folder of its own.
func makeLayer(t *testing.T, content string, compress bool) *step {
	t.Helper()
	dir, tree := t.TempDir(), newTree()
	tree.data("file", 0o644, []byte(content))
	if err := writeLayer(dir, tree, compress); err != nil {
		t.Fatal(err)
	}
	return &step{dir: dir}
}

// The images of a node share the layers that they have in common, and are what their digests say.
func TestLayout(t *testing.T) {
	steps := map[string]*step{"kube": makeLayer(t, "kube", true), "net": makeLayer(t, "net", true)}
	list := []container{
		{names: []string{"x/apiserver:v1"}, layers: []string{"kube"}},
		{names: []string{"x/proxy:v1", "x/proxy:v2"}, layers: []string{"net", "kube"}, config: v1.Config{Entrypoint: []string{"/proxy"}}},
	}
	dir := t.TempDir()
	if err := writeLayout(dir, list, steps, "arm64"); err != nil {
		t.Fatal(err)
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index, validate.Fast); err != nil { // it cannot read layers compressed by zstd
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range manifest.Manifests {
		names = append(names, m.Annotations[nameAnnotation])
	}
	if got := strings.Join(names, " "); got != "x/apiserver:v1 x/proxy:v1 x/proxy:v2" {
		t.Errorf("names %q", got)
	}
	blobs, err := os.ReadDir(filepath.Join(dir, "blobs", "sha256"))
	if err != nil {
		t.Fatal(err)
	}
	if len(blobs) != 6 { // two layers, two configurations, two manifests
		t.Errorf("%d blobs, want 6", len(blobs))
	}
	img, err := index.Image(manifest.Manifests[1].Digest)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil || config.Architecture != "arm64" || config.Config.Entrypoint[0] != "/proxy" || config.Config.Env[0] != searchPath {
		t.Errorf("configuration %+v, %v", config, err)
	}
}

// nodeArchive is a small node image as a docker-archive.
func nodeArchive(t *testing.T, recipe string) []byte {
	t.Helper()
	l, err := readLayer(makeLayer(t, "node", false).dir)
	if err != nil {
		t.Fatal(err)
	}
	img, err := newImage(nodeConfig(recipe), "amd64", l)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := writeArchive(&buf, testRef, config, []*layer{l}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

const testRef = "slipway/node:test-of-labs-image"

func TestArchiveOfNode(t *testing.T) {
	file := filepath.Join(t.TempDir(), "node.tar")
	write(t, file, string(nodeArchive(t, "0123")))
	tag, err := name.NewTag(testRef)
	if err != nil {
		t.Fatal(err)
	}
	img, err := tarball.ImageFromPath(file, &tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(img); err != nil {
		t.Error(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if c := config.Config; c.StopSignal != "SIGRTMIN+3" || c.Labels["slipway.recipe"] != "0123" || c.Labels["slipway.kubernetes"] != Kubernetes || c.Labels["slipway.toolbox"] != ToolboxRef {
		t.Errorf("configuration %+v", c)
	}
}

func TestSameInputsSameBytes(t *testing.T) {
	if !bytes.Equal(nodeArchive(t, "0123"), nodeArchive(t, "0123")) {
		t.Error("two archives of the same image differ")
	}
}

// What kubeadm wants and nobody makes is found when the image is built, not when a cluster waits for it.
func TestUnknownImageOfKubeadm(t *testing.T) {
	if _, err := containers([]string{"registry.k8s.io/kube-new:v1"}, "v0.9.0"); err == nil || !strings.Contains(err.Error(), "kube-new") {
		t.Errorf("containers = %v", err)
	}
}

func TestToolboxArchive(t *testing.T) {
	toolbox := &step{name: "toolbox", key: "k", dir: t.TempDir()}
	write(t, toolbox.file(toolboxProgram), "program")
	write(t, toolbox.file(toolboxLinks), "serve\nclient\n")
	s, err := toolboxArchiveStep(toolbox, toolchain{arch: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	s.dir = filepath.Join(t.TempDir(), "out")
	if err := s.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	img, err := tarball.ImageFromPath(s.file(toolboxArchive), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(img); err != nil {
		t.Error(err)
	}
	tree, err := toolboxTree(toolbox)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(listTar(t, tree), "\n")
	for _, want := range []string{"bin/client -> toolbox", "bin/serve -> toolbox", "-rwxr-xr-x bin/toolbox = program"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// readArchive returns the members of a tar file as writeTar wants them.
func readArchive(t *testing.T, data []byte) []string {
	t.Helper()
	var list []string
	for in := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, h.Name+"="+string(content))
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
