package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/slipway-workshop/slipway/exercises/gotool"
)

// graderRepository is the name of images that grade a class. The tag is the digest of what is in it.
const graderRepository = "slipway/grader"

// Places in a grader image.
const (
	graderGo    = "usr/local/go"
	graderCache = "var/cache/slipway" // of slipway, with the build cache in it
	graderBin   = "usr/local/bin/slipway"
	graderClass = "class"
)

// graderPackages are what package isolation runs, and what learners' scripts run beside the go command and the programs
// that every Debian has.
var graderPackages = []string{"bubblewrap", "ca-certificates", "curl", "git", "jq", "make", "openssl", "unzip", "zip"}

// graderConfig is how a worker runs. What a check sees of the environment, it makes itself.
func graderConfig() v1.Config {
	return v1.Config{
		Entrypoint: []string{"/" + graderBin}, WorkingDir: "/",
		Env: []string{"PATH=/" + graderGo + "/bin:" + strings.TrimPrefix(searchPath, "PATH="), "HOME=/root", "SLIPWAY_CACHE=/" + graderCache, "GOTOOLCHAIN=local"},
	}
}

// Grader writes a docker-archive file with the image that grades a class, and returns the image's name. From below it
// has Debian, the Go distribution in use, a warm build cache, the program, and in the last layer the files of the
// folder class. All but the last are made once and the same for every class, so that a node that has graded before takes in
// the last one only. program is a slipway for Linux that needs no libraries: see GraderProgram.
func (s *Store) Grader(ctx context.Context, program, class, file string) (ref string, err error) {
	ref, err = s.grader(ctx, program, class, file)
	if err != nil {
		return "", fmt.Errorf("build grader image: %w", err)
	}
	return ref, nil
}

func (s *Store) grader(ctx context.Context, program, class, file string) (string, error) {
	if err := canGrade(); err != nil {
		return "", err
	}
	golang, err := findToolchain(ctx, os.TempDir())
	if err != nil {
		return "", err
	}
	steps, err := graderSteps(ctx, golang, program)
	if err != nil {
		return "", err
	}
	for _, one := range steps {
		one.dir = filepath.Join(s.Cache, "image", one.name+"-"+one.key[:12])
	}
	if err := (&plan{steps: steps, jobs: buildJobs, report: s.report}).run(ctx); err != nil {
		return "", err
	}
	top, err := os.MkdirTemp(filepath.Dir(file), ".slipway-class-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(top)
	t := newTree()
	t.dir(graderClass, 0o700)
	if err := errors.Join(t.folder(graderClass, class, onlyRoot), writeLayer(top, t, true)); err != nil {
		return "", err
	}
	var dirs []string
	for _, one := range steps {
		if strings.HasPrefix(one.name, "grader-layer-") {
			dirs = append(dirs, one.dir)
		}
	}
	return writeGrader(file, golang.arch, append(dirs, top))
}

// onlyRoot keeps files from users that the programs of learners run as.
func onlyRoot(_ string, info fs.FileInfo) int64 {
	if info.IsDir() {
		return 0o700
	}
	return 0o600
}

// writeGrader writes the image whose layers are in folders, from below.
func writeGrader(file, arch string, dirs []string) (string, error) {
	var layers []*layer
	var list []v1.Layer
	for _, dir := range dirs {
		l, err := readLayer(dir)
		if err != nil {
			return "", err
		}
		layers, list = append(layers, l), append(list, l)
	}
	img, err := newImage(graderConfig(), arch, list...)
	if err != nil {
		return "", err
	}
	config, err := img.RawConfigFile()
	if err != nil {
		return "", err
	}
	sum, _, err := v1.SHA256(bytes.NewReader(config))
	if err != nil {
		return "", err
	}
	ref := graderRepository + ":" + sum.Hex
	f, err := os.Create(file)
	if err != nil {
		return "", err
	}
	return ref, errors.Join(writeArchive(f, ref, config, layers), f.Close())
}

func canGrade() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("only Linux can, and this is %s: grade there, or with --engine local", runtime.GOOS)
	}
	var missing []string
	for _, need := range buildNeeds[:2] { // of Debian's root file system
		if _, err := os.Stat(need.file); err != nil {
			missing = append(missing, need.packages)
		}
	}
	if missing != nil {
		return fmt.Errorf("programs are missing: type apt-get install %s", strings.Join(missing, " "))
	}
	return nil
}

