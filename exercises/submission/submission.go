// Package submission is what a learner hands in: the workspaces of some tasks in one archive, with a list of
// what they belong to.
//
//	s := &submission.Submission{Course: digest, Slipway: "v1.0.0", Go: "go1.26.8"}
//	leftOut, err := s.Add(task.ID, task.Digest, dir)
//	err = s.Write(file)
//	s, err = submission.Read(file)
//
// The archive is a .tar.gz:
//
//	slipway.json      version, course, tools, and the tasks with their digests
//	x06/go.mod        files of the workspaces, as a check would read them
//	x06/…
//
// The same workspaces give the same bytes on every machine and day: entries are sorted and have neither times nor
// owners. Read trusts nothing: names that lead out, links out of a task, entries of other kinds, too many or too large
// ones, names that a Mac or Windows takes for the same, and lists that do not fit are refused.
package submission

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// version is that of the archive's form.
const version = 1

// listName is the file of the archive that says what it holds.
const listName = "slipway.json"

// A Submission is the work of one learner.
type Submission struct {
	Course  string // digest of the tasks of the course that the work was done with
	Slipway string // version of the program that packed it
	Go      string // version of the go command that its checks use
	Tasks   []Task // sorted by id

	Stray []string // what a folder or an archive made by hand holds beside the folders of tasks
}

// A Task is the work on one task.
type Task struct {
	ID     string
	Digest string // of the task, as the course had it
	Files  []workspace.File
}

// Size returns how many bytes the files have together.
func (t Task) Size() int64 {
	var n int64
	for _, f := range t.Files {
		n += int64(len(f.Data))
	}
	return n
}

// Add takes the workspace of a task. It returns the names of what it leaves out: see leaveOut.
func (s *Submission) Add(id, digest, dir string) (leftOut []string, err error) {
	files, err := workspace.Snapshot(dir)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", id, err)
	}
	t := Task{ID: id, Digest: digest}
	for _, f := range files {
		if what := leaveOut(f.Name); what != "" {
			if !slices.Contains(leftOut, what) {
				leftOut = append(leftOut, what)
			}
			continue
		}
		t.Files = append(t.Files, f)
	}
	slices.SortFunc(t.Files, func(a, b workspace.File) int { return cmp.Compare(a.Name, b.Name) })
	s.Tasks = append(s.Tasks, t)
	slices.SortFunc(s.Tasks, func(a, b Task) int { return cmp.Compare(a.ID, b.ID) })
	return leftOut, nil
}

// SHA256 names the files of a task: their names, modes, links and contents.
func (t Task) SHA256() string {
	h := sha256.New()
	for _, f := range t.Files {
		for _, part := range []string{f.Name, fmt.Sprint(f.Exec), f.Link, string(f.Data)} {
			fmt.Fprintln(h, len(part))
			_, _ = io.WriteString(h, part)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
