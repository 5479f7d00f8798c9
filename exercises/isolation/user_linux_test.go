package isolation_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asUser tells a test binary that it runs for TestAsOrdinaryUser, and where the hostile program is.
const asUser = "SLIPWAY_TEST_HOSTILE"

// TestAsOrdinaryUser runs the tests of this package once more, as a user who may do nothing special.
func TestAsOrdinaryUser(t *testing.T) {
	if os.Getenv(asUser) != "" || os.Geteuid() != 0 {
		t.Skip("the other tests run as an ordinary user")
	}
	const uid = 64700
	dir, err := os.MkdirTemp("", "slipway-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, err := range []error{os.Chmod(dir, 0o755), os.Chown(dir, uid, uid)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	program, err := buildHostile()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "hostile"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	self := filepath.Join(dir, "isolation.test")
	if err := copyFile(self, "/proc/self/exe"); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.v", "-test.run=^Test")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, asUser + "=" + filepath.Join(dir, "hostile")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if strings.Contains(string(out), "no bubblewrap") {
		t.Skip("users may make no namespaces on this machine")
	}
	if n := strings.Count(string(out), "--- PASS"); n < 30 {
		t.Errorf("%d tests have passed:\n%s", n, out)
	}
	if testing.Verbose() {
		t.Logf("%s", out)
	}
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}
