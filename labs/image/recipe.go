package image

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// Kubernetes is the version of all clusters, stamped into the programs.
const Kubernetes = "v1.36.3"

// repository is the name of node images.
const repository = "slipway/node"

// A recipe is the steps that make a node image. Its digest is one of everything that goes in: sources and
// checksums of modules, versions, the Go release, the list of packages and the architecture.
type recipe struct {
	digest  string
	golang  toolchain
	steps   map[string]*step
	ordered []*step // each after those it needs; without the toolbox archive, which is not part of the image
}

// ref is the image's name.
func (r *recipe) ref() string { return repository + ":" + Kubernetes + "-" + r.digest[:12] }

// The layers of a node image, from below: what changes least comes first.
var nodeLayers = []string{"system", "programs", "images"}

// newRecipe reads a checkout. cache is the folder that steps keep what they make in.
func newRecipe(ctx context.Context, source, cache string) (*recipe, error) {
	golang, err := findToolchain(ctx, source)
	if err != nil {
		return nil, fmt.Errorf("read node image recipe: %w", err)
	}
	r := &recipe{golang: golang, steps: map[string]*step{}}
	versions, err := readVersions(source)
	if err != nil {
		return nil, fmt.Errorf("read node image recipe: %w", err)
	}
	if err := errors.Join(r.addSources(source), r.addLayers(source, versions)); err != nil {
		return nil, fmt.Errorf("read node image recipe: %w", err)
	}
	k := newKey("node").add("kubernetes", Kubernetes).add("assembly", assembly())
	for _, name := range nodeLayers {
		k.steps(r.steps[name])
	}
	if r.digest, err = k.sum(); err != nil {
		return nil, fmt.Errorf("read node image recipe: %w", err)
	}
	for _, s := range r.steps {
		s.dir = filepath.Join(cache, s.name+"-"+s.key[:12])
	}
	return r, nil
}

func (r *recipe) add(s *step, err error) error {
	if err != nil {
		return err
	}
	r.steps[s.name] = s
	if s.name != "toolbox-archive" {
		r.ordered = append(r.ordered, s)
	}
	return nil
}

// addSources adds the steps that need no other one.
func (r *recipe) addSources(source string) error {
	var errs []error
	for _, p := range programs() {
		errs = append(errs, r.add(p.step(source, r.golang)))
		if p.name == "kube" { // waits for the network while the longest build keeps the processor busy
			errs = append(errs, r.add(debianStep(r.golang)))
		}
	}
	return errors.Join(append(errs,
		r.add(pauseStep(source, r.golang)),
		r.add(toolboxStep(source, r.golang)),
	)...)
}

// addLayers adds the steps that turn programs into the layers of images.
func (r *recipe) addLayers(source string, v versions) error {
	var errs []error
	for _, l := range containerLayers(r.steps) {
		tree := func(context.Context) (*tree, error) { return l.tree() }
		errs = append(errs, r.add(r.layerStep(l.name, true, newKey(l.name), l.needs, tree)))
	}
	errs = append(errs, r.add(preloadStep(r.steps, v.metricsServer, r.golang.arch)))
	manifests := os.DirFS(filepath.Join(source, filepath.FromSlash(manifestsDir)))
	return errors.Join(append(errs,
		r.add(r.layerStep("system", false, newKey("system").add("kind", v.kind).sources(nodeFiles), []string{"debian"},
			func(ctx context.Context) (*tree, error) {
				dir, err := r.golang.module(ctx, source, kindModule)
				if err != nil {
					return nil, err
				}
				return systemTree(r.steps["debian"].file(rootTar), filepath.Join(dir, filepath.FromSlash(kindFiles)))
			})),
		r.add(r.layerStep("programs", false, newKey("programs"), []string{"kube", "containerd", "runc", "cni"},
			func(ctx context.Context) (*tree, error) { return programsTree(ctx, r.steps) })),
		r.add(r.layerStep("images", false, newKey("images").sources(manifests), []string{"preload"},
			func(context.Context) (*tree, error) { return imagesTree(r.steps["preload"].dir, manifests) })),
		r.add(toolboxArchiveStep(r.steps["toolbox"], r.golang)),
	)...)
}

// layerStep makes a layer of what other steps have made.
func (r *recipe) layerStep(name string, compress bool, k *key, needs []string, tree func(context.Context) (*tree, error)) (*step, error) {
	var steps []*step
	for _, need := range needs {
		steps = append(steps, r.steps[need])
	}
	sum, err := k.add("assembly", assembly()).steps(steps...).sum()
	return &step{name: name, key: sum, needs: steps, make: func(ctx context.Context, out string) error {
		t, err := tree(ctx)
		if err != nil {
			return err
		}
		return writeLayer(out, t, compress)
	}}, err
}

// sourceFiles are those of this package that decide what is in an image.
//
//go:embed containers.go debian.go layer.go node.go preload.go programs.go recipe.go toolbox.go tree.go
var sourceFiles embed.FS

// assembly is their digest: a change of how images are put together changes the images.
func assembly() string {
	sum, err := newKey("assembly").sources(sourceFiles).sum()
	if err != nil {
		panic(err) // the files are part of the program
	}
	return sum
}

// Parts of the checkout.
const (
	manifestsDir  = "labs/nodeimage/manifests"
	kubeModule    = "labs/nodeimage/kube"
	metricsModule = "labs/nodeimage/metrics"
	kindModule    = "sigs.k8s.io/kind"
)

// versions are those of modules that the recipe uses without building them from source here.
type versions struct {
	kind          string
	metricsServer string
}

func readVersions(source string) (versions, error) {
	var v versions
	kube, err := requirement(source, kubeModule, "k8s.io/kubernetes")
	if err != nil {
		return v, err
	}
	if kube != Kubernetes {
		return v, fmt.Errorf("%s/go.mod has Kubernetes %s, this program builds %s", kubeModule, kube, Kubernetes)
	}
	v.metricsServer, err = requirement(source, metricsModule, "sigs.k8s.io/metrics-server")
	if err != nil {
		return v, err
	}
	v.kind, err = requirement(source, ".", kindModule)
	return v, err
}

// requirement is the version of a module in the build list of another.
func requirement(source, dir, module string) (string, error) {
	name := filepath.Join(source, filepath.FromSlash(dir), "go.mod")
	data, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	file, err := modfile.ParseLax(name, data, nil)
	if err != nil {
		return "", err
	}
	for _, r := range file.Require {
		if r.Mod.Path == module {
			return r.Mod.Version, nil
		}
	}
	return "", fmt.Errorf("%s does not require %s", name, module)
}
