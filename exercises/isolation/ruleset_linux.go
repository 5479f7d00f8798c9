package isolation

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	allFiles  = 1<<16 - 1 // all that version 5 of Landlock knows
	readFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	// No devices, and no sockets.
	writeFiles = allFiles &^ (unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV)
	deviceFiles = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	// onFiles are the rights that a rule about a file, rather than a folder, may give.
	onFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | deviceFiles
)

// landlockABI is the version of Landlock that the kernel has; 0 where it is off.
func landlockABI() int {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(v)
}

// A right is what may be done with an open file or folder, and all below it.
type right struct {
	fd     int
	access uint64
}

// restrict keeps the calling thread, and what it starts from now on, from all files but those of rights, and from
// signals to others.
func restrict(rights []right) error {
	attr := unix.LandlockRulesetAttr{
		Handled_access_fs: allFiles,
		Scoped:            unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET,
	}
	const size = 24 // of the fields that version 6 knows
	ruleset, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if errno != 0 {
		return fmt.Errorf("create ruleset: %w", errno)
	}
	defer unix.Close(int(ruleset))
	for _, r := range rights {
		var stat unix.Stat_t
		if err := unix.Fstat(r.fd, &stat); err != nil {
			return err
		}
		if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
			r.access &= onFiles
		}
		rule := unix.LandlockPathBeneathAttr{Allowed_access: r.access, Parent_fd: int32(r.fd)}
		if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, ruleset, unix.LANDLOCK_RULE_PATH_BENEATH,
			uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
			return fmt.Errorf("add rule: %w", errno)
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0, 0); errno != 0 {
		return fmt.Errorf("restrict: %w", errno)
	}
	return nil
}

// confine takes from the calling thread, which ends before its command begins, what commands must not have. It returns
// where the kernel asks about calls of the filter sockets.
func confine(rights []right, filter, sockets []byte, dropAll bool) (asks int, err error) {
	if err := unix.Unshare(unix.CLONE_FS); err != nil { // the umask is its own
		return -1, fmt.Errorf("unshare: %w", err)
	}
	unix.Umask(0o022)
	if dropAll {
		if err := dropCapabilities(); err != nil {
			return -1, err
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return -1, fmt.Errorf("give up new privileges: %w", err)
	}
	if err := restrict(rights); err != nil {
		return -1, err
	}
	if _, err := setFilter(filter, 0); err != nil {
		return -1, err
	}
	return setFilter(sockets, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
}

func setFilter(program []byte, flags uintptr) (int, error) {
	const size = unsafe.Sizeof(unix.SockFilter{})
	prog := unix.SockFprog{Len: uint16(len(program) / int(size)), Filter: (*unix.SockFilter)(unsafe.Pointer(&program[0]))}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return -1, fmt.Errorf("set filter of system calls: %w", errno)
	}
	return int(fd), nil
}

// dropCapabilities is for a judge that has some and cannot be another user, as in a user namespace.
func dropCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	return nil
}
