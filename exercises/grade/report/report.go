package report

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/exercises/grade"
)

// Options say what Write writes.
type Options struct {
	// AbsentZero writes 0 in the CSV files where a learner handed in nothing. Without it the cell is empty, which leaves
	// what stands in the other gradebook.
	AbsentZero bool
	// ForLearners leaves out what the hidden checks found in all forms but gradebook.json. The pages of learners then
	// show no flags and lead to no page about others, so that each may be given to its learner, with html/report.css.
	ForLearners bool
}

// Write writes all forms of a gradebook into a folder. A file is written as a whole, and html and gradescope are
// replaced as whole folders, so that nothing of an earlier run stays. Folders can be read by their owner alone.
func Write(dir string, g *grade.Gradebook, opt Options) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write reports: %w", err)
	}
	if err := whole(g); err != nil {
		return err
	}
	told := g
	if opt.ForLearners {
		told = forLearners(g)
	}
	files := []struct {
		name  string
		write func(io.Writer) error
	}{
		{"gradebook.schema.json", Schema},
		{"gradebook.json", func(w io.Writer) error { return JSON(w, g) }},
		{"junit.xml", func(w io.Writer) error { return JUnit(w, told) }},
		{"canvas.csv", func(w io.Writer) error { return Canvas(w, told, opt.AbsentZero) }},
		{"moodle.csv", func(w io.Writer) error { return Moodle(w, told, opt.AbsentZero) }},
		{"summary.md", func(w io.Writer) error { return StepSummary(w, told) }},
	}
	for _, f := range files {
		data, err := render(f.write)
		if err == nil {
			err = atomicfile.Write(filepath.Join(dir, f.name), data)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	results, err := gradescopeFiles(told)
	if err != nil {
		return err
	}
	if err := replaceFolder(filepath.Join(dir, "gradescope"), results); err != nil {
		return err
	}
	pages, err := htmlFiles(told, opt.ForLearners)
	if err != nil {
		return err
	}
	return replaceFolder(filepath.Join(dir, "html"), pages)
}

// whole checks that each learner has a cell for each task.
func whole(g *grade.Gradebook) error {
	for _, row := range g.Learners {
		if len(row.Cells) != len(g.Tasks) {
			return fmt.Errorf("write reports: learner %q has %d cells for %d tasks", row.ID, len(row.Cells), len(g.Tasks))
		}
	}
	return nil
}

func render(write func(io.Writer) error) ([]byte, error) {
	var b bytes.Buffer
	err := write(&b)
	return b.Bytes(), err
}

// replaceFolder makes files, by their slash-separated names, all that a folder holds. They are written aside first.
func replaceFolder(dir string, files map[string][]byte) (err error) {
	aside, err := os.MkdirTemp(filepath.Dir(dir), ".new-")
	if err != nil {
		return fmt.Errorf("write %s: %w", dir, err)
	}
	defer func() {
		os.RemoveAll(aside)
		if err != nil {
			err = fmt.Errorf("write %s: %w", dir, err)
		}
	}()
	fresh, old := filepath.Join(aside, "new"), filepath.Join(aside, "old")
	for name, data := range files {
		path := filepath.Join(fresh, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(fresh, 0o700); err != nil {
		return err
	}
	if err := os.Rename(dir, old); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Rename(fresh, dir)
}
