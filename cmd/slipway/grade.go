package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/spf13/cobra"
)

// gradeOptions are the flags and arguments of slipway grade. They are kept in the journal for --resume; where a run is
// to go on, and what is only said for this one, is not.
type gradeOptions struct {
	Paths    []string `json:"paths"`
	Roster   string   `json:"roster,omitempty"`
	Received string   `json:"received,omitempty"`
	Hidden   string   `json:"hidden,omitempty"`
	Tasks    []string `json:"tasks,omitempty"`
	Due      string   `json:"due,omitempty"`
	Late     string   `json:"late,omitempty"`
	LateMax  string   `json:"lateMax,omitempty"`
	Attempts string   `json:"attempts"`
	Engine   string   `json:"engine"`
	Trust    bool     `json:"trust,omitempty"`

	out      string
	topology string
	parallel int
	clusters int
	resume   bool
	yes      bool
}

func (a *app) gradeCommand() *cobra.Command {
	var opts gradeOptions
	cmd := &cobra.Command{
		Use:     "grade DIR|FILE…",
		GroupID: groupTeach,
		Short:   "Grade what a class has handed in",
		Long: `Grade runs the checks that learners run, and hidden ones if you have some, over what a class has handed in:
archives of slipway pack, other .zip and .tar.gz files, folders of one learner, or folders of many of these. Each
command of a check runs in a cell of its own, without a network but for the course's; what this machine can do
about that is tried at the start, and where it is not enough for credit nothing is graded.

Results go into the folder --out: a journal of all that was done, the evidence for each grade, and the gradebook as
JSON, HTML, CSV for Canvas and Moodle, JUnit, Gradescope and GitHub. Grade can be ended anywhere, by a power cut
too, and goes on with --resume; what was judged is not judged again. When a gradebook is there already, the
differences are shown first, and nothing is written before you agree. See slipway help grading.

Grade ends with 0 when all is graded, and with 1 when something wants a person's eyes: a submission that could not
be read, say.`,
		Example: "  slipway grade submissions/ --roster class.csv\n" +
			"  slipway grade submissions/ --roster class.csv --hidden hidden/ --due '2026-12-01 23:59 Europe/Berlin' --late 10%/day\n" +
			"  slipway grade --resume --out grades",
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Paths = args
			return a.grade(cmd.Context(), opts)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opts.Roster, "roster", "", "CSV with the columns id, name and email")
	f.StringVar(&opts.Received, "received", "", "CSV with the columns submission and received (2026-12-01T23:59:00+01:00), in place of the files' times")
	f.StringVar(&opts.Hidden, "hidden", "", "folder of hidden checks: x06/checks.txtar …")
	f.StringSliceVar(&opts.Tasks, "tasks", nil, "tasks to grade, such as x06,x07 (default: those that were handed in)")
	f.StringVar(&opts.Due, "due", "", "when work is due, with a zone: '2026-12-01 23:59 Europe/Berlin'")
	f.StringVar(&opts.Late, "late", "", "what each day after that takes: 10%/day")
	f.StringVar(&opts.LateMax, "late-max", "", "what lateness takes at the most: 50%")
	f.StringVar(&opts.Attempts, "attempts", grade.Best, "which of several submissions counts: best or last")
	f.StringVar(&opts.Engine, "engine", "local", "where checks run: local or kubernetes")
	f.StringVar(&opts.topology, "topology", string(labs.One), "which of the labs' clusters --engine kubernetes takes, where SLIPWAY_KUBECONFIG names none: one or four")
	f.BoolVar(&opts.Trust, "i-trust-these-authors", false, "grade although learners' programs cannot be kept apart as credit asks for")
	f.StringVar(&opts.out, "out", "grades", "folder for journal, evidence and gradebook")
	f.IntVar(&opts.parallel, "parallel", 0, "submissions at once (default: one a processor)")
	f.IntVar(&opts.clusters, "clusters", 1, fmt.Sprintf("clusters of each shape for labs, up to %d; one takes 1 to 2 GB of memory", labs.Twins))
	f.BoolVar(&opts.resume, "resume", false, "go on with the run of --out that was ended")
	f.BoolVarP(&opts.yes, "yes", "y", false, "write the gradebook without asking")
	return cmd
}

