package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/labs"
)

// brittle is a cluster that is made anew, and so loses what a learner did, when it is touched.
type brittle struct {
	labs.Cluster
	touched bool
}

func (c *brittle) Name() string { return "slipway-one" }

func (c *brittle) Start(context.Context, func(string)) error {
	c.touched = true
	return errors.New("the API server does not answer")
}

func (c *brittle) Stop(context.Context) error { return nil }

// TestFullDisk sees that nothing is begun on a cluster whose disk is full, that it can be ended all the same,
// and that a disk which fills meanwhile is told.
func TestFullDisk(t *testing.T) {
	full := fmt.Errorf("%w: only 3 MB are left in /data", labs.ErrNoRoom)
	lab := &labs.Lab{Task: &task.Task{ID: "lab-7", Digest: "one"}, Topology: labs.One}
	ready := record{Cluster: "uid", Lab: "lab-7", Digest: "one", Ready: true}
	newEngine := func(room ...error) (*Engine, *brittle) {
		c := &brittle{}
		e := &Engine{
			Dir: t.TempDir(), Provide: func(labs.Place) (labs.Cluster, error) { return c, nil },
			Room: func(context.Context) error {
				now := room[0]
				room = room[min(1, len(room)-1):]
				return now
			},
		}
		h, unlock, err := e.enter(lab.Place(), "test")
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		if err := h.remember(ready); err != nil {
			t.Fatal(err)
		}
		return e, c
	}
	commands := map[string]func(*Engine) error{
		"start": func(e *Engine) error { return e.Setup(t.Context(), lab) },
		"check": func(e *Engine) error { _, err := e.Check(t.Context(), lab, t.TempDir(), nil); return err },
		"grade": func(e *Engine) error {
			_, err := e.Grade(t.Context(), lab.Place(), lab, nil, t.TempDir())
			return err
		},
		"prove":   func(e *Engine) error { _, err := e.Try(t.Context(), lab, task.Change{}, t.TempDir()); return err },
		"chapter": func(e *Engine) error { _, _, err := e.Cluster(t.Context(), lab.Place()); return err },
		"reset":   func(e *Engine) error { _, err := e.Reset(t.Context(), lab); return err },
	}
	for name, command := range commands {
		e, c := newEngine(full)
		if err := command(e); err == nil || err.Error() != full.Error() || c.touched {
			t.Errorf("%s: %v, touched %v", name, err, c.touched)
		}
		if !e.Holds(lab) {
			t.Errorf("%s: the lab is not set up any more", name)
		}
		if err := e.Down(t.Context(), lab.Place()); err != nil {
			t.Errorf("down after %s: %v", name, err)
		}
	}
	e, _ := newEngine(nil, full)
	err := commands["start"](e)
	if err == nil || !strings.Contains(err.Error(), "the API server does not answer") || !strings.Contains(err.Error(), full.Error()) {
		t.Errorf("a disk that fills meanwhile: %v", err)
	}
}
