package isolation_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/isolation"
)

// Where systemd gives a cgroup, to root or in a login session, commands are bounded by cgroups, and backends that a
// judge opens one after the other have theirs side by side.
func TestCgroupOfSystemd(t *testing.T) {
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err != nil {
		t.Skip("no cgroups of version 2 alone, so that those of systemd are not tested")
	}
	args := []string{"--scope", "--quiet", "--no-ask-password", "--collect"}
	// An ordinary user is root in the namespace of the judge; only the session tells who it is.
	if user, _ := os.ReadFile("/proc/self/uid_map"); strings.Fields(string(user))[1] != "0" {
		args = append(args, "--user")
	}
	if out, err := exec.Command("systemd-run", append(args, "true")...).CombinedOutput(); err != nil {
		t.Skipf("no systemd that gives cgroups, so that theirs are not tested: %v %s", err, out)
	}
	for _, backend := range []string{"bubblewrap", "landlock"} {
		t.Run(backend, func(t *testing.T) {
			for range 2 {
				b := open(t, isolation.Options{Limits: testLimits, Backend: backend})
				if strings.Contains(strings.Join(b.Achieved().Notes, " "), "no cgroups") {
					t.Errorf("%s: %q", b.Achieved(), b.Achieved().Notes)
				}
			}
			own, err := os.ReadFile("/proc/self/cgroup")
			if err != nil {
				t.Fatal(err)
			}
			if scope := filepath.Dir(strings.TrimSpace(string(own))); !strings.HasSuffix(scope, ".scope") {
				t.Errorf("the judge is in %s, which is not below a scope", own)
			}
		})
	}
}