func (a *app) grade(ctx context.Context, opts gradeOptions) error {
	if err := isolation.Enter(); err != nil {
		return err
	}
	if err := opts.settle(); err != nil {
		return err
	}
	folder, err := grade.Open(opts.out)
	if err != nil {
		return err
	}
	defer folder.Close()
	if opts.resume {
		if opts, err = opts.resumed(folder.Settings()); err != nil {
			return err
		}
	}
	g, err := a.newGrading(ctx, opts)
	if err != nil {
		return err
	}
	defer g.close()
	if err := g.mayCount(); err != nil {
		return err
	}
	g.tellBegin()
	book, delta, err := folder.Run(ctx, g.config)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return &exitError{exitInterrupted, fmt.Errorf("interrupted: what is judged is kept, and slipway grade --resume --out %s goes on", opts.out)}
	}
	if err != nil {
		return err
	}
	if agreed, err := a.agree(delta, opts); err != nil || !agreed {
		return err
	}
	if err := folder.Accept(book); err != nil {
		return err
	}
	if err := g.report(book); err != nil {
		return err
	}
	return g.tellEnd(book)
}

// settle looks whether the options go together, and makes them hold from any folder.
func (o *gradeOptions) settle() error {
	if o.parallel < 0 {
		return usagef("grade: --parallel %d: use a number from 1", o.parallel)
	}
	if o.clusters < 1 || o.clusters > labs.Twins {
		return usagef("grade: --clusters %d: use a number from 1 to %d", o.clusters, labs.Twins)
	}
	if o.clusters > 1 && os.Getenv(kubeconfigEnv) != "" {
		return usagef("grade: --clusters %d: %s names one cluster, and labs are graded on that alone", o.clusters, kubeconfigEnv)
	}
	if o.resume {
		if len(o.Paths) > 0 {
			return usagef("grade: --resume goes on with what was named before: leave out %s", strings.Join(o.Paths, " "))
		}
		if _, err := os.Stat(o.out); err != nil {
			return usagef("grade: there is no run to go on with: %w: type slipway grade DIR --out %s", err, o.out)
		}
		return nil
	}
	switch {
	case len(o.Paths) == 0:
		return usagef("grade: what? Type slipway grade with the folder of the submissions")
	case o.topology != string(labs.One) && o.topology != string(labs.Four):
		return usagef("grade: unknown topology %q: use one or four", o.topology)
	case o.Engine != "local" && o.Engine != kubernetesEngine:
		return usagef("grade: unknown engine %q: use local or kubernetes", o.Engine)
	}
	return o.anchor()
}

// resumed returns the options of the run before, as the journal has them.
func (o gradeOptions) resumed(before []byte) (gradeOptions, error) {
	if before == nil {
		return o, usagef("grade: %s holds no run to go on with: type slipway grade DIR --out %[1]s", o.out)
	}
	resumed := gradeOptions{out: o.out, topology: o.topology, parallel: o.parallel, clusters: o.clusters, resume: true, yes: o.yes}
	if err := json.Unmarshal(before, &resumed); err != nil {
		return o, fmt.Errorf("grade: read the settings of the run before: %w", err)
	}
	return resumed, nil
}

// anchor makes the names of files hold from any folder, for a run that resumes.
func (o *gradeOptions) anchor() error {
	o.Paths = slices.Clone(o.Paths)
	names := []*string{&o.Roster, &o.Received, &o.Hidden}
	for i := range o.Paths {
		names = append(names, &o.Paths[i])
	}
	for _, name := range names {
		if *name == "" {
			continue
		}
		abs, err := filepath.Abs(*name)
		if err != nil {
			return fmt.Errorf("grade: %w", err)
		}
		*name = abs
	}
	return nil
}

// mayCount returns an error where what is graded must not count for credit, unless its authors are trusted.
func (g *grading) mayCount() error {
	if g.opts.Trust {
		return nil
	}
	var weak []error
	if g.cells != nil { // in a cluster each worker looks for itself
		if err := g.cells.Achieved().Credit(); err != nil {
			weak = append(weak, err)
		}
	}
	for _, t := range g.config.Tasks {
		if g.course.catalog.labs.Get(t.ID) != nil {
			weak = append(weak, fmt.Errorf("%s is a lab, whose scripts run with your rights", t.ID))
		}
	}
	if weak == nil {
		return nil
	}
	notes := ""
	for _, note := range g.notes() {
		notes += "\n  " + note
	}
	return usagef("grade: programs of strangers could harm this machine, or see hidden checks:\n%w%s\nwhere that does not matter, add --i-trust-these-authors: the gradebook will say so", errors.Join(weak...), notes)
}
