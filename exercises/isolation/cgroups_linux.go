package isolation

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// wayToCgroups says what to do where openCgroups fails.
const wayToCgroups = "grade as root, or in a login session that systemd manages, by ssh for example and not by su or sudo -u"

// opened counts the backends of this process that have had cgroups, or have tried to.
var opened atomic.Int64

// openCgroups finds where this process may make cgroups.
func openCgroups() (*cgroups, error) {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	paths, points := ownCgroups(string(own)), cgroupMounts(string(mounts))
	name := fmt.Sprintf("slipway-%d-%d", os.Getpid(), opened.Add(1))
	var failed error // the first, which is of the best place
	for _, v2 := range []bool{true, false} {
		memory, pids := "memory", "pids"
		if v2 {
			memory, pids = "", ""
		}
		if points[memory] == "" || points[pids] == "" {
			continue
		}
		// Below the judge's own cgroup, so that what bounds the judge bounds commands too; else at the top.
		for _, below := range []bool{true, false} {
			m, p := points[memory], points[pids]
			if below {
				m, p = filepath.Join(m, paths[memory]), filepath.Join(p, paths[pids])
				if v2 && filepath.Base(m) == judgeGroup { // it has moved down for a backend before this one
					m, p = filepath.Dir(m), filepath.Dir(p)
				}
			}
			sweepCgroups(m, p)
			g := &cgroups{memory: filepath.Join(m, name), pids: filepath.Join(p, name), v2: v2}
			err := g.try()
			if err == nil {
				return g, nil
			}
			failed = cmp.Or(failed, err)
			_ = g.close()
		}
	}
	if failed == nil {
		failed = errors.New("the memory and pids controllers are not mounted")
	}
	return nil, failed
}

// ownCgroups reads /proc/self/cgroup: the path for each controller, and of version 2 for the empty name.
func ownCgroups(text string) map[string]string {
	paths := map[string]string{}
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		for _, controller := range strings.Split(f[1], ",") {
			paths[controller] = f[2]
		}
	}
	return paths
}

// cgroupMounts reads /proc/self/mountinfo: the mount point of each controller, and of version 2 for the empty name.
func cgroupMounts(text string) map[string]string {
	points := map[string]string{}
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(line, " - ")
		f, g := strings.Fields(before), strings.Fields(after)
		switch {
		case !ok || len(f) < 5 || len(g) < 3:
		case g[0] == "cgroup2":
			points[""] = f[4]
		case g[0] == "cgroup":
			for _, option := range strings.Split(g[2], ",") {
				points[option] = f[4]
			}
		}
	}
	return points
}

// sweepCgroups removes what judges left that were killed.
func sweepCgroups(dirs ...string) {
	for _, dir := range dirs {
		old, _ := filepath.Glob(filepath.Join(dir, "slipway-*"))
		for _, o := range old {
			name, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(o), "slipway-"), "-")
			pid, err := strconv.Atoi(name)
			if err == nil && errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
				below, _ := filepath.Glob(filepath.Join(o, "*", "cgroup.procs"))
				for _, b := range below {
					_ = unix.Rmdir(filepath.Dir(b))
				}
				_ = unix.Rmdir(o)
			}
		}
	}
}
