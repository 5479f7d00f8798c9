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

// enteredVariable tells a process that it is the one that Enter began, and what it was given. Nothing that it starts
// sees it.
const enteredVariable = "SLIPWAY_ISOLATION_ENTERED"

// Values of enteredVariable.
const (
	withMounts = "mounts"
	withCgroup = "cgroup" // nothing but that
)

// entered reports whether this process has mounts of its own.
var entered bool

// Enter prepares the process that grades, and is called before anything else. It executes the program again, in the
// same process, with mounts that are its own: what a judge mounts, nobody else sees, and it goes with the judge. Where
// systemd runs, the judge gets a cgroup from it, below which it may make others. An ordinary user gets a user namespace
// too, in which the judge may mount. Where the system allows none of this Enter returns nil, and Open finds a weaker
// backend.
func Enter() error {
	if given, again := os.LookupEnv(enteredVariable); again {
		entered = given == withMounts
		return os.Unsetenv(enteredVariable)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("enter isolation: %w", err)
	}
	for _, way := range ways() {
		if exec.Command(way.prefix[0], append(slices.Clone(way.prefix[1:]), "true")...).Run() != nil {
			continue
		}
		env := append(os.Environ(), enteredVariable+"="+way.gives)
		if err := unix.Exec(way.prefix[0], slices.Concat(way.prefix, []string{self}, os.Args[1:]), env); err != nil {
			return fmt.Errorf("enter isolation: %w", err)
		}
	}
	if os.Geteuid() != 0 {
		return nil
	}
	// A thread that has left the namespaces of the others must not serve them again: it ends with its goroutine.
	failed := make(chan error)
	go func() {
		runtime.LockOSThread()
		failed <- enterAsRoot(self)
	}()
	if err := <-failed; err != nil {
		return fmt.Errorf("enter isolation: %w", err)
	}
	return nil
}

// enterAsRoot needs no other program. It returns only when it fails: nil when this root may not have mounts of its own.
func enterAsRoot(self string) error {
	if unix.Unshare(unix.CLONE_NEWNS) != nil || unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") != nil {
		return nil
	}
	return unix.Exec(self, os.Args, append(os.Environ(), enteredVariable+"="+withMounts))
}

// A way is the beginning of a command line that gives a program what a judge needs.
type way struct {
	prefix []string
	gives  string
}

// ways are those of this machine, best first.
func ways() []way {
	unshare, _ := exec.LookPath("unshare")
	mounts := []string{unshare, "--mount", "--propagation", "private", "--"}
	if os.Geteuid() != 0 {
		mounts = slices.Insert(mounts, 1, "--user", "--map-root-user")
	}
	scope := scopeOfSystemd()
	var all []way
	if scope != nil && unshare != "" {
		all = append(all, way{slices.Concat(scope, mounts), withMounts})
	}
	if os.Geteuid() == 0 { // who gets there by itself
		return all
	}
	if unshare != "" {
		all = append(all, way{mounts, withMounts})
	}
	if scope != nil { // for Landlock, which needs no namespaces
		all = append(all, way{scope, withCgroup})
	}
	return all
}

// scopeOfSystemd is the command that gives a program a cgroup to make others in: of the system for root, and of the
// login session for an ordinary user. It is nil where there is none.
func scopeOfSystemd() []string {
	systemd, err := exec.LookPath("systemd-run")
	if err != nil || !filepath.IsAbs(systemd) {
		return nil
	}
	scope := []string{systemd, "--scope", "--quiet", "--no-ask-password", "--collect", "--property=Delegate=yes", "--"}
	if os.Geteuid() != 0 {
		if os.Getenv("XDG_RUNTIME_DIR") == "" {
			return nil
		}
		return slices.Insert(scope, 1, "--user")
	}
	if _, err := os.Stat("/run/systemd/system"); err != nil { // then systemd is not the system's first process
		return nil
	}
	return scope
}
