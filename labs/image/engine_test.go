//go:build unix

package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakeEngine is a container engine with the images that were put into a folder beside it: inspect says what
// is in the file of an image's name, and ls what is in the file ls. Each file of a container is an empty script.
const fakeEngine = `#!/bin/sh
file() { echo "$0.images/$(echo "$1" | tr / _)"; }
echo "$@" >>"$0.calls"
case "$1 $2" in
"image inspect") cat "$(file "$3")" ;;
"image ls") cat "$0.images/ls" ;;
create*) echo 1234 ;;
cp*) echo "#!/bin/sh" >"$3" ;;
rm*) ;;
*) exit 1 ;;
esac
`

type engine struct {
	t    *testing.T
	path string
}

func newEngine(t *testing.T) engine {
	t.Helper()
	e := engine{t, filepath.Join(t.TempDir(), "engine")}
	write(t, e.path, fakeEngine)
	write(t, e.path+".images/ls", "")
	if err := os.Chmod(e.path, 0o755); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e engine) image(ref, recipe string) {
	e.t.Helper()
	labels := map[string]string{}
	if recipe != "" {
		labels = map[string]string{labelRecipe: recipe, labelKubernetes: Kubernetes, labelToolbox: ToolboxRef}
	}
	data, err := json.Marshal([]any{map[string]any{
		"Id": "sha256:0123456789abcdef", "Size": 5, "Architecture": runtime.GOARCH, "Config": map[string]any{"Labels": labels},
	}})
	if err != nil {
		e.t.Fatal(err)
	}
	write(e.t, e.path+".images/"+strings.ReplaceAll(ref, "/", "_"), string(data))
	write(e.t, e.path+".images/ls", readFile(e.t, e.path+".images/ls")+ref+"\n")
}

func TestChoose(t *testing.T) {
	const old = "slipway/node:" + Kubernetes + "-000000000000"
	source := layDown(t)
	built := readRecipe(t, source)
	for _, test := range []struct {
		name   string
		env    string
		source string
		adapts bool
		images map[string]string // ref: recipe
		want   Choice
	}{
		{"the one that is named", "my/node:v1", source, true, map[string]string{"my/node:v1": "", built.ref(): built.digest}, Choice{Ref: "my/node:v1", Kind: Named}},
		{"the one that is built", "", source, true, map[string]string{old: "0000", built.ref(): built.digest}, Choice{Ref: built.ref(), Kind: Built}},
		{"another state of the course", "", source, true, map[string]string{old: "0000"}, Choice{Ref: old, Kind: Imported}},
		{"outside a checkout", "", "", true, map[string]string{old: "0000"}, Choice{Ref: old, Kind: Imported}},
		{"another Kubernetes does not count", "", source, false, map[string]string{"slipway/node:v1.35.0-000000000000": "0000", publishedRef: ""}, Choice{Ref: publishedRef, Kind: Published}},
		{"our own before the published one", "", source, false, map[string]string{old: "0000", publishedRef: ""}, Choice{Ref: old, Kind: Imported}},
		{"a machine that needs ours", "", source, true, map[string]string{publishedRef: ""}, Choice{}},
		{"nothing", "", source, false, nil, Choice{}},
		{"a name of nothing", "my/node:v1", source, false, map[string]string{built.ref(): built.digest}, Choice{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(imageEnv, test.env)
			t.Setenv("CI", "true") // nothing is pulled
			e := newEngine(t)
			for ref, recipe := range test.images {
				e.image(ref, recipe)
			}
			s := &Store{Engine: e.path, Source: test.source, Cache: t.TempDir(), Adapts: func(context.Context) bool { return test.adapts }}
			got, err := s.Choose(context.Background())
			if got.Ref != test.want.Ref || got.Kind != test.want.Kind || (err != nil) != (test.want.Ref == "") {
				t.Errorf("Choose = %+v, %v; want %+v", got, err, test.want)
			}
			if test.env == "" && err != nil && !strings.Contains(err.Error(), "slipway image build") {
				t.Errorf("the error does not say how to get one: %v", err)
			}
		})
	}
}

// Of several images from elsewhere, the one that came last is used as long as the engine has it.
func TestLastImageIsChosen(t *testing.T) {
	t.Setenv(imageEnv, "")
	e := newEngine(t)
	s := &Store{Engine: e.path, Cache: t.TempDir()}
	for _, n := range []string{"1", "2", "3"} {
		e.image("slipway/node:"+Kubernetes+"-"+n, n)
	}
	for _, test := range []struct{ last, want string }{{"", "3"}, {"1", "1"}, {"2", "2"}, {"4", "3"}} {
		if err := s.remember("slipway/node:" + Kubernetes + "-" + test.last); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Choose(context.Background()); err != nil || got.Ref != "slipway/node:"+Kubernetes+"-"+test.want {
			t.Errorf("after %q: Choose = %+v, %v; want %s", test.last, got, err, test.want)
		}
	}
}

