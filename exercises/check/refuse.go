package check

import (
	"errors"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

const workspaceTitle = "The workspace can be read"

func asRefusal(err error) (*workspace.Refusal, bool) {
	var r *workspace.Refusal
	ok := errors.As(err, &r)
	return r, ok
}

// refuse is the result for a workspace that cannot be checked: one finding, and every check waits.
func refuse(t *task.Task, r *workspace.Refusal, report func(verdict.Check)) verdict.Result {
	checks := []verdict.Check{{
		ID: "workspace", Title: workspaceTitle, Status: verdict.Fail,
		Findings: []verdict.Finding{{
			Expected: "a workspace that can be copied for the checks",
			Actual:   r.Path + ": " + r.Reason,
			Why:      "Checks run on a copy, so that they never change your files. What cannot be copied cannot be checked.",
			Next:     r.Next,
		}},
	}}
	for _, c := range t.Checks {
		checks = append(checks, verdict.Check{ID: c.ID, Title: c.Title, Max: c.Points, Hidden: c.Hidden, Status: verdict.Blocked, WaitsFor: []string{workspaceTitle}})
	}
	for _, c := range checks {
		if report != nil {
			report(c)
		}
	}
	return verdict.New(t.ID, t.Title, checks)
}
