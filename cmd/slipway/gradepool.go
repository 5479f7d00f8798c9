package main

import (
	"context"
	"errors"
	"os"

	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/labs"
	"github.com/slipway-workshop/slipway/labs/engine"
)

// A pool is the clusters on which labs are graded: some of each shape that labs share, with one submission on each at
// a time.
type pool struct {
	free  map[labs.Topology]chan labs.Place
	grade func(context.Context, labs.Place, *labs.Lab, []workspace.File) (verdict.Result, error)
}

// newPool returns a pool with so many clusters of each shape, which e makes when they are first used.
func newPool(clusters int, e *engine.Engine) *pool {
	p := &pool{free: map[labs.Topology]chan labs.Place{}}
	for _, t := range []labs.Topology{labs.One, labs.Four} {
		p.free[t] = make(chan labs.Place, clusters)
		for n := range clusters {
			p.free[t] <- labs.Shared(t).Twin(n + 1)
		}
	}
	p.grade = func(ctx context.Context, at labs.Place, l *labs.Lab, files []workspace.File) (verdict.Result, error) {
		dir, err := os.MkdirTemp("", "slipway-grade-")
		if err != nil {
			return verdict.Result{}, err
		}
		res, err := e.Grade(ctx, at, l, files, dir)
		return res, errors.Join(err, workspace.RemoveAll(dir))
	}
	return p
}

// judge judges what was handed in for a lab. The nodes of a twin have other names, which are written into all files
// first; a program that puts such a name together from parts does not know. So what passes on a twin has passed, and
// of all else the first cluster decides, whose names are those that the learner had.
func (p *pool) judge(ctx context.Context, l *labs.Lab, files []workspace.File) (verdict.Result, error) {
	at, release, err := p.take(ctx, l.Place())
	if err != nil {
		return verdict.Result{}, err
	}
	res, err := p.grade(ctx, at, l, files)
	release()
	if at == at.First() || ctx.Err() != nil || err == nil && res.Status == verdict.Pass {
		return res, err
	}
	return p.grade(ctx, at.First(), l, files)
}

// take waits for a cluster that can stand for the one at a place. Where the learner makes the cluster, under a name that
// the lab gives, there is only that one, and the engine of labs makes others wait.
func (p *pool) take(ctx context.Context, at labs.Place) (labs.Place, func(), error) {
	free, ok := p.free[at.Topology]
	if !ok {
		return at, func() {}, nil
	}
	select {
	case at := <-free:
		return at, func() { free <- at }, nil
	case <-ctx.Done():
		return labs.Place{}, nil, context.Cause(ctx)
	}
}
