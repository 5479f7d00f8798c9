//go:build unix && !linux && !aix && !solaris

package sandbox

import (
	"errors"

	"golang.org/x/sys/unix"
)

// awaitExit returns when a child has ended, and leaves it to be reaped. waitid does not serve: on
// macOS it returns for a stopped process too, see https://go.dev/issue/19314.
func awaitExit(pid int) error {
	queue, err := unix.Kqueue()
	if err != nil {
		return err
	}
	defer unix.Close(queue)
	exit := make([]unix.Kevent_t, 1)
	unix.SetKevent(&exit[0], pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	exit[0].Fflags = unix.NOTE_EXIT
	for {
		_, err := unix.Kevent(queue, exit, exit, nil)
		switch {
		case errors.Is(err, unix.ESRCH): // it has ended already
			return nil
		case !errors.Is(err, unix.EINTR):
			return err
		}
	}
}
