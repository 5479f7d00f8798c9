//go:build amd64 || arm64

package isolation

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const ask = bpfReturn(unix.SECCOMP_RET_USER_NOTIF)

// shared are system calls that reach what all processes of a user share, or watch files that cannot be read.
var shared = []uint32{
	unix.SYS_SEMGET, unix.SYS_SEMOP, unix.SYS_SEMTIMEDOP, unix.SYS_SEMCTL, unix.SYS_SHMAT, unix.SYS_SHMCTL,
	unix.SYS_MSGSND, unix.SYS_MSGRCV, unix.SYS_MSGCTL, unix.SYS_MQ_OPEN, unix.SYS_MQ_UNLINK,
	unix.SYS_INOTIFY_INIT1, legacyInotify, unix.SYS_SECCOMP,
}

// socketFilter returns the filter for commands that have the network of the machine: TCP alone, by calls of which the
// kernel asks the judge. Sockets of Unix would lead to services of the machine, and what System V shares, all have.
func socketFilter() ([]byte, error) {
	const kind = 0xf // of a socket; above are flags
	program := []bpf.Instruction{load(atNumber)}
	for _, number := range shared {
		program = append(program, when(bpf.JumpEqual, number, lack)...)
	}
	for _, number := range []uint32{unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN} {
		program = append(program, when(bpf.JumpEqual, number, ask)...)
	}
	stream := append(one(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: kind}), when(bpf.JumpNotEqual, unix.SOCK_STREAM, refuse)...)
	program = append(program, on(unix.SYS_SOCKET,
		one(loadArg(1)), stream,
		one(loadArg(2)), one(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: ^uint32(unix.IPPROTO_TCP)}), when(bpf.JumpNotEqual, 0, refuse),
		one(loadArg(0)), when(bpf.JumpEqual, unix.AF_INET, allow), when(bpf.JumpEqual, unix.AF_INET6, allow), always(refuse))...)
	program = append(program, on(unix.SYS_SOCKETPAIR, one(loadArg(1)), stream, always(allow))...)
	program = append(program, on(unix.SYS_PRLIMIT64, one(loadArg(0)), when(bpf.JumpNotEqual, 0, refuse), always(allow))...)
	program = append(program, on(unix.SYS_SETSOCKOPT, // another protocol over TCP
		one(loadArg(1)), when(bpf.JumpNotEqual, unix.SOL_TCP, allow),
		one(loadArg(2)), when(bpf.JumpEqual, unix.TCP_ULP, refuse), always(allow))...)
	for number, flags := range map[uint32]uint32{unix.SYS_SENDTO: 3, unix.SYS_SENDMSG: 2, unix.SYS_SENDMMSG: 3} {
		program = append(program, on(number, // MSG_FASTOPEN connects
			one(loadArg(flags)), when(bpf.JumpBitsSet, unix.MSG_FASTOPEN, refuse), always(allow))...)
	}
	program = append(program, always(allow)...)
	return assemble(program)
}
