package isolation

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// A thread is a thread of the system with a network, whose loopback is up, and mounts of its own. Sockets that are
// made and commands that are started on it are in that network. Commands that it has started end when it ends.
type thread struct {
	work chan func()
	stop chan struct{}
	done chan struct{} // closed when the thread serves no more
}

func startThread() (*thread, error) {
	t := &thread{work: make(chan func()), stop: make(chan struct{}), done: make(chan struct{})}
	began := make(chan error)
	go offMainThread(func() {
		defer close(t.done)
		if err := leave(); err != nil {
			began <- err
			return
		}
		began <- nil
		for {
			select {
			case f := <-t.work:
				f()
			case <-t.stop:
				return
			}
		}
	})
	if err := <-began; err != nil {
		return nil, err
	}
	return t, nil
}

// do calls f on the thread.
func (t *thread) do(f func() error) error {
	result := make(chan error, 1)
	select {
	case t.work <- func() { result <- f() }:
		return <-result
	case <-t.done:
		return errClosed
	}
}

// end ends the thread, once. Its network and its mounts go with it, when its commands are gone too.
func (t *thread) end() {
	close(t.stop)
	<-t.done
}

// offMainThread calls f on a thread that ends with f. The main thread of a process is not fit for that, as it never
// ends.
func offMainThread(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		f()
		return
	}
	locked := make(chan struct{})
	go func() {
		runtime.LockOSThread() // not the main thread: that one is taken
		close(locked)
		f()
	}()
	<-locked
	runtime.UnlockOSThread()
}

// leave takes the calling thread out of the network and the mounts of the others. It still sees what they mount and
// unmount. What it makes, others may read, whatever the umask of the process is.
func leave() error {
	if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	unix.Umask(0o022)
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open socket: %w", err)
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("bring up loopback: %w", err)
	}
	return nil
}
