package isolation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// cgroups make a cgroup for each command, below one of this judge. In version 2 memory and pids are one hierarchy, in
// version 1 they are two.
type cgroups struct {
	memory, pids string // folders of the judge
	v2           bool
	count        atomic.Int64
}

// A cgroup bounds memory and processes of one command.
type cgroup struct {
	memory, pids string
	v2           bool
}

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
	name := fmt.Sprintf("slipway-%d", os.Getpid())
	var failed error
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
			}
			sweepCgroups(m, p)
			g := &cgroups{memory: filepath.Join(m, name), pids: filepath.Join(p, name), v2: v2}
			if failed = g.try(); failed == nil {
				return g, nil
			}
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
			pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(o), "slipway-"))
			if err == nil && errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
				_ = removeCgroups(o)
			}
		}
	}
}

func removeCgroups(dir string) error {
	below, _ := filepath.Glob(filepath.Join(dir, "*", "cgroup.procs"))
	for _, b := range below {
		_ = unix.Rmdir(filepath.Dir(b))
	}
	if err := unix.Rmdir(dir); err != nil && !errors.Is(err, unix.ENOENT) {
		return &os.PathError{Op: "remove", Path: dir, Err: err}
	}
	return nil
}

// try makes the judge's folders and one cgroup, as commands need it.
func (g *cgroups) try() error {
	if g.v2 {
		if err := g.delegate(); err != nil {
			return err
		}
	}
	for _, dir := range []string{g.memory, g.pids} {
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	if g.v2 {
		if err := put(g.memory, "cgroup.subtree_control", "+memory +pids"); err != nil {
			return err
		}
	}
	c, err := g.create(Limits{Memory: 1 << 30, Processes: 64})
	if err != nil {
		return err
	}
	return c.remove()
}

// delegate turns the controllers on above the judge's folder. A cgroup of version 2 that has processes cannot do so:
// where the judge is the only one, it moves down.
func (g *cgroups) delegate() error {
	above := filepath.Dir(g.memory)
	err := put(above, "cgroup.subtree_control", "+memory +pids")
	if !errors.Is(err, unix.EBUSY) {
		return err
	}
	procs, readErr := os.ReadFile(filepath.Join(above, "cgroup.procs"))
	if readErr != nil || strings.TrimSpace(string(procs)) != strconv.Itoa(os.Getpid()) {
		return err
	}
	judge := filepath.Join(above, "judge")
	if err := os.Mkdir(judge, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := put(judge, "cgroup.procs", strconv.Itoa(os.Getpid())); err != nil {
		return err
	}
	return put(above, "cgroup.subtree_control", "+memory +pids")
}

func (g *cgroups) close() error {
	err := removeCgroups(g.memory)
	if !g.v2 {
		err = errors.Join(err, removeCgroups(g.pids))
	}
	return err
}

// create makes a cgroup with limits.
func (g *cgroups) create(l Limits) (*cgroup, error) {
	name := strconv.FormatInt(g.count.Add(1), 10)
	c := &cgroup{memory: filepath.Join(g.memory, name), pids: filepath.Join(g.pids, name), v2: g.v2}
	if err := c.make(l); err != nil {
		_ = c.remove()
		return nil, fmt.Errorf("make cgroup: %w", err)
	}
	return c, nil
}

func (c *cgroup) make(l Limits) error {
	if err := os.Mkdir(c.memory, 0o755); err != nil {
		return err
	}
	if !c.v2 {
		if err := os.Mkdir(c.pids, 0o755); err != nil {
			return err
		}
	}
	if l.Processes > 0 {
		if err := put(c.pids, "pids.max", strconv.Itoa(l.Processes)); err != nil {
			return err
		}
	}
	if l.Memory == 0 {
		return nil
	}
	bytes := strconv.FormatInt(l.Memory, 10)
	limit, swap, swapped := "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", bytes
	if c.v2 {
		limit, swap, swapped = "memory.max", "memory.swap.max", "0"
	}
	if err := put(c.memory, limit, bytes); err != nil {
		return err
	}
	// A kernel that does not count swap has no such file.
	if err := put(c.memory, swap, swapped); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// add puts a process in. What it starts is in too.
func (c *cgroup) add(pid int) error {
	err := put(c.memory, "cgroup.procs", strconv.Itoa(pid))
	if err == nil && !c.v2 {
		err = put(c.pids, "cgroup.procs", strconv.Itoa(pid))
	}
	return err
}

// hit names the limit that its processes ran into, if any.
func (c *cgroup) hit() string {
	events := "memory.oom_control"
	if c.v2 {
		events = "memory.events"
	}
	switch {
	case counter(c.memory, events, "oom_kill") > 0:
		return "memory"
	case counter(c.pids, "pids.events", "max") > 0:
		return "processes"
	}
	return ""
}

// remove removes the cgroup, whose processes have ended. The kernel may take a moment to see that.
func (c *cgroup) remove() error {
	var err error
	for _, dir := range []string{c.memory, c.pids} {
		for range 100 {
			if err = unix.Rmdir(dir); !errors.Is(err, unix.EBUSY) {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return &os.PathError{Op: "remove", Path: dir, Err: err}
		}
	}
	return nil
}

func put(dir, file, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY, 0) // it is not made: a cgroup has it or not
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// counter reads one number of a file of lines: name number.
func counter(dir, file, name string) int64 {
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == name {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n
		}
	}
	return 0
}
