package isolation

import (
	"context"
	"net"
	"os"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A processes runs commands as the judge itself would: they are kept from nothing.
type processes struct {
	o   Options
	dir string
}

func openProcess(_ context.Context, o Options) (maker, Achieved, error) {
	dir, err := os.MkdirTemp(o.Dir, "slipway-cells-")
	if err != nil {
		return nil, Achieved{}, err
	}
	return &processes{o, dir}, Achieved{
		Files: None, Network: None, Processes: Weak, Memory: None, Disk: None,
		Notes: []string{"commands run as the judge's own user and see what it sees"},
	}, nil
}

func (p *processes) close() error { return os.RemoveAll(p.dir) }

func (p *processes) room(ctx context.Context) (room, error) {
	dir, err := os.MkdirTemp(p.dir, "")
	if err != nil {
		return nil, err
	}
	ctx, end := context.WithCancelCause(context.WithoutCancel(ctx))
	return &openRoom{ctx: ctx, end: end, limits: p.o.Limits, dir: dir}, nil
}

// An openRoom is the room of a processes.
type openRoom struct {
	door
	ctx    context.Context
	end    context.CancelCauseFunc
	limits Limits
	dir    string
}

func (r *openRoom) Dir() string { return r.dir }

func (r *openRoom) Show(path string, _ Mode) error {
	_, err := os.Lstat(path)
	return err
}

func (r *openRoom) Own(string) error { return nil }

func (r *openRoom) Listen() (net.Listener, error) { return r.ListenAt("127.0.0.1:0") }

func (r *openRoom) ListenAt(addr string) (net.Listener, error) { return net.Listen("tcp", addr) }

func (r *openRoom) Run(ctx context.Context, c sandbox.Command) (sandbox.Result, error) {
	if !r.enter() {
		return sandbox.Result{}, errClosed
	}
	defer r.leave()
	if r.limits.Wall > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.limits.Wall)
		defer cancel()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(r.ctx, func() { cancel(context.Cause(r.ctx)) })()
	return sandbox.Run(ctx, c)
}

func (r *openRoom) Close() error {
	if !r.shut(func() { r.end(errClosed) }) {
		return nil
	}
	return os.RemoveAll(r.dir)
}
