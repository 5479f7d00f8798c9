package isolation

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// enteredVariable tells a process that it is the one that Enter began. Nothing that it starts sees it.
const enteredVariable = "SLIPWAY_ISOLATION_ENTERED"

// entered reports whether this process has mounts of its own.
var entered bool

// Enter prepares the process that grades, and is called before anything else. It executes the program again, in the
// same process, with mounts that are its own: what a judge mounts, nobody else sees, and it goes with the judge. An
// ordinary user gets a user namespace for that, in which the judge may mount, and a cgroup from systemd. Where the
// system allows none of this Enter returns nil, and Open finds a weaker backend.
func Enter() error {
	if _, entered = os.LookupEnv(enteredVariable); entered {
		return os.Unsetenv(enteredVariable)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("enter isolation: %w", err)
	}
	env := append(os.Environ(), enteredVariable+"=1")
	if os.Geteuid() == 0 {
		// A thread that has left the namespaces of the others must not serve them again: it ends with its goroutine.
		failed := make(chan error)
		go func() {
			runtime.LockOSThread()
			failed <- enterAsRoot(self, env)
		}()
		if err := <-failed; err != nil {
			return fmt.Errorf("enter isolation: %w", err)
		}
	}
	for _, prefix := range prefixes() {
		if exec.Command(prefix[0], append(slices.Clone(prefix[1:]), "true")...).Run() != nil {
			continue
		}
		if err := unix.Exec(prefix[0], slices.Concat(prefix, []string{self}, os.Args[1:]), env); err != nil {
			return fmt.Errorf("enter isolation: %w", err)
		}
	}
	return nil
}

// enterAsRoot returns only when it fails: nil when this root may not have mounts of its own.
func enterAsRoot(self string, env []string) error {
	if unix.Unshare(unix.CLONE_NEWNS) != nil || unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") != nil {
		return nil
	}
	return unix.Exec(self, os.Args, env)
}

// prefixes are the commands, best first, that give an ordinary user what root has.
func prefixes() [][]string {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		return nil
	}
	bare := []string{unshare, "--user", "--map-root-user", "--mount", "--propagation", "private", "--"}
	systemd, err := exec.LookPath("systemd-run")
	if err != nil || !filepath.IsAbs(systemd) || os.Getenv("XDG_RUNTIME_DIR") == "" {
		return [][]string{bare}
	}
	scope := []string{systemd, "--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes", "--"}
	return [][]string{slices.Concat(scope, bare), bare}
}
