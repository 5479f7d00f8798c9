package isolation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// awaitEnd returns when the command has ended, and leaves it to be waited for: until then no other process has its
// number.
func (p *landCommand) awaitEnd() error {
	for {
		err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// processes are those of the command: all in its cgroup, or else what descends from it.
func (p *landCommand) processes() []int {
	if p.x.group != nil {
		all := numbers(filepath.Join(p.x.group.pids, "cgroup.procs"))
		for _, pid := range all {
			p.seen[pid] = true
		}
		return all
	}
	if p.waited {
		return nil
	}
	all := []int{p.cmd.Process.Pid}
	for i := 0; i < len(all); i++ {
		for _, child := range children(all[i]) {
			if !slices.Contains(all, child) {
				all = append(all, child)
				p.seen[child] = true
			}
		}
	}
	return all
}

func numbers(file string) []int {
	text, _ := os.ReadFile(file)
	var all []int
	for _, f := range strings.Fields(string(text)) {
		if n, err := strconv.Atoi(f); err == nil && n > 0 {
			all = append(all, n)
		}
	}
	return all
}

func children(pid int) []int {
	var all []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		all = append(all, numbers(t)...)
	}
	return all
}

func (p *landCommand) measure() usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reapOrphans()
	var u usage
	for _, pid := range p.processes() {
		u.add(pid)
	}
	return u
}

func (p *landCommand) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killAll()
}

func (p *landCommand) killAll() {
	for _, pid := range p.processes() {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	if p.x.group != nil {
		return
	}
	for _, pid := range children(os.Getpid()) {
		if p.isOurs(pid) {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
	if !p.waited {
		_ = unix.Kill(-p.cmd.Process.Pid, unix.SIGKILL)
	}
}

// patience is how long all processes of a command may take to end when they are killed.
const patience = 20 * time.Second

// reap waits until nothing of the command lives, as far as its processes are known.
func (p *landCommand) reap() error {
	defer p.forget()
	p.mu.Lock()
	defer p.mu.Unlock()
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		p.reapOrphans()
		if p.x.group != nil && len(p.processes()) == 0 || p.x.group == nil && !slices.ContainsFunc(children(os.Getpid()), p.isOurs) {
			return nil
		}
		if time.Since(begin) > patience {
			return errors.New("wait for the end of all processes: they do not end")
		}
		p.killAll()
	}
}

func (p *landCommand) forget() {
	p.room.l.mu.Lock()
	defer p.room.l.mu.Unlock()
	delete(p.room.l.direct, p.cmd.Process.Pid)
}

// reapOrphans waits for what has ended and became the judge's when its own parent ended. Commands themselves are waited
// for elsewhere.
func (p *landCommand) reapOrphans() {
	l := p.room.l
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, pid := range children(os.Getpid()) {
		if !l.direct[pid] && p.isOurs(pid) {
			_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
		}
	}
}

// isOurs reports whether a child of the judge is known to be of the command. Where there are no cgroups, one that has
// left its session within a moment is not.
func (p *landCommand) isOurs(pid int) bool {
	if p.room.user.lock == nil {
		return p.seen[pid] || session(pid) == p.cmd.Process.Pid || p.inGroup(pid)
	}
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return strings.Contains(string(status), fmt.Sprintf("\nUid:\t%d\t", p.room.user.id)) && (p.x.group != nil || p.seen[pid] || session(pid) == p.cmd.Process.Pid)
}

// inGroup tells of processes that have ended too, in version 2 of cgroups.
func (p *landCommand) inGroup(pid int) bool {
	if p.x.group == nil {
		return false
	}
	groups, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return strings.Contains(string(groups), "/"+filepath.Base(filepath.Dir(p.x.group.pids))+"/"+filepath.Base(p.x.group.pids))
}

func session(pid int) int {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(f) < 4 {
		return 0
	}
	n, _ := strconv.Atoi(f[3])
	return n
}
