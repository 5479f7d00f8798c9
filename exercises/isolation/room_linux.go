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
	b      *bubblewrap
	dir    string
	limits Limits
	user   *user
	thread *thread
	root   int // what commands see, opened on the thread

	tenancy
	shown     []string // for writing
	fixed     []string // what fixed is mounted as
	listeners []net.Listener
}

func (b *bubblewrap) room(ctx context.Context) (room, error) { return b.makeRoom(ctx, b.o.Limits) }

func (b *bubblewrap) makeRoom(ctx context.Context, l Limits) (*bwrapRoom, error) {
	u, err := takeUser()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.base, strconv.FormatInt(b.count.Add(1), 10))
	r := &bwrapRoom{b: b, dir: dir, limits: l, user: u, root: -1}
	r.pool = b.groups
	r.ctx, r.end = context.WithCancelCause(context.WithoutCancel(ctx))
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
	r.mu.Lock()
	r.shown = append(r.shown, filepath.Clean(path))
	r.mu.Unlock()
	return r.graft(fd, path, 0)
}

func below(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

func (r *bwrapRoom) Own(path string) error {
	r.mu.Lock()
	shown := r.shown
	r.mu.Unlock()
	return ownShown(shown, path, r.user)
}

// ownShown gives path, which is in one of the folders that are shown for writing, to a user.
func ownShown(shown []string, path string, u *user) error {
	dir := ""
	for _, s := range shown {
		if below(s, path) && len(s) > len(dir) {
			dir = s
		}
	}
	if dir == "" {
		return fmt.Errorf("own %s: it is not shown for writing", path)
	}
	fd, err := openBelow(dir, path)
	if err == nil {
		defer unix.Close(fd)
		err = own(fd, u.id, 0)
	}
	if err != nil {
		return fmt.Errorf("own %s: %w", path, err)
	}
	return nil
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
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.mu.Unlock()
	r.end(errClosed)
	r.running.Wait()
	for _, l := range r.listeners {
		_ = l.Close()
	}
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
	if r.b.groups != nil {
		r.b.groups.give(r.groups)
	}
	r.user.release()
	return errors.Join(errs...)
}
