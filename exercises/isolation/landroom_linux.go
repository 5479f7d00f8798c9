package isolation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// A landRoom is the room of a landlock. Its folder holds
//
//	work   for the judge
//	tmp    for TMPDIR of commands
//	cache  for GOCACHE of commands: links to the entries of the shared one, and what they add
type landRoom struct {
	tenancy
	l      *landlock
	dir    string
	rights []right
	ports  map[netip.AddrPort]bool // that commands may connect to
}

func (l *landlock) room(ctx context.Context) (room, error) { return l.makeRoom(ctx, l.o.Limits) }

func (l *landlock) makeRoom(ctx context.Context, limits Limits) (*landRoom, error) {
	r := &landRoom{l: l, dir: filepath.Join(l.base.dir, strconv.FormatInt(l.count.Add(1), 10)), ports: map[netip.AddrPort]bool{}}
	if err := r.open(ctx, limits, l.groups); err != nil {
		return nil, err
	}
	if err := r.make(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *landRoom) make() error {
	for _, d := range []struct {
		name string
		mode os.FileMode
		own  bool
	}{{"", 0o711, false}, {"work", 0o711, false}, {"tmp", 0o700, true}, {"cache", 0o700, true}} {
		path := filepath.Join(r.dir, d.name)
		if err := errors.Join(os.Mkdir(path, d.mode), os.Chmod(path, d.mode)); err != nil {
			return err
		}
		if d.name == "cache" {
			if err := r.linkCache(path); err != nil {
				return err
			}
		}
		if d.own {
			if err := os.Lchown(path, r.user.id, r.user.id); err != nil {
				return err
			}
			if err := r.allow(path, writeFiles); err != nil {
				return err
			}
		}
	}
	for _, name := range systemFolders {
		if err := r.allowIfThere("/"+name, readFiles); err != nil {
			return err
		}
	}
	for _, name := range []string{"hosts", "nsswitch.conf", "ld.so.cache", "alternatives"} {
		if err := r.allowIfThere("/etc/"+name, readFiles); err != nil {
			return err
		}
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom"} {
		if err := r.allowIfThere("/dev/"+name, deviceFiles); err != nil {
			return err
		}
	}
	for _, path := range []string{r.l.o.GoRoot, r.l.o.Cache} {
		if path != "" {
			if err := r.allow(path, readFiles); err != nil {
				return err
			}
		}
	}
	return nil
}

// linkCache fills the folder of a build cache with links to the shared one, whose files commands cannot change.
func (r *landRoom) linkCache(dir string) error {
	if !r.l.linked {
		return nil
	}
	for i := range 256 {
		name := fmt.Sprintf("%02x", i)
		below := filepath.Join(dir, name)
		if err := os.Mkdir(below, 0o700); err != nil {
			return err
		}
		if err := os.Lchown(below, r.user.id, r.user.id); err != nil {
			return err
		}
		shared := filepath.Join(r.l.o.Cache, name)
		entries, err := os.ReadDir(shared)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			if err := os.Symlink(filepath.Join(shared, e.Name()), filepath.Join(below, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *landRoom) allowIfThere(path string, access uint64) error {
	err := r.allow(path, access)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// allow gives commands that start from now on a right to what is at path now.
func (r *landRoom) allow(path string, access uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	return r.give(fd, access)
}

func (r *landRoom) give(fd int, access uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errors.Join(errClosed, unix.Close(fd))
	}
	r.rights = append(r.rights, right{fd, access})
	return nil
}

func (r *landRoom) Dir() string { return filepath.Join(r.dir, "work") }

func (r *landRoom) Show(path string, mode Mode) error {
	if err := r.show(path, mode); err != nil {
		return fmt.Errorf("show %s: %w", path, err)
	}
	return nil
}

func (r *landRoom) show(path string, mode Mode) error {
	if !filepath.IsAbs(path) {
		return errors.New("the path is not absolute")
	}
	if mode == Read && !below(r.Dir(), path) {
		if err := reachable(path); err != nil {
			return err
		}
		return r.allow(path, readFiles)
	}
	fd, err := openBelow(r.Dir(), path)
	if err != nil {
		return err
	}
	if mode == Read {
		return r.give(fd, readFiles)
	}
	if err := own(fd, r.user.id, 0); err != nil {
		return errors.Join(err, unix.Close(fd))
	}
	r.tenancy.show(path)
	return r.give(fd, writeFiles)
}

func (r *landRoom) Listen() (net.Listener, error) { return r.ListenAt("127.0.0.1:0") }

func (r *landRoom) ListenAt(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil || !at.Addr().Unmap().IsLoopback() {
		return nil, errors.Join(fmt.Errorf("listen on %s: it is not an address of the loopback", addr), err, l.Close())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errors.Join(errClosed, l.Close())
	}
	r.listeners = append(r.listeners, l)
	r.ports[plain(at)] = true
	return l, nil
}

func (r *landRoom) Close() error {
	return r.close(func() error {
		for _, right := range r.rights {
			_ = unix.Close(right.fd)
		}
		err := os.RemoveAll(r.dir)
		if !errors.Is(err, os.ErrPermission) {
			return err
		}
		// A command has closed folders to its own user.
		_ = filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
			if d != nil && d.IsDir() && err != nil {
				_ = os.Chmod(path, 0o700)
			}
			return nil
		})
		return os.RemoveAll(r.dir)
	})
}
