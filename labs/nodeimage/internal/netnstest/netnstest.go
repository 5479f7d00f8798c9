//go:build linux

// Package netnstest makes network namespaces for tests: two nodes with their pods and a world beyond
// them, which joins them as a router. It needs root and the command ip of iproute2; tests are
// skipped, with a message, where those are not to be had.
package netnstest

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/vishvananda/netns"
)

// A Space is a network namespace.
type Space struct {
	Name   string
	handle netns.NsHandle
}

// New makes a space that ends with the test.
func New(t testing.TB, name string) *Space {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to make network namespaces: run the tests as root to have this one too")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the command ip: apt-get install iproute2")
	}
	full := fmt.Sprintf("slipway-%d-%s", os.Getpid(), name)
	IP(t, "netns add "+full)
	t.Cleanup(func() { IP(t, "netns del "+full) })
	handle, err := netns.GetFromName(full)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { handle.Close() })
	s := &Space{full, handle}
	s.IP(t, "link set lo up")
	return s
}

// IP runs commands of ip, one a line.
func IP(t testing.TB, commands string) {
	t.Helper()
	cmd := exec.Command("ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(commands)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", commands, err, out)
	}
}

// IP runs commands of ip in the space.
func (s *Space) IP(t testing.TB, commands string) {
	t.Helper()
	cmd := exec.Command("ip", "-n", s.Name, "-batch", "-")
	cmd.Stdin = strings.NewReader(commands)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ip -n %s %s: %v\n%s", s.Name, commands, err, out)
	}
}

// Run runs a command in the space and returns what it printed.
func (s *Space) Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", s.Name, name}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Do calls f in the space: sockets that f opens and commands that it starts belong there. f must not
// end the test's goroutine.
func (s *Space) Do(f func()) {
	done := make(chan error)
	go func() {
		// The thread is never unlocked, so it ends with the goroutine and no other is ever run in
		// the space.
		runtime.LockOSThread()
		err := netns.Set(s.handle)
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		panic(fmt.Sprintf("enter %s: %v", s.Name, err))
	}
}

// Forward makes the space a router.
func (s *Space) Forward(t testing.TB) {
	s.Run(t, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
}

// Attach joins child to s as the CNI plugin ptp joins a pod to its node: a veth pair, a route to the
// child's address on one side and a default route on the other.
func (s *Space) Attach(t testing.TB, link string, gateway netip.Addr, child *Space, addr netip.Addr) {
	t.Helper()
	IP(t, fmt.Sprintf("link add %s netns %s type veth peer name eth0 netns %s", link, s.Name, child.Name))
	s.IP(t, fmt.Sprintf("addr add %s/32 dev %s\nlink set %s up\nroute add %s/32 dev %s src %s", gateway, link, link, addr, link, gateway))
	child.IP(t, fmt.Sprintf("addr add %s/32 dev eth0\nlink set eth0 up\nroute add %s dev eth0\nroute add default via %s dev eth0 src %s", addr, gateway, gateway, addr))
}
