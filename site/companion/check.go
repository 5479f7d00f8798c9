package companion

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// A Closing is the data of the event that ends a check: how the task stands.
type Closing struct {
	Status  verdict.Status `json:"status"`
	Summary string         `json:"summary"`
	Points  int            `json:"points"`
	Max     int            `json:"max"`
}

// A Fault is the data of the event that ends a check which could not judge.
type Fault struct {
	Message string `json:"message"`
}

var (
	errAgain   = errors.New("this check was stopped, because the same task is being checked from another page")
	errStopped = errors.New("slipway serve was stopped: start it again and press the button")
)

func (s *Server) serveCheck(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("task")
	if err := s.admitCheck(r, id); err != nil {
		refuse(w, err)
		return
	}
	_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 1<<10)) // only then is a client that leaves noticed
	if r.Context().Err() != nil {
		return // it left while the catalogue was read: a request after it may have begun meanwhile
	}
	run := s.checks.begin(r.Context(), id)
	defer run.end()
	out := newStream(w)
	result, err := s.judge(run, id, out)
	if err != nil {
		_ = out.send("fault", Fault{err.Error()})
		return
	}
	_ = out.send("result", Closing{result.Status, result.Summary(), result.Points, result.Max})
}

func (s *Server) admitCheck(r *http.Request, id string) error {
	if err := checkOrigin(r); err != nil {
		return err
	}
	if err := s.checkToken(r); err != nil {
		return err
	}
	if !s.opt.Checker.Has(id) {
		return refusal{http.StatusNotFound, fmt.Sprintf("no task has the id %q: slipway list", id)}
	}
	return nil
}

func (s *Server) judge(run *run, id string, out *stream) (verdict.Result, error) {
	run.waitTurn()
	if err := context.Cause(run.ctx); err != nil {
		return verdict.Result{}, err
	}
	result, err := s.opt.Checker.Check(run.ctx, id, func(c verdict.Check) {
		_ = out.send("check", verdict.Say(c)) // a client that left ends the context as well
	})
	if cause := context.Cause(run.ctx); cause != nil {
		return verdict.Result{}, cause
	}
	return result, err
}

// runs holds the newest check of each task. A task is checked once at a time: a new request ends the
// check before it and begins when that has returned, because the answer that counts is the one about
// the files as they are now. So nothing queues up, however often somebody asks.
type runs struct {
	mu     sync.Mutex
	newest map[string]*run
}

// A run is one request for a check.
type run struct {
	all    *runs
	task   string
	ctx    context.Context
	cancel context.CancelCauseFunc
	before *run // the request that this one replaces, or nil
	done   chan struct{}
}

func (all *runs) begin(ctx context.Context, task string) *run {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.newest == nil {
		all.newest = map[string]*run{}
	}
	r := &run{all: all, task: task, before: all.newest[task], done: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	all.newest[task] = r
	return r
}

// waitTurn ends the run before and waits for it, also when this run has been ended meanwhile: the
// run after this one relies on it.
func (r *run) waitTurn() {
	if r.before != nil {
		r.before.cancel(errAgain)
		<-r.before.done
		r.before = nil
	}
}

func (r *run) end() {
	r.cancel(nil)
	close(r.done)
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if r.all.newest[r.task] == r {
		delete(r.all.newest, r.task)
	}
}
