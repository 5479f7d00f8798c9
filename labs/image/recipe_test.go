package image

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// checkout is what a recipe reads of one, without the programs.
const checkout = `
-- go.mod --
module example.test/course
require sigs.k8s.io/kind v0.33.0
-- labs/nodeimage/go.mod --
module example.test/agents
-- labs/nodeimage/netagent/main.go --
package main
-- labs/nodeimage/netagent/main_test.go --
package main
-- labs/nodeimage/netagent/testdata/x --
x
-- labs/nodeimage/localpath/main.go --
package main
-- labs/nodeimage/manifests/default-cni.yaml --
kind: List
-- labs/nodeimage/kube/go.mod --
module example.test/kube
require k8s.io/kubernetes ` + Kubernetes + `
-- labs/nodeimage/kube/main.go --
package main
-- labs/nodeimage/containerd/go.mod --
module example.test/containerd
-- labs/nodeimage/containerd/go.sum --
-- labs/nodeimage/containerd/preload/main.go --
package main
-- labs/nodeimage/runc/go.mod --
module example.test/runc
-- labs/nodeimage/cni/go.mod --
module example.test/cni
-- labs/nodeimage/coredns/go.mod --
module example.test/coredns
-- labs/nodeimage/metrics/go.mod --
module example.test/metrics
require sigs.k8s.io/metrics-server v0.9.0
-- labs/toolbox/main.go --
package main
`

// layDown writes the checkout and returns its folder.
func layDown(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(checkout)).Files {
		write(t, filepath.Join(dir, filepath.FromSlash(f.Name)), string(f.Data))
	}
	return dir
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func readRecipe(t *testing.T, source string) *recipe {
	t.Helper()
	r, err := newRecipe(context.Background(), source, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSameCheckoutSameRecipe(t *testing.T) {
	one, other := readRecipe(t, layDown(t)), readRecipe(t, layDown(t))
	if one.digest != other.digest || one.ref() != "slipway/node:"+Kubernetes+"-"+one.digest[:12] {
		t.Errorf("recipes %s and %s, image %s", one.digest, other.digest, one.ref())
	}
}

// A change makes anew what depends on it and nothing else.
func TestChangeReachesWhatDependsOnIt(t *testing.T) {
	for _, test := range []struct {
		name, file, content string
		reaches             string
	}{
		{"toolbox", "labs/toolbox/main.go", "package main // changed", "images layer-toolbox preload toolbox toolbox-archive"},
		{"a new file of the toolbox", "labs/toolbox/more.go", "package main", "images layer-toolbox preload toolbox toolbox-archive"},
		{"agent", "labs/nodeimage/netagent/main.go", "package main // changed", "agents images layer-agents preload"},
		{"test of an agent", "labs/nodeimage/netagent/main_test.go", "package main // changed", ""},
		{"data of such a test", "labs/nodeimage/netagent/testdata/x", "y", ""},
		// The agents have a package of manifests, so their program changes too.
		{"manifest", "labs/nodeimage/manifests/default-cni.yaml", "kind: Other", "agents images layer-agents preload"},
		{"checksums of containerd", "labs/nodeimage/containerd/go.sum", "x v1 h1:=\n", "containerd images preload programs"},
		{"kube", "labs/nodeimage/kube/main.go", "package main // changed", "images kube layer-kube preload programs"},
		{"version of kind", "go.mod", "module example.test/course\nrequire sigs.k8s.io/kind v0.34.0\n", "system"},
		{"version of metrics-server", "labs/nodeimage/metrics/go.mod", "module example.test/metrics\nrequire sigs.k8s.io/metrics-server v0.9.1\n", "images layer-metrics-server metrics-server preload"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := layDown(t)
			before := readRecipe(t, dir)
			write(t, filepath.Join(dir, filepath.FromSlash(test.file)), test.content)
			after := readRecipe(t, dir)
			var reached []string
			for _, name := range slices.Sorted(maps.Keys(after.steps)) {
				if before.steps[name].key != after.steps[name].key {
					reached = append(reached, name)
				}
			}
			if got := strings.Join(reached, " "); got != test.reaches {
				t.Errorf("reaches %q, want %q", got, test.reaches)
			}
			if changed := before.digest != after.digest; changed != (test.reaches != "") {
				t.Errorf("the image changes: %v", changed)
			}
		})
	}
}

func TestRecipeNeedsOneVersionOfKubernetes(t *testing.T) {
	dir := layDown(t)
	write(t, filepath.Join(dir, "labs/nodeimage/kube/go.mod"), "module example.test/kube\nrequire k8s.io/kubernetes v1.35.0\n")
	_, err := newRecipe(context.Background(), dir, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "has Kubernetes v1.35.0, this program builds "+Kubernetes) {
		t.Errorf("newRecipe = %v", err)
	}
}

func TestInputsDoNotRunTogether(t *testing.T) {
	sum := func(k *key) string {
		s, err := k.sum()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	keys := map[string]bool{
		sum(newKey("x").add("args", "ab", "c")):         true,
		sum(newKey("x").add("args", "a", "bc")):         true,
		sum(newKey("x").add("args", "abc")):             true,
		sum(newKey("x").add("args").add("abc")):         true,
		sum(newKey("x").add("args", "a").add("b", "c")): true,
	}
	if len(keys) != 5 {
		t.Errorf("%d keys of 5 lists of inputs", len(keys))
	}
}
