package isolation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A bwrapCommand is a command in a room of a bubblewrap.
type bwrapCommand struct {
	room   *bwrapRoom
	x      *execution
	cmd    *exec.Cmd
	status *os.File // what bubblewrap tells, in JSON: the first process, and how the command ended
	told   *json.Decoder
	init   int // the first process of the command's namespace, which takes all others with it
	pidfd  int

	waited error // of bubblewrap
	code   *int  // exit code of the command; nil where bubblewrap has told none
}

func (r *bwrapRoom) Run(ctx context.Context, c sandbox.Command) (sandbox.Result, error) {
	return r.admit(ctx, c, &bwrapCommand{room: r, pidfd: -1})
}

func (p *bwrapCommand) measure() usage { return measure(p.init) }

func (p *bwrapCommand) kill() { _ = unix.PidfdSendSignal(p.pidfd, unix.SIGKILL, nil, 0) }

func (p *bwrapCommand) await() error {
	defer p.status.Close()
	p.waited = p.cmd.Wait()
	p.x.stop("ended")
	if err := p.reap(); err != nil {
		return err
	}
	var end struct {
		Code *int `json:"exit-code"`
	}
	if p.told.Decode(&end) == nil {
		p.code = end.Code
	}
	return nil
}

// reap waits until nothing of the command lives. Bubblewrap may end before its first process does, which then is a
// child of the judge. That one ends when all others of its namespace are gone.
func (p *bwrapCommand) reap() error {
	defer unix.Close(p.pidfd)
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
func (p *bwrapCommand) ended(said string, res *sandbox.Result) error {
	var exit *exec.ExitError
	switch {
	case p.code != nil:
		res.ExitCode = *p.code
		if res.ExitCode != 0 && p.room.full() {
			res.Limit = "disk"
		}
		return nil
	case p.waited != nil && !errors.As(p.waited, &exit):
		return p.waited
	case strings.HasPrefix(said, "bwrap: Can't chdir to "):
		res.ExitCode = notFound
		return nil
	case strings.HasPrefix(said, "bwrap: execvp "):
		return notExecuted(strings.TrimSpace(said))
	}
	return fmt.Errorf("bubblewrap: %s", strings.TrimSpace(said))
}

// full reports whether the file system of the room has no room left.
func (r *bwrapRoom) full() bool {
	var stat unix.Statfs_t
	return r.limits.Disk > 0 && unix.Statfs(r.dir, &stat) == nil && (stat.Bavail == 0 || stat.Ffree == 0)
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
