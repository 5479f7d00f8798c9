package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/grade/kubernetes"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/image"
	"k8s.io/client-go/tools/clientcmd"
)

// kubernetesEngine is the engine that judges in pods.
const kubernetesEngine = "kubernetes"

// Folders of a manifest, beside those of the course.
const (
	hiddenFolder = "hidden"
	courseMarker = "content" // a manifest without it means the course that is built in
)

// workerSettings are what workers are told beside the folders.
type workerSettings struct {
	Trust bool `json:"trust,omitempty"`
}

// judgeInPods grades on the cluster which SLIPWAY_KUBECONFIG leads to, or on one of those of labs, which is started when
// it is not there.
func (g *grading) judgeInPods(ctx context.Context) error {
	for _, t := range g.config.Tasks {
		if g.course.catalog.labs.Get(t.ID) != nil {
			return usagef("grade: %s is a lab, which --engine local grades: name the exercises with --tasks, and grade the labs into another folder", t.ID)
		}
	}
	p, err := g.app.newProvider(g.course)
	if err != nil {
		return err
	}
	images := &image.Store{Source: p.source, Cache: p.cache, Report: g.app.sayNewStep}
	program, err := images.GraderProgram(ctx)
	if err != nil {
		return err
	}
	if g.config.Build.Slipway, err = buildOf(program); err != nil {
		return err
	}
	cluster, err := p.cluster(labs.Shared(labs.Topology(g.opts.topology)))
	if err != nil {
		return err
	}
	say := func(text string) { g.app.note("%s: %s\n", cluster.Name(), text) }
	if err := cluster.Start(ctx, say); err != nil {
		return err
	}
	api, err := clientOf(ctx, cluster)
	if err != nil {
		return err
	}
	settings, err := json.Marshal(workerSettings{Trust: g.opts.Trust})
	if err != nil {
		return err
	}
	folders, err := g.folders()
	g.config.Engine = &kubernetes.Engine{
		Client: api, Folders: folders, Settings: settings, Parallel: g.opts.parallel, Report: say,
		Image: func(ctx context.Context, dir string) (string, error) {
			return g.loadGrader(ctx, images, cluster, program, dir)
		},
	}
	return err
}

func clientOf(ctx context.Context, c labs.Cluster) (*kubernetes.Client, error) {
	config, err := c.Kubeconfig(ctx)
	if err != nil {
		return nil, err
	}
	rest, err := clientcmd.RESTConfigFromKubeConfig(config)
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig of %s: %w", c.Name(), err)
	}
	rest.QPS, rest.Burst = 50, 100
	return kubernetes.NewClient(rest)
}

// loadGrader makes the image of a manifest, and has the nodes know it. Nodes that nobody lets in get the image from
// whoever runs the cluster: the file stays for that, and its name is the same when the run is resumed.
func (g *grading) loadGrader(ctx context.Context, s *image.Store, c labs.Cluster, program, dir string) (string, error) {
	file := filepath.Join(g.opts.out, "grader.tar")
	ref, err := s.Grader(ctx, program, dir, file)
	if err != nil {
		return "", err
	}
	err = c.LoadImages(ctx, file)
	if errors.Is(err, labs.ErrUnsupported) {
		return "", fmt.Errorf("the nodes of %s do not have the image %s yet: import %s on each node that may judge (ctr -n k8s.io images import FILE), then type slipway grade --resume --out %s: %w",
			c.Name(), ref, file, g.opts.out, err)
	}
	return ref, errors.Join(err, os.Remove(file))
}

// folders are what workers need of the course, where it is not the built-in one, and the hidden checks.
func (g *grading) folders() (map[string]fs.FS, error) {
	all := map[string]fs.FS{}
	if g.opts.Hidden != "" {
		all[hiddenFolder] = os.DirFS(g.opts.Hidden)
	}
	if g.course.root == "" {
		return all, nil
	}
	for name, from := range map[string]struct {
		fsys fs.FS
		dir  string
	}{
		courseMarker:                        {g.course.content, "."},
		"exercises/catalog":                 {g.course.exercises, "catalog"},
		"exercises/" + exercises.ModulesDir: {g.course.exercises, exercises.ModulesDir},
		"labs/catalog":                      {g.course.labs, "catalog"},
	} {
		sub, err := fs.Sub(from.fsys, from.dir)
		if err != nil {
			return nil, err
		}
		all[name] = sub
	}
	return all, nil
}
