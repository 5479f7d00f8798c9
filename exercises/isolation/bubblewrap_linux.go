package isolation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A bubblewrap runs commands by bubblewrap, in trees of files that the judge puts together.
type bubblewrap struct {
	o             Options
	program       string
	disableUserns bool     // the installed version knows the flag
	base          string   // a small file system of the judge; a cell's is mounted below
	groups        *cgroups // nil where there are none
	overlay       bool
	filter        []byte
	count         atomic.Int64
}

func openBubblewrap(ctx context.Context, o Options) (_ maker, _ Achieved, err error) {
	program, err := exec.LookPath("bwrap")
	if err != nil {
		return nil, Achieved{}, errors.New("bubblewrap is not installed: type sudo apt install bubblewrap")
	}
	if !entered {
		return nil, Achieved{}, errors.New(noNamespaces())
	}
	// What this process was given open by its parent, commands must not have.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return nil, Achieved{}, fmt.Errorf("keep open files from commands: %w", err)
	}
	b := &bubblewrap{o: o, program: program, overlay: o.Cache != ""}
	help, _ := exec.CommandContext(ctx, program, "--help").Output()
	b.disableUserns = strings.Contains(string(help), "--disable-userns")
	achieved := Achieved{Files: Strong, Network: Strong, Processes: Strong, Memory: Strong, Disk: Strong}
	groups, err := openCgroups()
	if err != nil {
		achieved.Memory = Sound
		achieved.Notes = append(achieved.Notes, fmt.Sprintf(
			"no cgroups for commands, so their memory is looked at ten times a second: %v", err))
	}
	b.groups = groups
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if b.filter, err = seccompFilter(groups != nil); err != nil {
		return nil, Achieved{}, err
	}
	if err := b.mountBase(); err != nil {
		return nil, Achieved{}, err
	}
	if err := b.probe(ctx, &achieved); err != nil {
		return nil, Achieved{}, err
	}
	return b, achieved, nil
}

// noNamespaces says why this process has no mounts of its own, and what to type.
func noNamespaces() string {
	const way = "this process may not make namespaces"
	restricted, _ := os.ReadFile("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
	forbidden, _ := os.ReadFile("/proc/sys/kernel/unprivileged_userns_clone")
	switch {
	case strings.TrimSpace(string(restricted)) == "1":
		return way + ": AppArmor forbids it; type sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or grade as root"
	case strings.TrimSpace(string(forbidden)) == "0":
		return way + ": type sudo sysctl kernel.unprivileged_userns_clone=1, or grade as root"
	}
	return way + ": grade as root, outside of a container or in a privileged one"
}

// mountBase makes the place of cells. What is mounted and unmounted there, the threads of cells see.
func (b *bubblewrap) mountBase() error {
	dir, err := os.MkdirTemp(b.o.Dir, "slipway-cells-")
	if err != nil {
		return err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	b.base = dir
	if err := mountTmpfs(dir, "mode=0711,size=1m"); err != nil {
		return err
	}
	if err := unix.Mount("", dir, "", unix.MS_SHARED, ""); err != nil {
		return fmt.Errorf("share mounts below %s: %w", dir, err)
	}
	return nil
}

func mountTmpfs(dir, options string) error {
	if err := unix.Mount("slipway", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mount tmpfs at %s: %w", dir, err)
	}
	return nil
}

func (b *bubblewrap) close() error {
	var errs []error
	if b.base != "" {
		if err := unix.Unmount(b.base, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) {
			errs = append(errs, fmt.Errorf("unmount %s: %w", b.base, err))
		}
		errs = append(errs, os.Remove(b.base))
	}
	if b.groups != nil {
		errs = append(errs, b.groups.close())
	}
	return errors.Join(errs...)
}

// A bwrapRoom is the room of a bubblewrap. Its file system holds
//
//	work      for the judge
//	root      where the thread of the room, and nobody else, has mounted what commands see
//	tmp       /tmp of commands
//	additions to the build cache, and workdir, which the kernel needs for that
type bwrapRoom struct {
	b      *bubblewrap
	dir    string
	limits Limits
	user   *user
	thread *thread
	root   int // what commands see, opened on the thread

	ctx     context.Context
	end     context.CancelCauseFunc
	running sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	shown     []string // for writing
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
	r.ctx, r.end = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := r.make(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// inodes is how many files a cell may have: each takes memory of the kernel, whatever its size.
const inodes = 1 << 18

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
	for _, d := range []struct {
		name string
		mode os.FileMode
		own  bool
	}{{"work", 0o711, false}, {"root", 0o755, false}, {"tmp", 0o700, true}, {"additions", 0o755, true}, {"workdir", 0o700, false}} {
		path := filepath.Join(r.dir, d.name)
		if err := os.Mkdir(path, d.mode); err != nil {
			return err
		}
		if err := os.Chmod(path, d.mode); err != nil { // whatever the umask is
			return err
		}
		if d.own {
			if err := os.Lchown(path, r.user.id, r.user.id); err != nil {
				return err
			}
		}
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
	dir := ""
	r.mu.Lock()
	for _, s := range r.shown {
		if below(s, path) && len(s) > len(dir) {
			dir = s
		}
	}
	r.mu.Unlock()
	if dir == "" {
		return fmt.Errorf("own %s: it is not shown for writing", path)
	}
	fd, err := openBelow(dir, path)
	if err == nil {
		defer unix.Close(fd)
		err = own(fd, r.user.id, 0)
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
	r.user.release()
	return errors.Join(errs...)
}
