//go:build amd64 || arm64

package isolation

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// forbidden are system calls that no command of a check needs, and that have led out of sandboxes or reach what all
// processes of the machine share.
var forbidden = []uint32{
	// Mounts and namespaces.
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE,
	unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR, unix.SYS_UNSHARE,
	unix.SYS_SETNS,
	// Other processes.
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_GETFD, unix.SYS_KCMP,
	// Keys belong to users, not to namespaces.
	unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	// The kernel and its programs.
	unix.SYS_BPF, unix.SYS_USERFAULTFD, unix.SYS_PERF_EVENT_OPEN, unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD,
	unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_SYSLOG,
	// The machine.
	unix.SYS_REBOOT, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT, unix.SYS_QUOTACTL, unix.SYS_SETTIMEOFDAY,
	unix.SYS_CLOCK_SETTIME, unix.SYS_ADJTIMEX, unix.SYS_CLOCK_ADJTIME, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME,
	unix.SYS_VHANGUP, unix.SYS_FANOTIFY_INIT,
	// Files by number rather than by name.
	unix.SYS_OPEN_BY_HANDLE_AT,
}

// absent are system calls that programs do without where the kernel is old. clone3 has its flags where no filter can
// read them, and what io_uring does, no filter sees.
var absent = []uint32{unix.SYS_CLONE3, unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER}

const (
	newNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER |
		unix.CLONE_NEWPID | unix.CLONE_NEWNET

	allow  = bpfReturn(unix.SECCOMP_RET_ALLOW)
	kill   = bpfReturn(unix.SECCOMP_RET_KILL_PROCESS)
	refuse = bpfReturn(unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM))
	lack   = bpfReturn(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS))
)

type bpfReturn uint32

// What a filter is given: struct seccomp_data. Arguments are 64 bits wide; what is read here are the lower halves.
const (
	atNumber = 0
	atArch   = 4
	atArgs   = 16
)

func load(offset uint32) bpf.Instruction { return bpf.LoadAbsolute{Off: offset, Size: 4} }

func loadArg(n uint32) bpf.Instruction { return load(atArgs + 8*n) }

// when returns r where what is loaded passes the test.
func when(test bpf.JumpTest, value uint32, r bpfReturn) []bpf.Instruction {
	return []bpf.Instruction{bpf.JumpIf{Cond: test, Val: value, SkipFalse: 1}, bpf.RetConstant{Val: uint32(r)}}
}

// on looks at a system call more closely.
func on(number uint32, body ...[]bpf.Instruction) []bpf.Instruction {
	var inner []bpf.Instruction
	for _, b := range body {
		inner = append(inner, b...)
	}
	return append([]bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: number, SkipTrue: uint8(len(inner))}}, inner...)
}

func one(i bpf.Instruction) []bpf.Instruction { return []bpf.Instruction{i} }

func always(r bpfReturn) []bpf.Instruction { return one(bpf.RetConstant{Val: uint32(r)}) }

// uncounted are system calls that take memory which shows in no process.
var uncounted = []uint32{unix.SYS_MEMFD_CREATE, unix.SYS_MEMFD_SECRET, unix.SYS_SHMGET, unix.SYS_MSGGET}

// seccompFilter returns the filter for commands that have a network of their own, in the form that the kernel takes.
// When no cgroup counts memory, counted is false.
func seccompFilter(counted bool) ([]byte, error) {
	program := []bpf.Instruction{load(atArch)}
	program = append(program, when(bpf.JumpNotEqual, auditArch, kill)...)
	program = append(program, load(atNumber))
	program = append(program, when(bpf.JumpGreaterOrEqual, firstForeign, kill)...)
	for _, number := range forbidden {
		program = append(program, when(bpf.JumpEqual, number, refuse)...)
	}
	lacking := absent
	if !counted {
		lacking = slices.Concat(absent, uncounted)
	}
	for _, number := range lacking {
		program = append(program, when(bpf.JumpEqual, number, lack)...)
	}
	program = append(program, on(unix.SYS_CLONE, one(loadArg(0)), when(bpf.JumpBitsSet, newNamespaces, refuse), always(allow))...)
	program = append(program, on(unix.SYS_IOCTL, one(loadArg(1)), // both put characters into a terminal
		when(bpf.JumpEqual, unix.TIOCSTI, refuse), when(bpf.JumpEqual, tiocLinux, refuse), always(allow))...)
	program = append(program, on(unix.SYS_SOCKET, one(loadArg(0)),
		when(bpf.JumpEqual, unix.AF_UNIX, allow), when(bpf.JumpEqual, unix.AF_INET, allow), when(bpf.JumpEqual, unix.AF_INET6, allow),
		when(bpf.JumpNotEqual, unix.AF_NETLINK, refuse),
		one(loadArg(2)), when(bpf.JumpEqual, unix.NETLINK_ROUTE, allow), always(refuse))...)
	program = append(program, always(allow)...)
	return assemble(program)
}

func assemble(program []bpf.Instruction) ([]byte, error) {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return nil, fmt.Errorf("assemble seccomp filter: %w", err)
	}
	var b bytes.Buffer
	for _, i := range raw { // struct sock_filter has the same order and no gaps
		if err := binary.Write(&b, binary.NativeEndian, i); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// tiocLinux is TIOCLINUX of the virtual console.
const tiocLinux = 0x541C