// podmanInspects is what podman 4.3.1 says of an image that was imported, without what nobody reads.
const podmanInspects = `[{
	"Id": "d91e274013625edc3b9d187367e3ea2b50bfb0fdf988251c44dc92d3121f2f3d",
	"RepoTags": ["localhost/slipway/node:v1.36.3-509f33406c89"],
	"Config": {"Labels": {"slipway.kubernetes": "v1.36.3", "slipway.recipe": "509f33406c8960f4d8a3fa3e334b3fb5a7427cceba543a9fd111e6e913cc8392", "slipway.toolbox": "slipway/toolbox:v1"}},
	"Architecture": "amd64",
	"Size": 467525499
}]`

// Podman lists an image of ours with the name of a registry before it. kind finds it by that name alone: it
// puts docker.io before one without.
func TestChooseWithPodman(t *testing.T) {
	const plain = "slipway/node:v1.36.3-509f33406c89"
	for _, test := range []struct {
		env, last string
		want      Kind
	}{{env: plain, want: Named}, {last: plain, want: Imported}} {
		t.Setenv(imageEnv, test.env)
		e := newEngine(t)
		s := &Store{Engine: e.path, Cache: t.TempDir()}
		write(t, e.path+".images/slipway_node:v1.36.3-509f33406c89", podmanInspects)
		write(t, e.path+".images/ls", "localhost/"+plain+"\nlocalhost/slipway/node:v1.36.3-e9df3ddfdd95\n")
		if err := s.remember(test.last); err != nil {
			t.Fatal(err)
		}
		got, err := s.Choose(context.Background())
		if err != nil || got.Ref != "localhost/"+plain || got.Kind != test.want {
			t.Errorf("Choose = %+v, %v; want localhost/%s, %s", got, err, plain, test.want)
		}
	}
}

func TestNothingIsBuiltTwice(t *testing.T) {
	e, source := newEngine(t), layDown(t)
	r := readRecipe(t, source)
	e.image(r.ref(), r.digest)
	s := &Store{Engine: e.path, Source: source, Cache: t.TempDir(), Report: func(e Event) { t.Errorf("a step is taken: %+v", e) }}
	info, err := s.Build(context.Background())
	if err != nil || info.Ref != r.ref() || info.Kubernetes != Kubernetes || info.Toolbox != ToolboxRef {
		t.Errorf("Build = %+v, %v", info, err)
	}
}

func TestBuildOutsideACheckout(t *testing.T) {
	_, err := (&Store{Engine: newEngine(t).path}).Build(context.Background())
	if !errors.Is(err, ErrNoSource) || !strings.Contains(err.Error(), "slipway image import") {
		t.Errorf("Build = %v", err)
	}
}

func TestTools(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux runs the programs of a node")
	}
	e := newEngine(t)
	e.image("slipway/node:x", "0123")
	s := &Store{Engine: e.path, Cache: t.TempDir()}
	var dirs []string
	for range 2 {
		dir, err := s.Tools(context.Background(), "slipway/node:x")
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	for _, name := range []string{"kubectl", "kubeadm", "etcdctl"} {
		if readFile(t, filepath.Join(dirs[0], name)) != "#!/bin/sh\n" {
			t.Errorf("%s is not what the image has", name)
		}
	}
	if calls := readFile(t, e.path+".calls"); dirs[0] != dirs[1] || strings.Count(calls, "create slipway/node:x") != 1 || strings.Count(calls, "rm --volumes 1234") != 1 {
		t.Errorf("%v; calls:\n%s", dirs, calls)
	}
}

// What an image is exported to is what is imported, with the engine of this machine.
func TestExportAndImport(t *testing.T) {
	docker, err := exec.LookPath("docker")
	if err == nil {
		err = exec.Command(docker, "info").Run()
	}
	if err != nil {
		t.Skipf("no container engine runs here (slipway doctor --fix): %v", err)
	}
	s := &Store{Engine: docker, Cache: t.TempDir()}
	ctx := context.Background()
	remove := func() { _, _ = s.engine(ctx, nil, "image", "rm", testRef) }
	t.Cleanup(remove)
	if _, err := s.engine(ctx, bytes.NewReader(nodeArchive(t, "0123")), "load"); err != nil {
		t.Fatal(err)
	}
	before, err := s.Inspect(ctx, testRef)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "node.tar.xz")
	if err := s.Export(ctx, testRef, file); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("export leaves %v, %v", left, err)
	}
	remove()
	after, err := s.Import(ctx, file)
	if err != nil || after != before || after.Recipe != "0123" {
		t.Errorf("imported %+v, %v; exported %+v", after, err, before)
	}
}
