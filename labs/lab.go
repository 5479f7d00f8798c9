// Package labs is the catalogue of the labs: tasks that need a cluster.
//
//	catalog/<id>-<slug>/   a task, as package task describes it
//	  cluster.yaml         what it needs of a cluster, and what it may take
//	  setup.txtar          brings the cluster to the start state, and proves that the symptom is there
//	  reset.txtar          takes back what the engine's own reset does not see; may be absent
//
// cluster.yaml:
//
//	topology: one          # or four, bare, own, none
//	cluster: slipway-blue  # with own: the name of the cluster that the learner makes
//	memory: 700            # MB that the cluster takes with the lab set up
//	seconds: 20            # that setting up takes once the cluster runs
//	nodes: true            # the lab works on the nodes themselves; may be absent
//	alone: true            # its checks change the cluster, so that they run one at a time; may be absent
//	programs: [goproxy]    # with none: what runs on this machine, built from modules by package local
//
// A lab without a cluster has no setup.txtar and no reset.txtar, and may have a world.yaml as exercises do.
// setup.txtar and reset.txtar hold one script, setup.txt or reset.txt, with the commands of a lab's
// checks; files/… is at hand for it. A finding that such a script records is a fault of ours. A
// solution, or a wrong one, may hold solve.sh: what the learner would type, run by sh in the
// workspace with the cluster's kubectl on PATH. It does not become part of the workspace.
package labs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/exercises/task"
)

// SolveScript is the file of a solution that is run and not kept.
const SolveScript = "solve.sh"

// A Lab is a task with what it needs of a cluster.
type Lab struct {
	*task.Task
	Topology Topology
	Cluster  string // with Own: the name that the learner gives it
	Memory   int    // MB
	Seconds  int
	Nodes    bool // works on the nodes themselves
	Alone    bool // its checks change the cluster, and run one at a time
	Programs []string
	World    []byte // world.yaml, which package world reads; empty for the standard world

	Setup Script
	Reset *Script // nil where the engine's own reset is enough
}

// A Script is a testscript with the files at hand for it.
type Script struct {
	Script string
	Files  []task.File
	Pos    frontmatter.Position // of the script's first line
}

// Catalog is the list of all labs.
type Catalog []*Lab

// Get returns the lab with an id, or nil.
func (c Catalog) Get(id string) *Lab {
	for _, l := range c {
		if l.ID == id {
			return l
		}
	}
	return nil
}

// Tasks returns the tasks of the labs.
func (c Catalog) Tasks() task.Catalog {
	var tasks task.Catalog
	for _, l := range c {
		tasks = append(tasks, l.Task)
	}
	return tasks
}

// Load reads the catalogue below folder catalog of fsys; a course may have none. The error joins all
// mistakes found.
func Load(fsys fs.FS) (Catalog, error) {
	if _, err := fs.Stat(fsys, "catalog"); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	sub, err := fs.Sub(fsys, "catalog")
	if err != nil {
		return nil, fmt.Errorf("read labs: %w", err)
	}
	tasks, err := task.LoadCatalog(sub)
	errs := []error{err}
	var cat Catalog
	slices.SortFunc(tasks, func(a, b *task.Task) int { return number(a) - number(b) })
	for _, t := range tasks {
		l, err := load(sub, t)
		if len(t.Variants) > 0 {
			err = errors.Join(err, frontmatter.Position{File: t.Variants[0].File}.Errorf("labs have no variants"))
		}
		errs = append(errs, err)
		cat = append(cat, l)
	}
	return cat, errors.Join(errs...)
}

// number is the number in the id of a lab, by which they are in order.
func number(t *task.Task) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(t.ID, "lab-")) // anything else has been told as a mistake
	return n
}

type clusterFile struct {
	Topology Topology `yaml:"topology"`
	Cluster  string   `yaml:"cluster,omitempty"`
	Memory   int      `yaml:"memory"`
	Seconds  int      `yaml:"seconds"`
	Nodes    bool     `yaml:"nodes,omitempty"`
	Alone    bool     `yaml:"alone,omitempty"`
	Programs []string `yaml:"programs,omitempty"`
}

func load(fsys fs.FS, t *task.Task) (*Lab, error) {
	l := &Lab{Task: t}
	var errs []error
	if !strings.HasPrefix(t.ID, "lab-") {
		errs = append(errs, frontmatter.Position{File: t.File}.Errorf("lab id %q does not begin with lab-", t.ID))
	}
	errs = append(errs, l.cluster(fsys))
	if l.Topology == None {
		var err error
		if l.World, err = fs.ReadFile(fsys, path.Join(t.Name, "world.yaml")); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		return l, errors.Join(errs...)
	}
	setup, err := readScript(fsys, path.Join(t.Name, "setup.txtar"), "setup.txt")
	if errs = append(errs, err); setup != nil {
		l.Setup = *setup
	}
	if l.Reset, err = readScript(fsys, path.Join(t.Name, "reset.txtar"), "reset.txt"); !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, err)
	}
	return l, errors.Join(errs...)
}

func (l *Lab) cluster(fsys fs.FS) error {
	name := path.Join(l.Name, "cluster.yaml")
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read lab %s: %w", l.ID, err)
	}
	doc := frontmatter.New(name, src, 0, 0)
	var file clusterFile
	if err := doc.Decode(&file); err != nil {
		return err
	}
	l.Topology, l.Cluster, l.Memory, l.Seconds = file.Topology, file.Cluster, file.Memory, file.Seconds
	l.Nodes, l.Alone, l.Programs = file.Nodes, file.Alone, file.Programs
	switch {
	case !slices.Contains(Topologies, l.Topology):
		return doc.At("$.topology").Errorf("unknown topology %q: use one of %v", l.Topology, Topologies)
	case (l.Topology == Own) != strings.HasPrefix(l.Cluster, Prefix):
		return doc.At("$.topology").Errorf("a cluster of topology own, and no other, has a name, which begins with %s", Prefix)
	case l.Topology != None && l.Programs != nil:
		return doc.At("$.programs").Errorf("only a lab without a cluster runs programs on this machine")
	case l.Memory <= 0:
		return doc.At("$.memory").Errorf("memory is the MB that the lab takes, not %d", l.Memory)
	case l.Seconds <= 0:
		return doc.At("$.seconds").Errorf("seconds are those that setting up takes, not %d", l.Seconds)
	}
	return nil
}

func readScript(fsys fs.FS, name, script string) (*Script, error) {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read lab: %w", err)
	}
	a, err := task.ParseArchive(name, src)
	if err != nil {
		return nil, err
	}
	s := &Script{}
	for _, f := range a.Files {
		at := frontmatter.Position{File: name, Line: f.Line, Col: 1}
		if inside, ok := strings.CutPrefix(f.Name, "files/"); ok {
			s.Files = append(s.Files, task.File{Name: inside, Data: f.Data, Line: f.Line})
		} else if f.Name == script {
			s.Script, s.Pos = string(f.Data), at
		} else {
			return nil, at.Errorf("%q is neither %s nor a file for it, such as files/web.yaml", f.Name, script)
		}
	}
	if s.Script == "" {
		return nil, frontmatter.Position{File: name}.Errorf("archive has no %s", script)
	}
	return s, nil
}
