package isolation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// grace is how long the outputs of a command may stay open after it has ended.
const grace = 2 * time.Second

// A bwrapCommand is a command in a room, while it runs.
type bwrapCommand struct {
	room   *bwrapRoom
	cmd    *exec.Cmd
	group  *cgroup  // nil where there are none
	status *os.File // what bubblewrap tells, in JSON: the first process, and how the command ended
	told   *json.Decoder
	init   int // the first process of the command's namespace, which takes all others with it
	pidfd  int

	mu     sync.Mutex
	killed string // the limit for which it was ended, or canceled
}

func (r *bwrapRoom) Run(ctx context.Context, c sandbox.Command) (sandbox.Result, error) {
	if len(c.Args) == 0 {
		return sandbox.Result{}, errors.New("run command: no arguments")
	}
	if ctx.Err() != nil {
		return sandbox.Result{}, fmt.Errorf("run %s: %w", c.Args[0], context.Cause(ctx))
	}
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return sandbox.Result{}, fmt.Errorf("run %s: %w", c.Args[0], errClosed)
	}
	r.running.Add(1)
	r.mu.Unlock()
	defer r.running.Done()
	res, err := r.run(ctx, c)
	if err != nil {
		err = fmt.Errorf("run %s: %w", c.Args[0], err)
	}
	return res, err
}

func (r *bwrapRoom) run(ctx context.Context, c sandbox.Command) (res sandbox.Result, err error) {
	limits := r.limits
	if limits.Wall > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limits.Wall)
		defer cancel()
	}
	p := &bwrapCommand{room: r, pidfd: -1}
	if r.b.groups != nil {
		if p.group, err = r.b.groups.create(limits); err != nil {
			return res, err
		}
		defer func() { err = errors.Join(err, p.group.remove()) }()
	}
	stdout, stderr := p.output(c.MaxOutput), p.output(c.MaxOutput)
	if c.Merge {
		stderr = stdout
	}
	begin := time.Now()
	if err := p.start(c, stdout, stderr); err != nil {
		return res, err
	}
	stop := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { p.watch(ctx, stop) })
	waited := p.cmd.Wait()
	close(stop)
	watching.Wait()
	defer p.status.Close()
	defer unix.Close(p.pidfd)
	res = sandbox.Result{
		Stdout: stdout.kept.Bytes(), Stderr: stderr.kept.Bytes(), Truncated: stdout.lost || stderr.lost,
		ExitCode: p.cmd.ProcessState.ExitCode(), Elapsed: time.Since(begin),
	}
	said := string(res.Stderr)
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
	case "":
		if err := p.ended(waited, said, &res); err != nil {
			return res, err
		}
		res.Limit = p.limit(res.ExitCode)
	default:
		res.ExitCode, res.Limit, res.TimedOut = -1, p.killed, p.killed == "time"
	}
	return res, nil
}

func (p *bwrapCommand) output(most int) *output {
	o := &output{keep: int64(most), may: p.room.limits.Output, excess: func() { p.kill("output") }}
	o.bound = o.may > 0
	switch {
	case o.keep == 0 && o.bound, o.bound && o.may < o.keep:
		o.keep = o.may
	case o.keep == 0:
		o.keep = sandbox.DefaultMaxOutput
	}
	return o
}

// start starts bubblewrap, and lets the command begin when it is under its limits.
func (p *bwrapCommand) start(c sandbox.Command, stdout, stderr *output) error {
	var theirs []*os.File // descriptors of bubblewrap, from 3 on
	defer func() {
		for _, f := range theirs {
			_ = f.Close()
		}
	}()
	status, statusWriter, err := os.Pipe()
	if err != nil {
		return err
	}
	theirs = append(theirs, statusWriter)
	p.status, p.told = status, json.NewDecoder(status)
	blockReader, block, err := os.Pipe()
	if err != nil {
		return errors.Join(err, status.Close())
	}
	defer block.Close()
	theirs = append(theirs, blockReader)
	filter, err := p.filter()
	if err != nil {
		return errors.Join(err, status.Close())
	}
	theirs = append(theirs, filter)

	p.cmd = exec.Command(p.room.b.program, p.args(c)...)
	p.cmd.Dir, p.cmd.Env = "/", []string{}
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	if c.Stdin != nil {
		p.cmd.Stdin = struct{ io.Reader }{c.Stdin} // a pipe, whatever it is: no file of the judge goes in
	}
	p.cmd.WaitDelay = grace
	p.cmd.ExtraFiles = theirs
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Credential: p.room.user.credential()}
	if err := p.room.thread.do(p.cmd.Start); err != nil {
		return errors.Join(err, status.Close())
	}
	for _, f := range theirs {
		_ = f.Close() // so that status ends with bubblewrap
	}
	if err := p.admit(block, stderr); err != nil {
		_ = p.cmd.Process.Kill() // the command dies with it
		_ = p.cmd.Wait()
		return errors.Join(err, status.Close())
	}
	return nil
}

// filter is an open file that holds the filter of system calls. A pipe has room for it.
func (p *bwrapCommand) filter() (*os.File, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if _, err = writer.Write(p.room.b.filter); err != nil {
		return nil, errors.Join(err, reader.Close(), writer.Close())
	}
	return reader, writer.Close()
}

