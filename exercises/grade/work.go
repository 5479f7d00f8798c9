package grade

import (
	"errors"

	"github.com/slipway-workshop/slipway/exercises/submission"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// A Work is what an attempt holds. What stands in its files is not kept, since a class may be larger than the memory:
// it is read again when it is needed.
type Work struct {
	Pieces []Piece
	Stray  []string // names of files that belong to no task
}

// A Piece is what an attempt holds for one task.
type Piece struct {
	Task   string
	Packed string   // digest of the task as the learner had it; empty where nobody noted it
	Digest string   // of the files
	Names  []string // of the files
	Files  Files
}

// Files reads files.
type Files func() ([]workspace.File, error)

// Held returns the reading of files that are held in memory.
func Held(files ...workspace.File) Files {
	return func() ([]workspace.File, error) { return files, nil }
}

// readWork reads what open returns, and keeps how to read it again.
func readWork(open func() (*submission.Submission, error)) (*Work, error) {
	s, err := open()
	if err != nil {
		return nil, err
	}
	w := &Work{Stray: s.Stray}
	for _, t := range s.Tasks {
		p := Piece{Task: t.ID, Packed: t.Digest, Digest: t.SHA256()}
		for _, f := range t.Files {
			p.Names = append(p.Names, f.Name)
		}
		p.Files = func() ([]workspace.File, error) { return again(open, p.Task, p.Digest) }
		w.Pieces = append(w.Pieces, p)
	}
	return w, nil
}

// again reads the files for a task once more, which have to be those that were read first.
func again(open func() (*submission.Submission, error), task, digest string) ([]workspace.File, error) {
	s, err := open()
	if err != nil {
		return nil, err
	}
	for _, t := range s.Tasks {
		if t.ID == task && t.SHA256() == digest {
			return t.Files, nil
		}
	}
	return nil, errors.New("it has changed since this run began: grade again when nobody writes to it")
}
