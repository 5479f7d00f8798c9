//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// namespace makes a user namespace by each call that can.
func namespace([]string) error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err == nil {
		return nil
	}
	if err := unix.Unshare(unix.CLONE_NEWUSER); err == nil {
		return nil
	}
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER}
	if err := cmd.Run(); err == nil {
		return nil
	}
	args := struct{ flags, rest [11]uint64 }{}
	args.flags[0] = unix.CLONE_NEWUSER
	args.flags[4] = uint64(unix.SIGCHLD)
	pid, _, errno := unix.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), 88, 0)
	if errno == 0 {
		if pid == 0 {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
		return nil
	}
	return errno
}

// kernel changes what the whole machine has.
func kernel([]string) error {
	for _, f := range []string{
		"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/hostname",
		"/sys/kernel/uevent_helper", "/sys/fs/cgroup/cgroup.procs",
	} {
		file, err := os.OpenFile(f, os.O_WRONLY, 0)
		if err == nil {
			_ = file.Close()
			fmt.Println(f)
			return nil
		}
	}
	return errors.New("nothing can be written")
}

func ptrace([]string) error {
	runtime.LockOSThread()
	if err := unix.PtraceAttach(1); err == nil {
		return nil
	}
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	return cmd.Start()
}

// memoryOf reads the memory of another process than the first of its own namespace, or of any by a call made for it.
func memoryOf([]string) error {
	self := fmt.Sprint(os.Getpid())
	files, _ := filepath.Glob("/proc/[0-9]*/mem")
	for _, name := range files {
		pid := filepath.Base(filepath.Dir(name))
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err == nil {
			_ = f.Close()
			if pid != self && pid != "1" {
				return nil
			}
		}
	}
	b := make([]byte, 8)
	local := []unix.Iovec{{Base: &b[0], Len: 8}}
	_, err := unix.ProcessVMReadv(os.Getppid(), local, []unix.RemoteIovec{{Base: 0x1000, Len: 8}}, 0)
	if err == nil || errors.Is(err, unix.EFAULT) { // it may, and there is nothing at that place
		return nil
	}
	return err
}

func keys([]string) error {
	_, err := unix.AddKey("user", "hostile", []byte("x"), unix.KEY_SPEC_USER_KEYRING)
	if err != nil {
		_, err = unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_SESSION_KEYRING, true)
	}
	return err
}

// terminal types a character into a terminal: the one that the judge may have, or one of its own.
func terminal([]string) error {
	for _, name := range []string{"/dev/tty", "/dev/ptmx", "/dev/console", "/dev/stdin"} {
		fd, err := unix.Open(name, unix.O_RDWR|unix.O_NOCTTY, 0)
		if err != nil {
			continue
		}
		c := byte('x')
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCSTI, uintptr(unsafe.Pointer(&c)))
		if errno == 0 || errno == unix.EIO {
			return nil
		}
	}
	return errors.New("no terminal takes it")
}

// syscalls calls what has led out of sandboxes, with arguments that are no use: a kernel that looks at them has let
// the call through.
func syscalls([]string) error {
	for name, number := range map[string]uintptr{
		"io_uring_setup": unix.SYS_IO_URING_SETUP, "bpf": unix.SYS_BPF, "userfaultfd": unix.SYS_USERFAULTFD,
		"perf_event_open": unix.SYS_PERF_EVENT_OPEN, "setns": unix.SYS_SETNS, "kexec_load": unix.SYS_KEXEC_LOAD,
		"init_module": unix.SYS_INIT_MODULE, "reboot": unix.SYS_REBOOT, "swapon": unix.SYS_SWAPON, "chroot": unix.SYS_CHROOT,
		"pivot_root": unix.SYS_PIVOT_ROOT, "mount_setattr": unix.SYS_MOUNT_SETATTR, "fsopen": unix.SYS_FSOPEN,
		"pidfd_getfd": unix.SYS_PIDFD_GETFD, "sethostname": unix.SYS_SETHOSTNAME, "clock_settime": unix.SYS_CLOCK_SETTIME,
	} {
		_, _, errno := unix.RawSyscall6(number, ^uintptr(0), ^uintptr(0), ^uintptr(0), ^uintptr(0), ^uintptr(0), 0)
		if errno != unix.EPERM && errno != unix.ENOSYS {
			fmt.Println(name, errno)
			return nil
		}
	}
	return errors.New("all are refused")
}

// foreignABI calls getpid by the numbers of another ABI, for which the filter has no rules.
func foreignABI([]string) error {
	if runtime.GOARCH != "amd64" {
		return errors.New("there is none")
	}
	_, _, errno := unix.RawSyscall(0x40000000|unix.SYS_GETPID, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
