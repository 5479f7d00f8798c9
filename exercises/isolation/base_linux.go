package isolation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A base is the folder below which a backend makes the folders of its cells. It is locked as long as this process lives,
// so that others can tell what a process has left that was killed.
type base struct {
	dir  string // without links
	lock *os.File
}

const baseName = "slipway-cells-"

// newBase makes a folder in dir, and removes what was left there.
func newBase(dir string) (b base, err error) {
	sweepBases(dir)
	if b.dir, err = os.MkdirTemp(dir, baseName); err != nil {
		return base{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.remove())
		}
	}()
	if b.lock, err = lockFolder(b.dir); err != nil {
		return b, fmt.Errorf("lock %s: %w", b.dir, err)
	}
	if b.dir, err = filepath.EvalSymlinks(b.dir); err != nil {
		return b, err
	}
	if err := reachable(b.dir); err != nil {
		return b, fmt.Errorf("%w: %s", err, setTMPDIR)
	}
	return b, nil
}

func (b base) remove() error {
	if b.lock != nil {
		defer b.lock.Close()
	}
	return removeUnmounted(b.dir)
}

// removeUnmounted removes a folder with all that is in it, unless something is mounted there: that may be anything.
func removeUnmounted(dir string) error {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	written := strings.ReplaceAll(dir, " ", `\040`)
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) > 4 && (f[4] == written || strings.HasPrefix(f[4], written+"/")) {
			return fmt.Errorf("remove %s: there is a mount at %s", dir, f[4])
		}
	}
	return os.RemoveAll(dir)
}

// fresh is the age from which a folder without a lock is not just being made.
const fresh = time.Minute

// sweepBases removes the folders of this user in dir whose processes have ended. What cannot be removed is left to the
// next: it harms nobody.
func sweepBases(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() || !strings.HasPrefix(e.Name(), baseName) || time.Since(info.ModTime()) < fresh {
			continue
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Geteuid() {
			continue
		}
		name := filepath.Join(dir, e.Name())
		if lock, err := lockFolder(name); err == nil {
			_ = removeUnmounted(name)
			_ = lock.Close()
		}
	}
}

// lockFolder locks a folder that nobody else has locked.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
