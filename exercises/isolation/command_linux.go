package isolation

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
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
	killed string // the limit for which it was ended, or canceled, or ended when it had done so by itself
}

func (r *bwrapRoom) Run(ctx context.Context, c sandbox.Command) (sandbox.Result, error) {
	return r.admit(ctx, c, r.run)
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
	var watching sync.WaitGroup
	watching.Go(func() {
		w := watch{limits: limits, counted: p.group != nil, measure: func() usage { return measure(p.init) }, kill: p.kill}
		w.until(ctx, r.ctx, stop)
	})
	waited := p.cmd.Wait()
	close(stop)
	watching.Wait()
	defer p.status.Close()
	if err := p.reap(); err != nil {
		return res, err
	}
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
	case "ended":
		if err := p.ended(waited, said, &res); err != nil {
			return res, err
		}
		res.Limit = p.limit(res.ExitCode)
	default:
		res.ExitCode, res.TimedOut = -1, p.killed == "time"
		res.Limit = cmp.Or(p.hit(), p.killed) // a program that may start no more processes, say, runs into its time
	}
	return res, nil
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

// notFound is the exit code of shells for a program that is not there.
const notFound = 127

// reap waits until nothing of the command lives. Bubblewrap may end before its first process does, which then is a
// child of the judge. That one ends when all others of its namespace are gone.
func (p *bwrapCommand) reap() error {
	defer unix.Close(p.pidfd)
	p.kill("ended")
	poll := []unix.PollFd{{Fd: int32(p.pidfd), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(poll, -1)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for the end of all processes: %w", err)
		}
	}
	err := unix.EINTR
	for err == unix.EINTR {
		err, _ = unix.Waitid(unix.P_PIDFD, p.pidfd, nil, unix.WEXITED, nil).(unix.Errno)
	}
	return nil
}

// ended tells whether the command ran at all. A folder that is not there is a result: a command before may have removed
// it. A program that cannot be executed is told as sandbox.Run does, by an *fs.PathError. Nobody but bubblewrap can say
// either, as the command has not begun.
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
		res.ExitCode = notFound
		return nil
	case strings.HasPrefix(said, "bwrap: execvp "):
		return notExecuted(strings.TrimSpace(said))
	}
	return fmt.Errorf("bubblewrap: %s", strings.TrimSpace(said))
}

// notExecuted is the error of the system call that bubblewrap tells of: bwrap: execvp PATH: WHY.
func notExecuted(said string) error {
	path, why := strings.TrimPrefix(said, "bwrap: execvp "), ""
	if at := strings.LastIndex(path, ": "); at >= 0 {
		path, why = path[:at], path[at+2:]
	}
	for _, errno := range []unix.Errno{unix.ENOENT, unix.EACCES, unix.ENOEXEC, unix.ENOTDIR, unix.EISDIR, unix.ELOOP, unix.ETXTBSY} {
		if strings.EqualFold(why, errno.Error()) {
			return &fs.PathError{Op: "fork/exec", Path: path, Err: errno}
		}
	}
	return &fs.PathError{Op: "fork/exec", Path: path, Err: errors.New(why)}
}

// hit names the limit of the cgroup that the command ran into, if any.
func (p *bwrapCommand) hit() string {
	if p.group == nil {
		return ""
	}
	return p.group.hit()
}

// limit names the limit that the command ran into before it ended by itself.
func (p *bwrapCommand) limit(code int) string {
	if hit := p.hit(); hit != "" || code == 0 {
		return hit
	}
	l := p.room.limits
	var stat unix.Statfs_t
	full := l.Disk > 0 && unix.Statfs(p.room.dir, &stat) == nil && (stat.Bavail == 0 || stat.Ffree == 0)
	if full || code == 128+int(unix.SIGXFSZ) {
		return "disk"
	}
	return ""
}
