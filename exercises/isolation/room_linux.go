package isolation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// A bwrapRoom is the room of a bubblewrap. Its file system holds
//
//	work      for the judge
//	root      where the thread of the room, and nobody else, has mounted what commands see
//	tmp       /tmp of commands
//	fixed     folders of /tmp that commands cannot change, as what is shown lies below them
//	additions to the build cache, and workdir, which the kernel needs for that
type bwrapRoom struct {
	tenancy
	b      *bubblewrap
	dir    string
	thread *thread
	root   int      // what commands see, opened on the thread
	fixed  []string // what fixed is mounted as
}

func (b *bubblewrap) room(ctx context.Context) (room, error) { return b.makeRoom(ctx, b.o.Limits) }

func (b *bubblewrap) makeRoom(ctx context.Context, l Limits) (*bwrapRoom, error) {
	r := &bwrapRoom{b: b, dir: filepath.Join(b.base.dir, strconv.FormatInt(b.count.Add(1), 10)), root: -1}
	if err := r.open(ctx, l, b.groups); err != nil {
		return nil, err
	}
	if err := r.make(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// inodes is how many files a cell may have: each takes memory of the kernel, whatever its size.
const inodes = 1 << 16

func (r *bwrapRoom) make() error {
	if err := os.Mkdir(r.dir, 0o711); err != nil {
		return err
	}
	options := fmt.Sprintf("mode=0711,nr_inodes=%d", inodes)
	if disk := r.limits.Disk; disk > 0 {
		options += fmt.Sprintf(",size=%d", disk)
	}
	if err := mountTmpfs(r.dir, options); err != nil {
		return err
	}
	var err error
	if r.thread, err = startThread(); err != nil {
		return err
	}
	return r.thread.do(r.assemble)
}

func (r *bwrapRoom) Dir() string { return filepath.Join(r.dir, "work") }

func (r *bwrapRoom) Show(path string, mode Mode) error {
	if err := r.thread.do(func() error { return r.show(path, mode) }); err != nil {
		return fmt.Errorf("show %s: %w", path, err)
	}
	return nil
}

// show runs on the thread of the room.
func (r *bwrapRoom) show(path string, mode Mode) error {
	if !filepath.IsAbs(path) {
		return errors.New("the path is not absolute")
	}
	if mode == Read && !below(r.Dir(), path) {
		return r.graftFrom(path, path, unix.MOUNT_ATTR_RDONLY)
	}
	fd, err := openBelow(r.Dir(), path)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if mode == Read {
		return r.graft(fd, path, unix.MOUNT_ATTR_RDONLY)
	}
	if err := own(fd, r.user.id, 0); err != nil {
		return err
	}
	r.tenancy.show(path)
	return r.graft(fd, path, 0)
}

func (r *bwrapRoom) Listen() (net.Listener, error) { return r.ListenAt("127.0.0.1:0") }

func (r *bwrapRoom) ListenAt(addr string) (net.Listener, error) {
	var l net.Listener
	err := r.thread.do(func() error {
		var err error
		if l, err = net.Listen("tcp", addr); err != nil {
			return err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.listeners = append(r.listeners, l)
		return nil
	})
	return l, err
}

func (r *bwrapRoom) Close() error {
	return r.close(func() error {
		if r.root >= 0 {
			_ = unix.Close(r.root)
		}
		if r.thread != nil {
			r.thread.end()
		}
		var errs []error
		if err := unix.Unmount(r.dir, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
			errs = append(errs, fmt.Errorf("unmount %s: %w", r.dir, err))
		}
		if err := os.Remove(r.dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
}
