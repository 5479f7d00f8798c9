package ociruntime

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Main prepares the document that args are about, and becomes runc with the same arguments. It returns
// only where that fails, with the exit code; args[0] is the program itself.
func Main(args []string, stderr io.Writer) int {
	bound, err := Bounding()
	if err == nil {
		err = prepare(Args(args[1:]), bound)
	}
	if err == nil {
		err = become(args)
	}
	err = fmt.Errorf("%s: %w", Name, err)
	fmt.Fprintln(stderr, err)
	logError(Log(args[1:]), err)
	return 1
}

// become replaces this process by runc.
func become(args []string) error {
	runc, err := findRunc()
	if err != nil {
		return err
	}
	err = syscall.Exec(runc, append([]string{runc}, args[1:]...), os.Environ())
	return fmt.Errorf("start %s: %w", runc, err)
}

// logError writes where engines look for what went wrong, in the form that runc does. That it cannot be
// written is nobody's concern any more.
func logError(file string, cause error) {
	if file == "" {
		return
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	_ = json.NewEncoder(f).Encode(map[string]string{
		"level": "error", "msg": cause.Error(), "time": time.Now().Format(time.RFC3339),
	})
}

// prepare reduces a document to what bound holds. One that is not there or makes no sense is left for
// runc to complain about.
func prepare(doc Document, bound Set) error {
	if doc.Path == "" {
		return nil
	}
	data, err := os.ReadFile(doc.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	reduced, changed, err := Reduce(data, doc.Process, bound)
	if err != nil || !changed {
		return nil
	}
	return replace(doc.Path, reduced)
}

// Bounding is the bounding set of this process: what it and all that it starts can ever have.
func Bounding() (Set, error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	set, err := ParseBounding(f)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return set, nil
}

// replace swaps the file's contents in one step and keeps its mode and owner, so that whoever reads it
// meanwhile sees the old or the new.
func replace(path string, data []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(info.Mode().Perm()), f.Close())
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		err = errors.Join(err, os.Chown(f.Name(), int(sys.Uid), int(sys.Gid)))
	}
	return errors.Join(err, os.Rename(f.Name(), path))
}

// findRunc looks where PATH says and then where distributions put it, since an engine may give its
// runtimes a poor PATH.
func findRunc() (string, error) {
	if path, err := exec.LookPath("runc"); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"} {
		if path := filepath.Join(dir, "runc"); executable(path) {
			return path, nil
		}
	}
	return "", errors.New("runc is not installed: apt-get install runc")
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
