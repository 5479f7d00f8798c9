package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/labs"
)

// Grade judges what a learner handed in for a lab on the cluster at a place, which is the lab's own or a twin of it: it
// takes the cluster back, sets the lab up, puts the files into dir, which is empty, types what solve.sh among them says,
// and checks, while every other command waits. A script that fails is the learner's mistake: the checks are made all the
// same, and the first that fails tells of it.
func (e *Engine) Grade(ctx context.Context, at labs.Place, l *labs.Lab, files []workspace.File, dir string) (res verdict.Result, err error) {
	names := renamingFor(at)
	l, files = names.lab(l), names.files(files)
	err = e.work(ctx, at, "grade "+l.ID, func(h *held) error {
		res, err = h.grade(ctx, l, files, dir)
		return err
	})
	return res, err
}

func (h *held) grade(ctx context.Context, l *labs.Lab, files []workspace.File, dir string) (verdict.Result, error) {
	if err := h.regain(ctx); err != nil {
		return verdict.Result{}, err
	}
	if _, err := h.setup(ctx, l); err != nil {
		return verdict.Result{}, err
	}
	var script []byte
	if i := slices.IndexFunc(files, func(f workspace.File) bool { return f.Name == labs.SolveScript }); i >= 0 {
		script = files[i].Data
		files = slices.Delete(files, i, i+1)
	}
	if err := workspace.Materialise(dir, files); err != nil {
		return verdict.Result{}, err
	}
	_, err := h.solve(ctx, script, dir)
	var failed *scriptError
	if err != nil && !errors.As(err, &failed) {
		return verdict.Result{}, err
	}
	res, err := h.check(ctx, l, dir, nil)
	if err != nil || failed == nil {
		return res, err
	}
	blame(&res, verdict.Finding{
		Expected: "the commands of solve.sh end without an error", Actual: failed.how,
		Why:  "A lab is graded on a new cluster. What was typed into the learner's own cluster is not there; solve.sh does it again.",
		Next: fmt.Sprintf("slipway reset %s, then slipway shell %[1]s and sh -e solve.sh", l.ID),
	})
	return res, nil
}

// blame tells the likeliest cause first, in the first check that failed.
func blame(res *verdict.Result, f verdict.Finding) {
	for i := range res.Checks {
		if c := &res.Checks[i]; c.Status == verdict.Fail {
			c.Findings = append([]verdict.Finding{f}, c.Findings...)
			return
		}
	}
}
