package isolation_test

import (
	"net"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/isolation"
)

// Programs of a cell have the machine's loopback around them: what they serve there is theirs, and nothing else is.
func TestSharedNetwork(t *testing.T) {
	b := open(t, isolation.Options{Limits: testLimits, Backend: "landlock"})
	one, two := newCell(t, b), newCell(t, b)
	program := hostile(t, one)
	res := one.run(t, one.command(program, "serve"))
	if res.ExitCode != 0 {
		t.Errorf("a program does not reach its own server: %s", res.Stderr)
	}
	for line := range strings.Lines(string(res.Stdout)) {
		if host, _, err := net.SplitHostPort(strings.TrimSpace(line)); err == nil && !net.ParseIP(host).IsLoopback() {
			t.Errorf("a program serves on %s", line)
		}
	}
	l, err := two.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	own, err := one.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Close() })
	_, port, _ := net.SplitHostPort(own.Addr().String())
	for _, attack := range []string{
		"dial " + l.Addr().String(), "dial " + outside(port), "dial 192.0.2.1:" + port, "unbound",
		"fastopen " + l.Addr().String(), "fastopen 192.0.2.1:" + port, "nameless", "watch /tmp",
	} {
		if res := one.run(t, one.command(append([]string{program}, strings.Fields(attack)...)...)); res.ExitCode != 1 {
			t.Errorf("%s: exit code %d %s", attack, res.ExitCode, res.Stdout)
		}
	}
	if _, err := one.ListenAt("0.0.0.0:0"); err == nil {
		t.Error("the judge listens on all networks")
	}
}
