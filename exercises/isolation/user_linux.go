package isolation

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Users of commands have numbers that no system gives to people or services by itself.
const (
	firstUser = 64001
	lastUser  = 64512
)

// A user is whom the commands of a cell run as. No two cells of this machine have the same one at a time, unless the
// judge is an ordinary user: then it is that user, and the namespaces alone keep cells apart.
type user struct {
	id   int
	lock io.Closer // nil for the judge's own
}

// takeUser takes a user that no other judge has. The lock is the name of a socket, which the kernel takes back
// however the judge ends.
func takeUser() (*user, error) {
	if !manyUsers() {
		return &user{id: os.Geteuid()}, nil
	}
	for id := firstUser; id <= lastUser; id++ {
		l, err := net.Listen("unix", fmt.Sprintf("@slipway-user-%d", id))
		if errors.Is(err, unix.EADDRINUSE) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("lock user %d: %w", id, err)
		}
		return &user{id, l}, nil
	}
	return nil, fmt.Errorf("users %d to %d are all taken: end other judges, or have fewer work at once", firstUser, lastUser)
}

func (u *user) release() {
	if u.lock != nil {
		_ = u.lock.Close()
	}
}

// credential is what makes a process this user's; nil for the judge's own.
func (u *user) credential() *syscall.Credential {
	if u.lock == nil {
		return nil
	}
	return &syscall.Credential{Uid: uint32(u.id), Gid: uint32(u.id)}
}

// as calls f on a thread that is this user's and ends with f. Root without CAP_SYS_PTRACE looks into its processes so.
func (u *user) as(f func() error) error {
	if u.lock == nil {
		return f()
	}
	done := make(chan error)
	go offMainThread(func() {
		err := become(u.id)
		if err == nil {
			err = f()
		}
		done <- err
	})
	return <-done
}

// become makes the calling thread another user's. It cannot serve others again.
func become(id int) error {
	const keep = ^uintptr(0)
	for _, call := range []uintptr{unix.SYS_SETRESGID, unix.SYS_SETRESUID} {
		if _, _, errno := unix.RawSyscall(call, uintptr(id), uintptr(id), keep); errno != 0 {
			return fmt.Errorf("become user %d: %w", id, errno)
		}
	}
	return nil
}

// manyUsers reports whether the judge may be other users too: whether it is root, and not of a namespace with one user.
func manyUsers() bool {
	if os.Geteuid() != 0 {
		return false
	}
	for _, m := range usersMapped() {
		if m.inside <= firstUser && lastUser < m.inside+m.count {
			return true
		}
	}
	return false
}

// rootOutside reports whether user 0 of this namespace is user 0 of the one around it.
func rootOutside() bool {
	return slices.Contains(usersMapped(), mapping{0, 0, 1})
}

// A mapping says which users of a namespace are which of the one around it.
type mapping struct{ inside, outside, count int }

func usersMapped() []mapping {
	file, err := os.Open("/proc/self/uid_map")
	if err != nil {
		return nil
	}
	defer file.Close()
	var all []mapping
	for {
		var m mapping
		if _, err := fmt.Fscan(file, &m.inside, &m.outside, &m.count); err != nil {
			return all
		}
		all = append(all, m)
	}
}
