package isolation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const noLinks = unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS

// graft makes what is at from visible at path below root, with all that is mounted there, at once and with its
// attributes set before anyone sees it. Folders above it are made where they are missing. No link below root is
// followed: commands may have made them.
func graft(root int, path string, from int, attributes uint64) error {
	tree, err := unix.OpenTree(from, "", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_EMPTY_PATH|unix.AT_RECURSIVE)
	if err != nil {
		return fmt.Errorf("clone mount: %w", err)
	}
	defer unix.Close(tree)
	attr := unix.MountAttr{Attr_set: attributes, Propagation: unix.MS_PRIVATE}
	if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attr); err != nil {
		return fmt.Errorf("set attributes of mount: %w", err)
	}
	var stat unix.Stat_t
	if err := unix.Fstat(from, &stat); err != nil {
		return err
	}
	point, err := makePoint(root, path, stat.Mode&unix.S_IFMT == unix.S_IFDIR)
	if err != nil {
		return fmt.Errorf("make mount point: %w", err)
	}
	defer unix.Close(point)
	return attach(tree, point)
}

// attach mounts a detached tree on what point has open.
func attach(tree, point int) error {
	err := unix.MoveMount(tree, "", point, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
	if err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	return nil
}

// makePoint opens path below root, which it makes where it is missing: a folder or an empty file.
func makePoint(root int, path string, folder bool) (int, error) {
	at, err := unix.Openat(root, ".", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	parts := strings.Split(strings.Trim(filepath.Clean(path), "/"), "/")
	for i, part := range parts {
		next, err := makePart(at, part, folder || i < len(parts)-1)
		_ = unix.Close(at)
		if err != nil {
			return -1, &os.PathError{Op: "open", Path: path, Err: err}
		}
		at = next
	}
	return at, nil
}

func makePart(at int, name string, folder bool) (int, error) {
	flags := unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC
	if folder {
		flags |= unix.O_DIRECTORY
	}
	fd, err := unix.Openat(at, name, flags, 0)
	if !errors.Is(err, unix.ENOENT) {
		return fd, err
	}
	if folder {
		err = unix.Mkdirat(at, name, 0o755)
	} else {
		err = unix.Mknodat(at, name, unix.S_IFREG|0o644, 0)
	}
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return -1, err
	}
	return unix.Openat(at, name, flags, 0)
}

// openBelow opens path, which is in or below dir, without following a link below dir.
func openBelow(dir, path string) (int, error) {
	rel, err := filepath.Rel(dir, path)
	if err != nil || !filepath.IsLocal(rel) {
		return -1, fmt.Errorf("%s is not below %s", path, dir)
	}
	base, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	defer unix.Close(base)
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC | unix.O_NOFOLLOW, Resolve: noLinks | unix.RESOLVE_BENEATH}
	fd, err := unix.Openat2(base, rel, &how)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return fd, nil
}

// deepest is how many folders deep own goes. A judge writes nowhere near, commands may.
const deepest = 100

// own gives to uid what at has open, and all below it. No link is followed, as commands may make links while it
// works.
func own(at, uid, depth int) error {
	var stat unix.Stat_t
	if err := unix.Fstat(at, &stat); err != nil {
		return err
	}
	if stat.Uid != uint32(uid) || stat.Gid != uint32(uid) {
		if err := unix.Fchownat(at, "", uid, uid, unix.AT_EMPTY_PATH); err != nil {
			return fmt.Errorf("change owner: %w", err)
		}
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR || depth == deepest {
		return nil
	}
	list, err := unix.Openat(at, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("read folder: %w", err)
	}
	dir := os.NewFile(uintptr(list), "folder")
	names, err := dir.Readdirnames(-1)
	_ = dir.Close()
	if err != nil {
		return err
	}
	for _, name := range names {
		fd, err := unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return &os.PathError{Op: "open", Path: name, Err: err}
		}
		err = own(fd, uid, depth+1)
		_ = unix.Close(fd)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
