package kind

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// An action is what Start does about what it finds.
type action int

const (
	create   action = iota // nothing is there: make the cluster
	keep                   // it has run since it was last seen Ready: leave it as it is
	resume                 // some of it is stopped or was: start that, and wait until it is Ready again
	recreate               // it is ours and of no use: delete it and make it anew
	refuse                 // somebody else made it
)

// A plan is an action, and why it is taken where that is not plain.
type plan struct {
	do  action
	why string
}

// decide says what to do about the containers found, given what is on record and the image wanted.
func decide(r *record, found []container, image string) plan {
	switch {
	case len(found) == 0:
		return plan{do: create}
	case r == nil:
		return plan{refuse, "Slipway has no record of having made it"}
	case !r.Whole:
		return plan{recreate, "its making was cut short"}
	}
	if name := stranger(r, found); name != "" {
		return plan{refuse, "Slipway did not make its node " + name}
	}
	if name := lost(r, found); name != "" {
		return plan{recreate, "its node " + name + " is gone"}
	}
	if r.Image != image {
		return plan{recreate, fmt.Sprintf("it was made with the image %s, which is now %s", r.Image, image)}
	}
	return decideByState(r, found)
}

func decideByState(r *record, found []container) plan {
	p := plan{do: keep}
	for _, c := range found {
		switch c.State {
		case "running":
			if !r.started(c).Equal(c.Started) {
				p.do = resume
			}
		case "exited", "stopped", "created", "paused", "restarting":
			p.do = resume
		default:
			return plan{recreate, "its node " + c.Name + " is " + c.State}
		}
	}
	return p
}

// started returns when the container last seen Ready had started.
func (r *record) started(c container) time.Time {
	i := slices.IndexFunc(r.Nodes, func(m member) bool { return m.ID == c.ID })
	return r.Nodes[i].Started
}

// stranger names a container that is not on record.
func stranger(r *record, found []container) string {
	for _, c := range found {
		if !slices.ContainsFunc(r.Nodes, func(m member) bool { return m.ID == c.ID }) {
			return c.Name
		}
	}
	return ""
}

// lost names the containers on record that are gone.
func lost(r *record, found []container) string {
	var names []string
	for _, m := range r.Nodes {
		if !slices.ContainsFunc(found, func(c container) bool { return m.ID == c.ID }) {
			names = append(names, m.Name)
		}
	}
	return strings.Join(names, ", ")
}
