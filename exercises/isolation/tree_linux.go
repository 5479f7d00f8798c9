package isolation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// systemFolders are what commands see of the system: its programs and libraries, and where two distributions keep
// them.
var systemFolders = []string{"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "gnu"}

// etc is what /etc holds for commands.
var etc = map[string]string{
	"passwd":        "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\nlearner:x:1000:1000:learner:/tmp:/bin/sh\n",
	"group":         "root:x:0:\nlearner:x:1000:\n",
	"hosts":         "127.0.0.1 localhost cell\n::1 localhost\n",
	"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}

// assemble mounts what commands see. It runs on the thread of the room, as all that mounts below root does.
func (r *bwrapRoom) assemble() (err error) {
	for _, d := range []struct {
		name string
		mode os.FileMode
		own  bool
	}{
		{"work", 0o711, false}, {"root", 0o755, false}, {"fixed", 0o755, false}, {"workdir", 0o700, false},
		{"tmp", 0o700, true}, {"additions", 0o755, true},
	} {
		path := filepath.Join(r.dir, d.name)
		if err := os.Mkdir(path, d.mode); err != nil {
			return err
		}
		if d.own {
			if err := os.Lchown(path, r.user.id, r.user.id); err != nil {
				return err
			}
		}
	}
	root := filepath.Join(r.dir, "root")
	if err := mountTmpfs(root, "mode=0755,size=16m"); err != nil {
		return err
	}
	for _, dir := range []string{"proc", "dev", "etc", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	if r.root, err = unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return fmt.Errorf("open %s: %w", root, err)
	}
	if err := r.system(root); err != nil {
		return err
	}
	if err := r.configuration(root); err != nil {
		return err
	}
	if err := r.graftFrom(filepath.Join(r.dir, "tmp"), "/tmp", 0); err != nil {
		return err
	}
	if err := r.distribution(); err != nil {
		return err
	}
	if r.b.o.Cache != "" {
		return r.buildCache()
	}
	return nil
}

func (r *bwrapRoom) system(root string) error {
	for _, name := range systemFolders {
		info, err := os.Lstat("/" + name)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return err
		case info.Mode().Type() == os.ModeSymlink:
			target, err := os.Readlink("/" + name)
			if err != nil {
				return err
			}
			if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
				return err
			}
		case info.IsDir():
			if err := r.graftFrom("/"+name, "/"+name, unix.MOUNT_ATTR_RDONLY); err != nil {
				return err
			}
		}
	}
	return nil
}

// distribution shows the Go distribution, which is in /usr or anywhere else, or a link there that leads elsewhere.
func (r *bwrapRoom) distribution() error {
	if r.b.o.GoRoot == "" {
		return nil
	}
	target, err := filepath.EvalSymlinks(r.b.o.GoRoot)
	if err != nil {
		return err
	}
	for _, dir := range slices.Compact([]string{filepath.Clean(r.b.o.GoRoot), target}) {
		if below("/usr", dir) {
			continue
		}
		if err := r.graftFrom(dir, dir, unix.MOUNT_ATTR_RDONLY); err != nil {
			return err
		}
	}
	return nil
}

// configuration makes /etc: as little as programs need, nothing of this machine but where its libraries are and which
// of its alternatives are chosen.
func (r *bwrapRoom) configuration(root string) error {
	for name, text := range etc {
		path := filepath.Join(root, "etc", name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, path := range []string{"/etc/ld.so.cache", "/etc/alternatives"} {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if err := r.graftFrom(path, path, unix.MOUNT_ATTR_RDONLY); err != nil {
			return err
		}
	}
	return nil
}

// buildCache lays what commands add over the cache that all cells share. The folders that a cache has are made before,
// as commands may not add to those of the judge.
func (r *bwrapRoom) buildCache() error {
	additions := filepath.Join(r.dir, "additions")
	for i := range 256 {
		dir := filepath.Join(additions, fmt.Sprintf("%02x", i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		if err := os.Lchown(dir, r.user.id, r.user.id); err != nil {
			return err
		}
	}
	if !r.b.overlay {
		return r.graftFrom(additions, r.b.o.Cache, 0)
	}
	lower, err := unix.Open(r.b.o.Cache, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: r.b.o.Cache, Err: err}
	}
	defer unix.Close(lower)
	options := fmt.Sprintf("lowerdir=/proc/self/fd/%d,upperdir=%s,workdir=%s", lower, additions, filepath.Join(r.dir, "workdir"))
	if r.user.lock == nil {
		options += ",userxattr"
	}
	if err := r.fixAbove(r.b.o.Cache); err != nil {
		return err
	}
	point, err := makePoint(r.root, r.b.o.Cache, true)
	if err != nil {
		return err
	}
	defer unix.Close(point)
	at := fmt.Sprintf("/proc/self/fd/%d", point)
	if err := unix.Mount("overlay", at, "overlay", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mount overlay over %s: %w", r.b.o.Cache, err)
	}
	return nil
}

func (r *bwrapRoom) graftFrom(from, path string, attributes uint64) error {
	fd, err := unix.Open(from, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: from, Err: err}
	}
	defer unix.Close(fd)
	return r.graft(fd, path, attributes)
}

func (r *bwrapRoom) graft(from int, path string, attributes uint64) error {
	if err := r.fixAbove(path); err != nil {
		return err
	}
	if err := graft(r.root, path, from, attributes|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// fixAbove makes the folder of /tmp that path lies in a mount, which commands cannot move out of the way to put another
// in its place.
func (r *bwrapRoom) fixAbove(path string) error {
	rest, inTmp := strings.CutPrefix(filepath.Clean(path), "/tmp/")
	name, _, deep := strings.Cut(rest, "/")
	r.mu.Lock()
	defer r.mu.Unlock()
	fixed := "/tmp/" + name
	if !inTmp || !deep || slices.Contains(r.fixed, fixed) {
		return nil
	}
	from := filepath.Join(r.dir, "fixed", name)
	if err := os.Mkdir(from, 0o755); err != nil {
		return err
	}
	fd, err := unix.Open(from, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: from, Err: err}
	}
	defer unix.Close(fd)
	if err := graft(r.root, fixed, fd, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV); err != nil {
		return fmt.Errorf("%s: %w", fixed, err)
	}
	r.fixed = append(r.fixed, fixed)
	return nil
}
