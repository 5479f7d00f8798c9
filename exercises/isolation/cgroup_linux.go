package isolation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// cgroups make a cgroup for each command, below one of this judge. In version 2 memory and pids are one hierarchy, in
// version 1 they are two.
type cgroups struct {
	memory, pids string // folders of the judge
	v2           bool

	mu    sync.Mutex
	count int
	free  []*cgroup
}

// A cgroup bounds memory and processes of one command. It is used again, for other commands of the same cell and then
// of others: the kernel remembers a cgroup for as long as it has a page of a file that was first read there, and tens
// of thousands of them take much memory.
type cgroup struct {
	memory, pids string
	v2           bool
	oom, refused int64 // counters before the command
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
	c, err := g.take()
	if err != nil {
		return err
	}
	g.give([]*cgroup{c})
	return c.begin(Limits{Memory: 1 << 30, Processes: 64})
}

// judgeGroup is the cgroup that a judge moves to, beside those of commands.
const judgeGroup = "judge"

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
	judge := filepath.Join(above, judgeGroup)
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

// removeCgroups removes a judge's folder and the cgroups in it. Those whose processes have ended a moment ago may still
// be busy.
func removeCgroups(dir string) error {
	below, _ := filepath.Glob(filepath.Join(dir, "*", "cgroup.procs"))
	for _, b := range below {
		if err := removeCgroup(filepath.Dir(b)); err != nil {
			return err
		}
	}
	return removeCgroup(dir)
}

func removeCgroup(dir string) error {
	err := unix.Rmdir(dir)
	for wait := time.Millisecond; errors.Is(err, unix.EBUSY) && wait < time.Second; wait *= 2 {
		time.Sleep(wait)
		err = unix.Rmdir(dir)
	}
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return &os.PathError{Op: "remove", Path: dir, Err: err}
	}
	return nil
}

// take returns a cgroup that nobody uses.
func (g *cgroups) take() (*cgroup, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if last := len(g.free) - 1; last >= 0 {
		c := g.free[last]
		g.free = g.free[:last]
		return c, nil
	}
	g.count++
	name := strconv.Itoa(g.count)
	c := &cgroup{memory: filepath.Join(g.memory, name), pids: filepath.Join(g.pids, name), v2: g.v2}
	err := os.Mkdir(c.memory, 0o755)
	if err == nil && !g.v2 {
		err = os.Mkdir(c.pids, 0o755)
	}
	if err != nil {
		return nil, fmt.Errorf("make cgroup: %w", err)
	}
	return c, nil
}

func (g *cgroups) give(all []*cgroup) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free = append(g.free, all...)
}

// begin sets the limits for a command.
func (c *cgroup) begin(l Limits) error {
	processes, memory, most := "max", "-1", "-1"
	limit, swap := "memory.limit_in_bytes", "memory.memsw.limit_in_bytes" // swap counts memory too
	if c.v2 {
		memory, most = "max", "max"
		limit, swap = "memory.max", "memory.swap.max"
	}
	if l.Processes > 0 {
		processes = strconv.Itoa(l.Processes)
	}
	if l.Memory > 0 {
		memory = strconv.FormatInt(l.Memory, 10)
	}
	swapped := memory
	if c.v2 {
		swapped = "0"
	}
	for _, set := range []struct{ dir, file, value string }{
		{c.pids, "pids.max", processes},
		{c.memory, swap, most}, // never less than memory
		{c.memory, limit, memory},
		{c.memory, swap, swapped},
	} {
		err := put(set.dir, set.file, set.value)
		if set.file == swap && errors.Is(err, os.ErrNotExist) {
			continue // a kernel that does not count swap
		}
		if err != nil {
			return fmt.Errorf("set limits of cgroup: %w", err)
		}
	}
	c.oom, c.refused = c.counters()
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

// hit names the limit that its processes ran into since begin, if any.
func (c *cgroup) hit() string {
	oom, refused := c.counters()
	switch {
	case oom > c.oom:
		return "memory"
	case refused > c.refused:
		return "processes"
	}
	return ""
}

// counters tell how often a process was ended for its memory, and how often there could not be one more.
func (c *cgroup) counters() (oom, refused int64) {
	events := "memory.oom_control"
	if c.v2 {
		events = "memory.events"
	}
	return counter(c.memory, events, "oom_kill"), counter(c.pids, "pids.events", "max")
}

func put(dir, file, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY|os.O_TRUNC, 0) // it is not made: a cgroup has it or not
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
