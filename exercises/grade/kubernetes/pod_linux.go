package kubernetes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// OpenPod undoes, in mounts that are the worker's own, what container engines do to a container that is to make no
// others: /proc is hidden in part, so that no command in a user namespace could have one of its own, and cgroups are
// write-protected, so that no command could have its own limits. Commands see neither.
func OpenPod() error {
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	var errs []error
	for _, point := range cgroupPoints(string(mounts)) {
		const flags = unix.MS_REMOUNT | unix.MS_BIND | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
		if err := unix.Mount("", point, "", flags, ""); err != nil {
			errs = append(errs, &fs.PathError{Op: "remount", Path: point, Err: err})
		}
	}
	return errors.Join(errs...)
}

// cgroupPoints reads /proc/self/mountinfo: where cgroups are mounted.
func cgroupPoints(text string) []string {
	var points []string
	for line := range strings.Lines(text) {
		before, after, _ := strings.Cut(line, " - ")
		if f := strings.Fields(before); len(f) > 4 && (strings.HasPrefix(after, "cgroup ") || strings.HasPrefix(after, "cgroup2 ")) {
			points = append(points, f[4])
		}
	}
	return points
}
