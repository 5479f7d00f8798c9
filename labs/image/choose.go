package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
)

// A Kind says where a node image comes from.
type Kind string

const (
	Named     Kind = "named"     // by the environment variable SLIPWAY_NODE_IMAGE
	Built     Kind = "built"     // by slipway image build, from this very checkout
	Imported  Kind = "imported"  // built from another state of the course, or on another machine
	Published Kind = "published" // by the kind project
)

// A Choice is the node image that clusters are made of.
type Choice struct {
	Ref    string
	Kind   Kind
	Reason string
}

// imageEnv names a node image to use whatever else there is.
const imageEnv = "SLIPWAY_NODE_IMAGE"

// publishedRef is the image that the kind project publishes for this release of Kubernetes, pinned by digest
// (release notes of kind v0.33.0).
const publishedRef = "kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed"

// Choose returns the image that clusters are made of: the one that SLIPWAY_NODE_IMAGE names, else the one
// built from the checkout, else one that was imported, else the published one where the machine needs none
// of our adaptations. An error says how to get an image.
func (s *Store) Choose(ctx context.Context) (Choice, error) {
	if ref := os.Getenv(imageEnv); ref != "" {
		info, err := s.Inspect(ctx, ref)
		if err != nil {
			return Choice{}, fmt.Errorf("choose node image: %s names %s: %w", imageEnv, ref, err)
		}
		return Choice{info.Ref, Named, imageEnv + " names it"}, nil
	}
	for _, choose := range []func(context.Context) (Choice, error){s.chooseBuilt, s.chooseImported, s.choosePublished} {
		c, err := choose(ctx)
		if c.Ref != "" || err != nil && !errors.Is(err, ErrNoSource) {
			return c, err
		}
	}
	return Choice{}, errors.New("choose node image: there is none for Kubernetes " + Kubernetes +
		": type slipway image build (Linux, about 15 minutes the first time), or slipway image import FILE with a file that another machine has exported")
}

func (s *Store) chooseBuilt(ctx context.Context) (Choice, error) {
	r, err := s.recipe(ctx)
	if err != nil {
		return Choice{}, err
	}
	if info, err := s.Inspect(ctx, r.ref()); err == nil && info.Recipe == r.digest {
		return Choice{info.Ref, Built, "it is built from this checkout"}, nil
	}
	return Choice{}, ctx.Err()
}

// chooseImported takes an image of the same Kubernetes: the one that was built or imported last, where it is
// still there.
func (s *Store) chooseImported(ctx context.Context) (Choice, error) {
	out, err := s.engine(ctx, nil, "image", "ls", "--filter", "label="+labelKubernetes+"="+Kubernetes, "--format", "{{.Repository}}:{{.Tag}}")
	if err != nil {
		return Choice{}, fmt.Errorf("choose node image: %w", err)
	}
	refs := slices.DeleteFunc(strings.Fields(out), func(ref string) bool {
		return !strings.HasPrefix(plain(ref), repository+":"+Kubernetes+"-")
	})
	if len(refs) == 0 {
		return Choice{}, nil
	}
	ref := slices.Max(refs) // any, but always the same
	last := s.last()
	if i := slices.IndexFunc(refs, func(ref string) bool { return plain(ref) == last }); i >= 0 {
		ref = refs[i]
	}
	return Choice{ref, Imported, "it is the last that was built or imported here with Kubernetes " + Kubernetes}, nil
}

// lastFile names the image that was built or imported last.
func (s *Store) lastFile() string { return filepath.Join(s.Cache, "image", "last") }

func (s *Store) last() string {
	data, err := os.ReadFile(s.lastFile())
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// remember makes an image the last one.
func (s *Store) remember(ref string) error {
	if err := os.MkdirAll(filepath.Dir(s.lastFile()), 0o777); err != nil {
		return err
	}
	return atomicfile.Write(s.lastFile(), []byte(plain(ref)+"\n"))
}

func (s *Store) choosePublished(ctx context.Context) (Choice, error) {
	if s.Adapts != nil && s.Adapts(ctx) {
		return Choice{}, nil
	}
	c := Choice{publishedRef, Published, "the kind project publishes it, and this machine needs no other"}
	if _, err := s.Inspect(ctx, publishedRef); err == nil {
		return c, nil
	}
	if os.Getenv("CI") != "" || s.pull(ctx, publishedRef) != nil {
		return Choice{}, ctx.Err()
	}
	return c, nil
}

// answerPatience is how long a registry may take to say that it has an image. The image itself takes as long
// as it takes.
const answerPatience = 15 * time.Second

// pull gets an image from its registry.
func (s *Store) pull(ctx context.Context, ref string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	unanswered := time.AfterFunc(answerPatience, cancel)
	defer unanswered.Stop()
	cmd := exec.CommandContext(ctx, s.Engine, "pull", ref)
	cmd.Stdout = writerFunc(func([]byte) { unanswered.Stop() })
	cmd.WaitDelay = stopDelay
	s.report(Event{Step: "pull", N: 1, Total: 1})
	return cmd.Run()
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
