package engine

import (
	"bytes"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/labs"
)

// A renaming writes the name of a twin wherever that of the first cluster of its shape stands, also as a part of
// the names of nodes. Both are of the same length, so columns and binary files stay as they are.
type renaming struct{ first, twin string }

// renamingFor returns the renaming for a place, which changes nothing where that is no twin.
func renamingFor(at labs.Place) renaming { return renaming{at.First().Name, at.Name} }

func (r renaming) text(s string) string { return strings.ReplaceAll(s, r.first, r.twin) }

func (r renaming) data(b []byte) []byte {
	return bytes.ReplaceAll(b, []byte(r.first), []byte(r.twin))
}

// files renames in what a learner handed in.
func (r renaming) files(files []workspace.File) []workspace.File {
	files = slices.Clone(files)
	for i := range files {
		files[i].Name, files[i].Data, files[i].Link = r.text(files[i].Name), r.data(files[i].Data), r.text(files[i].Link)
	}
	return files
}

// lab renames in all that runs on a cluster. What people read of the lab stays as it is.
func (r renaming) lab(l *labs.Lab) *labs.Lab {
	if r.first == r.twin {
		return l
	}
	own, t := *l, *l.Task
	own.Task, own.Setup = &t, r.script(l.Setup)
	if l.Reset != nil {
		reset := r.script(*l.Reset)
		own.Reset = &reset
	}
	t.Support = r.taskFiles(l.Support)
	if l.Start != nil {
		start := *l.Start
		start.Files = r.taskFiles(l.Start.Files)
		t.Start = &start
	}
	t.Checks = slices.Clone(l.Checks)
	for i := range t.Checks {
		t.Checks[i].Script = r.text(t.Checks[i].Script)
	}
	return &own
}

func (r renaming) script(s labs.Script) labs.Script {
	s.Script, s.Files = r.text(s.Script), r.taskFiles(s.Files)
	return s
}

func (r renaming) taskFiles(files []task.File) []task.File {
	files = slices.Clone(files)
	for i := range files {
		files[i].Name, files[i].Data = r.text(files[i].Name), r.data(files[i].Data)
	}
	return files
}
