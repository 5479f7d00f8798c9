package image

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A Store is where node images are made and kept.
type Store struct {
	Engine string // the container engine's program, such as /usr/bin/docker
	Source string // folder of the checkout; empty outside one, where nothing can be built
	Cache  string // folder for what can be made again

	// Adapts says whether the engine's machine needs what only our image does: it has cgroup v1, or withholds
	// capabilities. It is asked only when there is no image of ours; nil stands for a machine that needs nothing.
	Adapts func(context.Context) bool

	Report func(Event) // is told how a build goes on; may be nil
}

func (s *Store) report(e Event) {
	if s.Report != nil {
		s.Report(e)
	}
}

// Labels of a node image.
const (
	labelRecipe     = "slipway.recipe"
	labelKubernetes = "slipway.kubernetes"
	labelToolbox    = "slipway.toolbox"
)

// An Info is what is known of an image in the engine.
type Info struct {
	Ref        string
	ID         string
	Size       int64 // bytes
	Recipe     string
	Kubernetes string
	Toolbox    string
	Arch       string
}

// ErrNoSource is the error of what needs a checkout.
var ErrNoSource = errors.New("this folder is not in a checkout of the course, which holds what a node image is built from: go to one, or type slipway image import FILE")

func (s *Store) recipe(ctx context.Context) (*recipe, error) {
	if s.Source == "" {
		return nil, ErrNoSource
	}
	return newRecipe(ctx, s.Source, filepath.Join(s.Cache, "image"))
}

// Build makes the image of the checkout, unless the engine has it, and returns it.
func (s *Store) Build(ctx context.Context) (Info, error) {
	r, err := s.recipe(ctx)
	if err != nil {
		return Info{}, err
	}
	if info, err := s.Inspect(ctx, r.ref()); err == nil && info.Recipe == r.digest {
		return info, nil
	}
	if err := canBuild(); err != nil {
		return Info{}, fmt.Errorf("build node image: %w", err)
	}
	load := &step{name: "load", needs: r.ordered, make: func(ctx context.Context, _ string) error { return s.load(ctx, r) }}
	p := plan{steps: append(r.ordered, load), jobs: buildJobs, report: s.report}
	if err := p.run(ctx); err != nil {
		return Info{}, err
	}
	prune(filepath.Join(s.Cache, "image"))
	info, err := s.Inspect(ctx, r.ref())
	return info, errors.Join(err, s.remember(r.ref()))
}

// buildJobs is how many steps go on at a time. The go command keeps all processors busy but for the time that
// it links a program, and Debian's packages wait for the network.
const buildJobs = 2

// Files of the machine that a build cannot do without, and the packages of Debian that bring them.
var buildNeeds = []struct{ file, packages string }{
	{"/usr/bin/mmdebstrap", "mmdebstrap"},
	{"/usr/share/keyrings/debian-archive-keyring.gpg", "debian-archive-keyring"},
	{"/usr/bin/gcc", "gcc libc6-dev"},
	{"/usr/bin/pkg-config", "pkg-config"},
	{"/usr/include/seccomp.h", "libseccomp-dev"},
}

func canBuild() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("only Linux can, and this is %s: build it there, type slipway image export FILE, and here slipway image import FILE", runtime.GOOS)
	}
	var missing []string
	for _, need := range buildNeeds {
		if _, err := os.Stat(need.file); err != nil {
			missing = append(missing, need.packages)
		}
	}
	if missing != nil {
		return fmt.Errorf("programs are missing: type apt-get install %s, or slipway image import FILE with a file that another machine has exported", strings.Join(missing, " "))
	}
	return nil
}

// unused is how long a folder of the cache stays that no build uses: what another branch of the course is
// built from may be wanted again.
const unused = 48 * time.Hour

// prune removes what steps of other recipes have made, and what interrupted processes have left.
func prune(cache string) {
	entries, err := os.ReadDir(cache)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > unused {
			_ = os.RemoveAll(filepath.Join(cache, e.Name()))
		}
	}
}

// load gives the image to the engine.
func (s *Store) load(ctx context.Context, r *recipe) error {
	var layers []*layer
	var list []v1.Layer
	for _, name := range nodeLayers {
		l, err := readLayer(r.steps[name].dir)
		if err != nil {
			return err
		}
		layers, list = append(layers, l), append(list, l)
	}
	img, err := newImage(nodeConfig(r.digest), r.golang.arch, list...)
	if err != nil {
		return err
	}
	config, err := img.RawConfigFile()
	if err != nil {
		return err
	}
	in, out := io.Pipe()
	go func() { out.CloseWithError(writeArchive(out, r.ref(), config, layers)) }()
	defer in.Close()
	_, err = s.engine(ctx, in, "load")
	return err
}

// local is what podman puts before the name of an image that names no registry.
const local = "localhost/"

// plain is the name of an image that every engine knows it by.
func plain(ref string) string { return strings.TrimPrefix(ref, local) }

// Inspect returns what the engine knows of an image. Its Ref is the name that the engine itself has for it,
// since kind looks for no other one.
func (s *Store) Inspect(ctx context.Context, ref string) (Info, error) {
	out, err := s.engine(ctx, nil, "image", "inspect", ref)
	if err != nil {
		return Info{}, err
	}
	var list []struct {
		ID           string `json:"Id"`
		Size         int64
		Architecture string
		RepoTags     []string
		Config       struct{ Labels map[string]string }
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) == 0 {
		return Info{}, fmt.Errorf("inspect image %s: %s says %.100q", ref, filepath.Base(s.Engine), out)
	}
	i, labels := list[0], list[0].Config.Labels
	if slices.Contains(i.RepoTags, local+ref) {
		ref = local + ref
	}
	return Info{
		Ref: ref, ID: i.ID, Size: i.Size, Arch: i.Architecture,
		Recipe: labels[labelRecipe], Kubernetes: labels[labelKubernetes], Toolbox: labels[labelToolbox],
	}, nil
}

// engine runs a command of the container engine and returns what it prints.
func (s *Store) engine(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.Engine, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	cmd.WaitDelay = stopDelay
	interruptible(cmd)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		said := cmp.Or(tail(stderr.String()), err.Error()) + s.room(args[0], stderr.String())
		return "", fmt.Errorf("%s %s: %s", filepath.Base(s.Engine), strings.Join(args, " "), said)
	}
	return stdout.String(), nil
}

// room says what to do where the engine has no room for an image that it takes in.
func (s *Store) room(command, said string) string {
	if command != "load" || !strings.Contains(said, "no space left on device") {
		return ""
	}
	return fmt.Sprintf("\nthe disk is full where the engine keeps its data: see what %s system df lists, and remove what you do not need", filepath.Base(s.Engine))
}
