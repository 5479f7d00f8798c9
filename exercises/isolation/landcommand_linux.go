package isolation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A landCommand is a command in a landRoom, while it runs.
type landCommand struct {
	room  *landRoom
	cmd   *exec.Cmd
	group *cgroup // nil where there are none
	asks  int

	mu     sync.Mutex
	waited bool         // its number may be another process's
	killed string       // as of a bwrapCommand
	seen   map[int]bool // what has been found to be of it
}

func (r *landRoom) Run(ctx context.Context, c sandbox.Command) (sandbox.Result, error) {
	return r.admit(ctx, c, r.run)
}

func (r *landRoom) run(ctx context.Context, c sandbox.Command) (res sandbox.Result, err error) {
	limits := r.limits
	if limits.Wall > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limits.Wall)
		defer cancel()
	}
	c.Dir = cmp.Or(c.Dir, filepath.Join(r.dir, "tmp"))
	if info, err := os.Stat(c.Dir); err != nil || !info.IsDir() {
		return sandbox.Result{ExitCode: notFound}, nil // a command before may have removed it
	}
	p := &landCommand{room: r, asks: -1, seen: map[int]bool{}}
	if r.l.groups != nil {
		if p.group, err = r.takeGroup(); err != nil {
			return res, err
		}
		defer r.giveGroup(p.group)
		if err := p.group.begin(limits); err != nil {
			return res, err
		}
	}
	excess := func() { p.kill("output") }
	stdout, stderr := newOutput(limits, c.MaxOutput, excess), newOutput(limits, c.MaxOutput, excess)
	if c.Merge {
		stderr = stdout
	}
	if err := p.start(c, stdout, stderr); err != nil {
		return res, err
	}
	begin := time.Now()
	stop := make(chan struct{})
	var helpers sync.WaitGroup
	var supervised error
	helpers.Go(func() {
		w := watch{limits: limits, counted: p.group != nil, measure: p.measure, kill: p.kill}
		w.until(ctx, r.ctx, stop)
	})
	helpers.Go(func() { supervised = r.user.as(func() error { return r.supervise(p.asks, stop) }) })
	unknown := p.awaitEnd()
	p.kill("ended")
	waited := p.cmd.Wait()
	p.mu.Lock()
	p.waited = true
	p.mu.Unlock()
	close(stop)
	helpers.Wait()
	_ = unix.Close(p.asks)
	if err := errors.Join(unknown, supervised, p.reap()); err != nil {
		return res, err
	}
	res = sandbox.Result{
		Stdout: stdout.kept.Bytes(), Stderr: stderr.kept.Bytes(), Truncated: stdout.lost || stderr.lost,
		ExitCode: p.cmd.ProcessState.ExitCode(), Elapsed: time.Since(begin),
	}
	if c.Merge {
		res.Stderr = nil
	}
	switch p.killed {
	case "canceled":
		res.ExitCode = -1
		if ctx.Err() != nil {
			return res, context.Cause(ctx)
		}
		return res, context.Cause(r.ctx)
	case "ended":
		var exit *exec.ExitError
		if waited != nil && !errors.As(waited, &exit) && !errors.Is(waited, exec.ErrWaitDelay) {
			return res, waited
		}
		if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
			res.ExitCode = 128 + int(status.Signal())
		}
		if p.group != nil {
			res.Limit = p.group.hit()
		}
		if res.Limit == "" && res.ExitCode == 128+int(unix.SIGXFSZ) {
			res.Limit = "disk"
		}
	default:
		res.ExitCode, res.TimedOut = -1, p.killed == "time"
		if p.group != nil {
			res.Limit = p.group.hit()
		}
		res.Limit = cmp.Or(res.Limit, p.killed)
	}
	return res, nil
}

// gate waits until the command is under its limits. The program, by its path, and its arguments follow.
const gate = `read -r _ <&3 || exit 125; exec 3<&-; exec "$0" "$@"`

// start starts the command, and lets it begin when it is under its limits.
func (p *landCommand) start(c sandbox.Command, stdout, stderr *output) error {
	env := p.environment(c.Env)
	program, err := find(c.Args[0], c.Dir, env)
	if err != nil {
		return err
	}
	wait, let, err := os.Pipe()
	if err != nil {
		return err
	}
	defer wait.Close()
	defer let.Close()
	p.cmd = exec.Command("/bin/sh", append([]string{"-c", gate, program}, c.Args[1:]...)...)
	p.cmd.Dir, p.cmd.Env = c.Dir, env
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	if c.Stdin != nil {
		p.cmd.Stdin = struct{ io.Reader }{c.Stdin} // a pipe, whatever it is: no file of the judge goes in
	}
	p.cmd.WaitDelay = grace
	p.cmd.ExtraFiles = []*os.File{wait}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Credential: p.room.user.credential(),
	}
	started := make(chan error)
	var tid int
	go offMainThread(func() {
		tid = unix.Gettid()
		started <- p.begin()
	})
	if err := <-started; err != nil {
		if p.asks >= 0 {
			_ = unix.Close(p.asks)
		}
		return err
	}
	err = p.admit()
	if err == nil {
		err = awaitThread(tid)
	}
	if err == nil {
		_, err = let.WriteString("\n")
	}
	if err != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		p.forget()
		_ = unix.Close(p.asks)
	}
	return err
}

// awaitThread waits for the end of the thread that has started a command. It has what the command has, so the command
// could send it signals, which are for all threads of the judge.
func awaitThread(tid int) error {
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(100 * time.Microsecond) {
		if _, err := os.Lstat(fmt.Sprintf("/proc/self/task/%d", tid)); errors.Is(err, os.ErrNotExist) {
			return nil
		}
	}
	return errors.New("wait for the end of a thread: it does not end")
}

// begin runs on a thread that ends before the command begins.
func (p *landCommand) begin() (err error) {
	r := p.room
	r.mu.Lock()
	rights := r.rights
	r.mu.Unlock()
	if p.asks, err = confine(rights, r.l.filter, r.l.sockets, r.user.lock == nil); err != nil {
		return err
	}
	if r.user.lock != nil {
		setFileUser(r.user.id)
		defer setFileUser(0)
	}
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	if err := p.cmd.Start(); err != nil {
		return err
	}
	r.l.direct[p.cmd.Process.Pid] = true
	return nil
}

// admit puts the command under its limits. The judge has to be able to read what the command asks for.
func (p *landCommand) admit() error {
	pid := p.cmd.Process.Pid
	if p.group != nil {
		if err := p.group.add(pid); err != nil {
			return fmt.Errorf("put command in cgroup: %w", err)
		}
	}
	limits := p.room.limits
	if p.room.user.lock == nil {
		limits.Processes = 0 // the kernel would count all of the judge's user
	}
	limited := make(chan error)
	go offMainThread(func() { limited <- bound(pid, limits, p.group != nil, p.room.user) })
	if err := <-limited; err != nil {
		return err
	}
	err := p.room.user.as(func() error {
		memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
		if err != nil {
			return err
		}
		return memory.Close()
	})
	if err != nil {
		return fmt.Errorf("supervise command: %w", err)
	}
	return nil
}
