package host

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A Machine is what the facts of one are read from.
type Machine struct {
	OS       string // as in runtime.GOOS
	Root     bool   // we run as root
	Self     string // how to call this program, also behind sudo
	Files    fs.FS  // its file system from the root: proc/meminfo; nil where only Linux has something to tell
	Getenv   func(string) string
	LookPath func(program string) (path string, err error)

	// Run runs a program with the environment of the machine, and reports how it ended.
	Run func(ctx context.Context, args ...string) (sandbox.Result, error)

	// Free returns the bytes that may still be written below a folder.
	Free func(dir string) (uint64, error)
}

// ThisMachine is the machine that we run on.
func ThisMachine() *Machine {
	m := &Machine{
		OS: runtime.GOOS, Root: os.Geteuid() == 0, Self: self(),
		Getenv: os.Getenv, LookPath: lookPath, Run: run, Free: free,
	}
	if m.OS == "linux" {
		m.Files = os.DirFS("/")
	}
	return m
}

// self is how this program was called, or its path where that went by PATH and we are not root: sudo
// has a PATH of its own.
func self() string {
	typed := os.Args[0]
	if os.Geteuid() != 0 && !strings.ContainsRune(typed, os.PathSeparator) {
		if path, err := os.Executable(); err == nil {
			return path
		}
	}
	return typed
}

func run(ctx context.Context, args ...string) (sandbox.Result, error) {
	return sandbox.Run(ctx, sandbox.Command{Args: args, Env: os.Environ()})
}

// lookPath looks where PATH says and then where root's programs are, which PATH of other people leaves
// out.
func lookPath(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err == nil || runtime.GOOS == "windows" {
		return path, err
	}
	for _, dir := range []string{"/usr/local/sbin/", "/usr/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + program); err == nil {
			return path, nil
		}
	}
	return "", err
}
