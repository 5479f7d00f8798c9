package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/report"
	"github.com/slipway-workshop/slipway/exercises/grade/similarity"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"golang.org/x/term"
)

// tellBegin says what is going to be graded, and how well strangers' programs are kept apart.
func (g *grading) tellBegin() {
	a := g.app
	handedIn := 0
	for _, l := range g.config.Class.Learners {
		handedIn += len(l.Attempts)
	}
	a.note("Grading %s of %s on %s.\n", verdict.Count(handedIn, "submission"), verdict.Count(len(g.config.Class.Learners), "learner"), verdict.Count(len(g.config.Tasks), "task"))
	if g.cells != nil {
		a.note("Isolation is %s.\n", g.cells.Achieved())
	}
	for _, note := range g.notes() {
		a.note("  %s\n", note)
	}
}

// told says how far the run is, from time to time.
func (g *grading) told(o grade.Outcome, n, total int) {
	if o.Fault != "" && !g.faults[o.Fault] { // what holds for a task is told once
		g.faults[o.Fault] = true
		g.app.note("! %s could not be judged: %s\n", o.Task, strings.ReplaceAll(o.Fault, "\n", "\n    "))
	}
	if n == total || time.Since(g.said) > 2*time.Second {
		g.said = time.Now()
		g.app.note("judged %d of %d\n", n, total)
	}
}

// agree shows how the gradebook differs from the one on disk, and reports whether it may take its place.
func (a *app) agree(delta grade.Delta, opts gradeOptions) (bool, error) {
	if delta.First || len(delta.Changes) == 0 {
		return true, nil
	}
	a.say("What changes in the gradebook of %s:\n", opts.out)
	if err := delta.WriteText(a.out); err != nil {
		return false, err
	}
	if opts.yes {
		return true, nil
	}
	in, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return false, &exitError{exitNotYet, fmt.Errorf("grade: the gradebook in %s stays as it is: add --yes to write the new one, which is judged already", opts.out)}
	}
	a.say("Write the new gradebook? [y/N] ")
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		return false, fmt.Errorf("grade: read the answer: %w", err)
	}
	if !strings.EqualFold(strings.TrimSpace(answer), "y") {
		a.say("The gradebook stays as it is.\n")
		return false, errNotYet
	}
	return true, nil
}

// report writes the gradebook in all its forms, and what is alike in the class.
func (g *grading) report(book *grade.Gradebook) error {
	if err := report.Write(g.opts.out, book, report.Options{}); err != nil {
		return err
	}
	alike, err := g.alike()
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(alike, "", "  ")
	if err != nil {
		return fmt.Errorf("write similarity: %w", err)
	}
	var text bytes.Buffer
	if err := alike.WriteText(&text); err != nil {
		return fmt.Errorf("write similarity: %w", err)
	}
	return errors.Join(
		atomicfile.Write(filepath.Join(g.opts.out, "similarity.json"), append(data, '\n')),
		atomicfile.Write(filepath.Join(g.opts.out, "similarity.txt"), text.Bytes()),
		g.tellGitHub(book))
}

// tellGitHub adds to the summary of a step, and to the annotations, where GitHub runs it.
func (g *grading) tellGitHub(book *grade.Gradebook) error {
	if os.Getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	if err := report.Annotations(g.app.out, book); err != nil {
		return err
	}
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("write the summary of the step: %w", err)
	}
	return errors.Join(report.StepSummary(f, book), f.Close())
}

// alike compares what learners have handed in, the last submission of each for a task.
func (g *grading) alike() (*similarity.Report, error) {
	var tasks []similarity.Task
	graded := map[string]bool{}
	for _, t := range g.config.Tasks {
		graded[t.ID] = true
		tasks = append(tasks, similarity.Of(g.tasks[t.ID]))
	}
	var works []similarity.Work
	for _, l := range g.config.Class.Learners {
		for _, at := range l.Attempts {
			if at.Work == nil {
				continue
			}
			for _, p := range at.Work.Pieces {
				if graded[p.Task] {
					works = append(works, similarity.Work{Learner: l.ID, Task: p.Task, Files: p.Files})
				}
			}
		}
	}
	return similarity.Compare(tasks, works, similarity.Options{})
}

// tellEnd sums up. What wants a person's eyes is in the exit code.
func (g *grading) tellEnd(book *grade.Gradebook) error {
	a := g.app
	if err := report.Summary(a.out, book, a.style().Cells()); err != nil {
		return err
	}
	a.say("\nThe gradebook is in %s: begin with html/index.html. similarity.txt tells whose work is alike.\n", g.opts.out)
	complete := !slices.ContainsFunc(book.Learners, func(r grade.Row) bool { return !r.Complete })
	if len(book.Problems) > 0 || !complete {
		return errNotYet
	}
	return nil
}
