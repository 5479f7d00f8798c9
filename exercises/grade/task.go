package grade

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// A Task is one that the class is graded on.
type Task struct {
	ID     string
	Title  string
	Digest string   // of the task with its hidden checks: results depend on it
	Packed string   // of the task as slipway pack notes it: tells work done with an older course
	Start  []string // names of the files that the task begins with
	Checks []Check  // public ones, then hidden ones
}

// Inputs are what a result depends on. The key of an item is their digest.
type Inputs struct {
	Files   string `json:"files"` // digest of the learner's files
	Task    string `json:"task"`
	Digest  string `json:"digest"`  // of the task with its hidden checks
	Slipway string `json:"slipway"` // version and build of the program that judges
	Go      string `json:"go"`
	Limits  string `json:"limits"` // of time, memory, processes, output and disk, in words
}

// Key returns the key of an item with these inputs, in hexadecimal.
func (in Inputs) Key() string {
	h := sha256.New()
	for _, part := range []string{"slipway item 1", in.Files, in.Task, in.Digest, in.Slipway, in.Go, in.Limits} {
		fmt.Fprintln(h, len(part))
		_, _ = io.WriteString(h, part) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

// A Build is what judges, as far as results depend on it.
type Build struct {
	Slipway string
	Go      string
	Limits  string
}

// inputs returns what the result of a piece of work depends on.
func (t Task) inputs(b Build, p Piece) Inputs {
	return Inputs{Files: p.Digest, Task: t.ID, Digest: t.Digest, Slipway: b.Slipway, Go: b.Go, Limits: b.Limits}
}

// digestOf returns the SHA-256 of data in hexadecimal.
func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
