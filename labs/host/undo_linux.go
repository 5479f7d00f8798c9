package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
)

// The undo script begins with undoHead and ends with undoTail.
const (
	undoHead = `#!/bin/sh
# Takes back what slipway doctor --fix did on this machine, the last first. Remove the clusters before.
`
	undoTail = `
# what the fixes kept
rm -rf ` + Dir + `
`
)

// recordUndo puts the repair before the others in the undo script. What the script says already stays:
// it is about the machine as it was before the first fix.
func (w *worker) recordUndo(r *Repair) error {
	file := w.at(UndoScript)
	old, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		old = []byte(undoHead + undoTail)
	} else if err != nil {
		return err
	}
	title := "# " + r.Name
	if slices.Contains(strings.Split(string(old), "\n"), title) {
		return nil
	}
	parts := strings.TrimPrefix(string(old), undoHead)
	text := fmt.Sprintf("%s\n%s\n%s\n%s", undoHead, title, strings.Join(r.Undo, "\n"), parts)
	return atomicfile.Write(file, []byte(text))
}

// keptCopy is where a file is kept as it was before the first fix.
func keptCopy(file string) string { return Dir + "/" + path.Base(file) + ".before" }

// keep keeps a file as it is, unless it was kept before or our own fixes made it.
func (w *worker) keep(file string) error {
	kept := w.at(keptCopy(file))
	if _, err := os.Stat(kept); err == nil {
		return nil
	}
	data, err := os.ReadFile(w.at(file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return atomicfile.Write(kept, data)
}