// graderSteps are the steps of all layers but the class's, in the order of the layers.
func graderSteps(ctx context.Context, golang toolchain, program string) ([]*step, error) {
	root, err := golang.run(ctx, os.TempDir(), nil, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	tool := gotool.Tool{Root: strings.TrimSpace(root), Version: strings.Fields(golang.version)[0]}
	system, err := graderDebian(golang)
	if err != nil {
		return nil, err
	}
	sum, _, err := fileSum(program)
	if err != nil {
		return nil, err
	}
	release := newKey("grader-layer-go").add("go", golang.version, golang.arch, tool.Root)
	cache, err := graderCacheStep(golang, tool)
	if err != nil {
		return nil, err
	}
	return graderLayers([]*step{system, cache}, []graderLayer{
		{"grader-layer-system", newKey("grader-layer-system").steps(system), []*step{system}, func(context.Context) (*tree, error) {
			t := newTree()
			t.base, t.keep = system.file(rootTar), keepInGrader
			return t, nil
		}},
		{"grader-layer-go", release, nil, func(context.Context) (*tree, error) { return goTree(tool.Root) }},
		{"grader-layer-cache", newKey("grader-layer-cache").steps(cache), []*step{cache}, func(context.Context) (*tree, error) {
			t := newTree()
			return t, t.folder(path.Join(graderCache, "build-"+tool.Version), cache.dir, forAll)
		}},
		{"grader-layer-slipway", newKey("grader-layer-slipway").add("program", sum), nil, func(context.Context) (*tree, error) {
			t := newTree()
			return t, t.disk(graderBin, 0o755, program)
		}},
	})
}

// A graderLayer is a layer of the image.
type graderLayer struct {
	name  string
	key   *key
	needs []*step
	tree  func(context.Context) (*tree, error)
}

func graderLayers(steps []*step, layers []graderLayer) ([]*step, error) {
	for _, l := range layers {
		sum, err := l.key.add("form", "1").sum() // of graders' layers: a change of how they are made changes it
		if err != nil {
			return nil, err
		}
		steps = append(steps, &step{name: l.name, key: sum, needs: l.needs, make: func(ctx context.Context, out string) error {
			t, err := l.tree(ctx)
			if err != nil {
				return err
			}
			return writeLayer(out, t, true)
		}})
	}
	return steps, nil
}

func graderDebian(golang toolchain) (*step, error) {
	args := []string{
		"--variant=minbase", "--quiet", "--hook-dir=" + mergedUsr, "--architectures=" + golang.arch,
		"--include=" + strings.Join(append([]string{"usr-is-merged"}, graderPackages...), ","),
		"--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=path-exclude=/usr/share/doc/*",
		suite,
	}
	sum, err := newKey("grader-debian").add("args", args...).sum()
	return &step{name: "grader-debian", key: sum, make: func(ctx context.Context, out string) error {
		env := []string{fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch.Unix())}
		_, err := command(ctx, out, env, "mmdebstrap", append(args, filepath.Join(out, rootTar))...)
		return err
	}}, err
}

// keepInGrader leaves out what only the installation of packages needs.
func keepInGrader(name string) bool {
	for _, dir := range []string{"var/cache/apt", "var/lib/apt/lists", "var/log", "dev"} {
		if strings.HasPrefix(name, dir+"/") {
			return false
		}
	}
	return true
}

// goTree is the Go distribution without its own tests.
func goTree(root string) (*tree, error) {
	t := newTree()
	if err := t.folder(graderGo, root, asOnDisk); err != nil {
		return nil, err
	}
	for name := range t.files {
		inside := strings.TrimPrefix(name, graderGo+"/")
		top, _, _ := strings.Cut(inside, "/")
		if top == "test" || top == "api" || top == "doc" || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/") || path.Base(name) == "testdata" {
			delete(t.files, name)
		}
	}
	return t, nil
}

// graderCacheStep fills a build cache as slipway does before the first check.
func graderCacheStep(golang toolchain, tool gotool.Tool) (*step, error) {
	sum, err := newKey("grader-cache").add("go", golang.version, golang.arch).add("warming", gotool.Warming()...).sum()
	return &step{name: "grader-cache", key: sum, make: func(ctx context.Context, out string) error {
		tool.Cache = out
		return tool.Warm(ctx, func() {})
	}}, err
}

// forAll lets everybody read a file.
func forAll(_ string, info fs.FileInfo) int64 {
	if info.IsDir() {
		return 0o755
	}
	return 0o644
}