// admit puts the command under its limits, and lets it begin.
func (p *bwrapCommand) admit(block io.Writer, stderr *output) error {
	var began struct {
		Child int `json:"child-pid"`
	}
	if err := p.told.Decode(&began); err != nil || began.Child <= 0 {
		_ = p.cmd.Wait()
		return fmt.Errorf("bubblewrap: %s", strings.TrimSpace(stderr.kept.String()))
	}
	p.init = began.Child
	var err error
	if p.pidfd, err = unix.PidfdOpen(p.init, 0); err != nil {
		return fmt.Errorf("open process: %w", err)
	}
	if p.group != nil {
		if err := p.group.add(p.init); err != nil {
			return fmt.Errorf("put command in cgroup: %w", err)
		}
	}
	if err := p.room.thread.do(p.bound); err != nil {
		return err
	}
	if _, err := block.Write([]byte{1}); err != nil {
		return fmt.Errorf("let command begin: %w", err)
	}
	return nil
}

// args are those of bubblewrap.
func (p *bwrapCommand) args(c sandbox.Command) []string {
	args := []string{
		"--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try",
		"--uid", "1000", "--gid", "1000", "--hostname", "cell", "--die-with-parent", "--new-session",
		"--bind", p.room.dir + "/root", "/", "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/",
		"--json-status-fd", "3", "--block-fd", "4", "--seccomp", "5", "--clearenv",
	}
	if p.room.b.disableUserns {
		args = append(args, "--disable-userns")
	}
	for _, e := range c.Env {
		if k, v, ok := strings.Cut(e, "="); ok && k != "" {
			args = append(args, "--setenv", k, v)
		}
	}
	dir := c.Dir
	if dir == "" {
		dir = "/tmp"
	}
	args = append(args, "--chdir", dir, "--")
	return append(args, c.Args...)
}

// openFiles is how many files a process may have open.
const openFiles = 4096

// bound sets the limits that are a process's own, which all that it starts has too. It runs on the thread of the
// room: the limits of a process may be set by the user that it runs as, where root may not.
func (p *bwrapCommand) bound() error {
	l := p.room.limits
	set := map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: openFiles}
	if l.Disk > 0 {
		set[unix.RLIMIT_FSIZE] = uint64(l.Disk)
	}
	if l.CPU > 0 {
		set[unix.RLIMIT_CPU] = uint64((l.CPU + time.Second - 1) / time.Second)
	}
	if p.group == nil && l.Processes > 0 {
		set[unix.RLIMIT_NPROC] = uint64(l.Processes)
	}
	if p.group == nil && l.Memory > 0 {
		set[unix.RLIMIT_DATA] = uint64(l.Memory)
	}
	if p.room.user.lock != nil {
		if err := setRealUser(p.room.user.id); err != nil {
			return err
		}
		defer setRealUser(0)
	}
	for resource, most := range set {
		var now unix.Rlimit
		if err := unix.Prlimit(p.init, resource, nil, &now); err != nil {
			return fmt.Errorf("read limit of command: %w", err)
		}
		most = min(most, now.Max)
		if err := unix.Prlimit(p.init, resource, &unix.Rlimit{Cur: most, Max: most}, nil); err != nil {
			return fmt.Errorf("set limit of command: %w", err)
		}
	}
	return nil
}

// setRealUser changes the real user and group of the calling thread alone. It stays root.
func setRealUser(id int) error {
	const keep = ^uintptr(0)
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESGID, uintptr(id), keep, keep); errno != 0 {
		return fmt.Errorf("become group %d: %w", id, errno)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(id), keep, keep); errno != 0 {
		return fmt.Errorf("become user %d: %w", id, errno)
	}
	return nil
}

// kill ends the command and all that it has started.
func (p *bwrapCommand) kill(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed == "" {
		p.killed = why
		_ = unix.PidfdSendSignal(p.pidfd, unix.SIGKILL, nil, 0)
	}
}

// watch ends the command when its time is over, and when it uses more than it may.
func (p *bwrapCommand) watch(ctx context.Context, stop <-chan struct{}) {
	l := p.room.limits
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				p.kill("time")
			} else {
				p.kill("canceled")
			}
			return
		case <-p.room.ctx.Done():
			p.kill("canceled")
			return
		case <-look.C:
		}
		u := measure(p.init)
		switch {
		case l.CPU > 0 && u.cpu > l.CPU:
			p.kill("cpu")
		case p.group != nil:
		case l.Memory > 0 && u.memory > l.Memory:
			p.kill("memory")
		case l.Processes > 0 && u.processes >= l.Processes:
			p.kill("processes")
		}
	}
}

// ended tells whether the command ran at all. What bubblewrap says of a folder that is not there is a result: the
// command before may have removed it.
func (p *bwrapCommand) ended(waited error, said string, res *sandbox.Result) error {
	var end struct {
		Code *int `json:"exit-code"`
	}
	var exit *exec.ExitError
	switch err := p.told.Decode(&end); {
	case err == nil && end.Code != nil:
		res.ExitCode = *end.Code
		return nil
	case waited != nil && !errors.As(waited, &exit):
		return waited
	case strings.HasPrefix(said, "bwrap: Can't chdir to "):
		return nil
	}
	return fmt.Errorf("bubblewrap: %s", strings.TrimSpace(said))
}

// limit names the limit that ended the command by itself.
func (p *bwrapCommand) limit(code int) string {
	if p.group != nil {
		if hit := p.group.hit(); hit != "" {
			return hit
		}
	}
	switch code {
	case 0:
		return ""
	case 128 + int(unix.SIGXCPU):
		return "cpu"
	case 128 + int(unix.SIGXFSZ):
		return "disk"
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(p.room.dir, &stat); err == nil && p.room.limits.Disk > 0 && (stat.Bavail == 0 || stat.Ffree == 0) {
		return "disk"
	}
	return ""
}
