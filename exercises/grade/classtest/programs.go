package classtest

import (
	"cmp"
	"embed"
	"encoding/base64"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

//go:embed programs
var programs embed.FS

// A Program is hostile work on a task. It is a file of programs: the comment of the archive is its head.
type Program struct {
	Name  string
	Task  string
	Tries string
	Limit string // time, memory, processes, output or disk: what it runs into where that is bounded
	Over  string // start, or solution: the files that those of the program stand in the place of, or beside
	Files []workspace.File
}

type programHead struct {
	Task  string            `yaml:"task"`
	Tries string            `yaml:"tries"`
	Limit string            `yaml:"limit,omitempty"`
	Over  string            `yaml:"over,omitempty"`
	Exec  []string          `yaml:"exec,omitempty"`  // files that may be executed
	Links map[string]string `yaml:"links,omitempty"` // symbolic links: name and target
	Bytes map[string]string `yaml:"bytes,omitempty"` // files that are no text: name and base64
}

// Programs returns the hostile programs, in the order of their names.
func Programs() ([]Program, error) {
	names, err := fs.Glob(programs, "programs/*.txtar")
	if err != nil {
		return nil, err
	}
	var list []Program
	for _, name := range names {
		p, err := readProgram(name)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func readProgram(name string) (Program, error) {
	data, err := fs.ReadFile(programs, name)
	if err != nil {
		return Program{}, err
	}
	a, err := task.ParseArchive(name, data)
	if err != nil {
		return Program{}, err
	}
	var head programHead
	if err := frontmatter.New(name, a.Comment, 0, 0).Decode(&head); err != nil {
		return Program{}, err
	}
	p := Program{
		Name: strings.TrimSuffix(path.Base(name), ".txtar"), Task: head.Task, Tries: head.Tries, Limit: head.Limit, Over: cmp.Or(head.Over, "start"),
		Files: workspace.FromTask(a.Files),
	}
	for i, f := range p.Files {
		p.Files[i].Exec = slices.Contains(head.Exec, f.Name)
	}
	for _, file := range slices.Sorted(maps.Keys(head.Links)) {
		p.Files = append(p.Files, workspace.File{Name: file, Link: head.Links[file]})
	}
	for _, file := range slices.Sorted(maps.Keys(head.Bytes)) {
		data, err := base64.StdEncoding.DecodeString(head.Bytes[file])
		if err != nil {
			return Program{}, frontmatter.Position{File: name}.Errorf("%s: %w", file, err)
		}
		p.Files = append(p.Files, workspace.File{Name: file, Data: data})
	}
	return p, nil
}

// Apply returns the files of a workspace of the task with the program in it.
func (p Program) Apply(t *task.Task) []workspace.File {
	base := t.Start.Files
	if p.Over == "solution" {
		base = t.Apply(t.Solutions[0])
	}
	files := slices.DeleteFunc(workspace.FromTask(base), func(f workspace.File) bool {
		return slices.ContainsFunc(p.Files, func(g workspace.File) bool { return g.Name == f.Name })
	})
	return slices.SortedFunc(slices.Values(slices.Concat(files, p.Files)), func(a, b workspace.File) int { return cmp.Compare(a.Name, b.Name) })
}
