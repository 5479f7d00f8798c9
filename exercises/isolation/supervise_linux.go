package isolation

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel's struct seccomp_notif and struct seccomp_notif_resp, and what they are exchanged by.
type (
	question struct {
		id         uint64
		pid, flags uint32
		number     int32
		arch       uint32
		ip         uint64
		args       [6]uint64
	}
	answer struct {
		id    uint64
		value int64
		errno int32
		flags uint32
	}
)

const (
	receiveQuestion = 0xc0502100
	sendAnswer      = 0xc0182101
	stillAsked      = 0x40082102
)

// supervise makes the calls that commands ask for, in their place, when they concern the loopback and what the room
// has there. A command cannot change what has been looked at. It ends when nobody can ask any more, or at stop.
func (r *landRoom) supervise(asks int, stop <-chan struct{}) error {
	for {
		poll := []unix.PollFd{{Fd: int32(asks), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, 20)
		select {
		case <-stop:
			return nil
		default:
		}
		if n == 0 || errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || poll[0].Revents&unix.POLLIN == 0 {
			return err
		}
		var q question
		if ioctl(asks, receiveQuestion, unsafe.Pointer(&q)) != 0 {
			continue // whoever asked is gone
		}
		a := answer{id: q.id}
		if errno := r.serve(asks, &q); errno != 0 {
			a.errno = -int32(errno)
		}
		ioctl(asks, sendAnswer, unsafe.Pointer(&a))
	}
}

func ioctl(fd int, request uintptr, p unsafe.Pointer) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(p))
	return errno
}

// serve makes one call.
func (r *landRoom) serve(asks int, q *question) unix.Errno {
	var address [unix.SizeofSockaddrAny]byte
	size := min(int(uint32(q.args[2])), unix.SizeofSockaddrInet6)
	if q.number != unix.SYS_LISTEN {
		if size < 2 {
			return unix.EINVAL
		}
		memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", q.pid))
		if err != nil {
			return unix.EACCES
		}
		_, err = memory.ReadAt(address[:size], int64(q.args[1]))
		_ = memory.Close()
		if err != nil {
			return unix.EFAULT
		}
	}
	socket, err := openOf(int(q.pid), int(int32(q.args[0])))
	if err != nil {
		return errnoOf(err)
	}
	defer unix.Close(socket)
	if ioctl(asks, stillAsked, unsafe.Pointer(&q.id)) != 0 { // then the number may be another process's by now
		return unix.EINTR
	}
	switch q.number {
	case unix.SYS_CONNECT:
		return r.connect(socket, address[:size])
	case unix.SYS_BIND:
		return r.bind(socket, address[:size])
	default:
		at, err := boundTo(socket)
		if err != nil || !at.Addr().IsLoopback() {
			return unix.EACCES
		}
		if err := unix.Listen(socket, int(int32(q.args[1]))); err != nil {
			return errnoOf(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ports[at] = true
		return 0
	}
}

// openOf returns what the thread pid has open as fd.
func openOf(pid, fd int) (int, error) {
	process, err := unix.PidfdOpen(pid, unix.PIDFD_THREAD)
	if err != nil {
		return -1, err
	}
	defer unix.Close(process)
	return unix.PidfdGetfd(process, fd, 0)
}

func (r *landRoom) connect(socket int, address []byte) unix.Errno {
	to, ok := parse(address)
	r.mu.Lock()
	ok = ok && r.ports[plain(to)]
	r.mu.Unlock()
	if !ok {
		return unix.EACCES
	}
	flags, err := unix.FcntlInt(uintptr(socket), unix.F_GETFL, 0)
	if err != nil {
		return errnoOf(err)
	}
	if flags&unix.O_NONBLOCK == 0 { // it must not keep the judge waiting
		second, ever := unix.Timeval{Sec: 1}, unix.Timeval{}
		_ = unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &second)
		defer unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &ever)
	}
	return errnoOf(unix.Connect(socket, sockaddr(to)))
}

// bind binds a socket to the loopback, also when it was to be bound to all networks of the machine.
func (r *landRoom) bind(socket int, address []byte) unix.Errno {
	to, ok := parse(address)
	switch {
	case !ok:
		return unix.EACCES
	case to.Addr() == netip.IPv4Unspecified():
		to = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), to.Port())
	case to.Addr() == netip.IPv6Unspecified():
		to = netip.AddrPortFrom(netip.IPv6Loopback(), to.Port())
		if only, err := unix.GetsockoptInt(socket, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY); err == nil && only == 0 {
			to = netip.AddrPortFrom(netip.MustParseAddr("::ffff:127.0.0.1"), to.Port())
		}
	case !to.Addr().Unmap().IsLoopback():
		return unix.EACCES
	}
	return errnoOf(unix.Bind(socket, sockaddr(to)))
}

// parse reads an address as the kernel has it.
func parse(b []byte) (netip.AddrPort, bool) {
	family := *(*uint16)(unsafe.Pointer(&b[0]))
	switch {
	case family == unix.AF_INET && len(b) >= 8:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), uint16(b[2])<<8|uint16(b[3])), true
	case family == unix.AF_INET6 && len(b) >= 24:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])), uint16(b[2])<<8|uint16(b[3])), true
	}
	return netip.AddrPort{}, false
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// boundTo is the address that a socket is bound to.
func boundTo(socket int) (netip.AddrPort, error) {
	name, err := unix.Getsockname(socket)
	if err != nil {
		return netip.AddrPort{}, err
	}
	switch n := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(n.Addr), uint16(n.Port)), nil
	case *unix.SockaddrInet6:
		return plain(netip.AddrPortFrom(netip.AddrFrom16(n.Addr), uint16(n.Port))), nil
	}
	return netip.AddrPort{}, unix.EAFNOSUPPORT
}

// plain is an address without the form that it has in a socket for both versions of IP.
func plain(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

func errnoOf(err error) unix.Errno {
	var errno unix.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &errno):
		return errno
	}
	return unix.EACCES
}
