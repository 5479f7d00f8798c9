package isolation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// start starts bubblewrap, and lets the command begin when it is under its limits.
func (p *bwrapCommand) start(c sandbox.Command, x *execution) error {
	p.x = x
	var theirs []*os.File // descriptors of bubblewrap, from 3 on
	defer func() {
		for _, f := range theirs {
			_ = f.Close()
		}
	}()
	status, statusWriter, err := os.Pipe()
	if err != nil {
		return err
	}
	theirs = append(theirs, statusWriter)
	p.status, p.told = status, json.NewDecoder(status)
	blockReader, block, err := os.Pipe()
	if err != nil {
		return errors.Join(err, status.Close())
	}
	defer block.Close()
	theirs = append(theirs, blockReader)
	filter, err := p.filter()
	if err != nil {
		return errors.Join(err, status.Close())
	}
	theirs = append(theirs, filter)

	p.cmd = exec.Command(p.room.b.program, p.args(c)...)
	p.cmd.Dir, p.cmd.Env = "/", []string{}
	p.cmd.Stdout, p.cmd.Stderr = x.stdout, x.stderr
	if c.Stdin != nil {
		p.cmd.Stdin = struct{ io.Reader }{c.Stdin} // a pipe, whatever it is: no file of the judge goes in
	}
	p.cmd.WaitDelay = grace
	p.cmd.ExtraFiles = theirs
	p.cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:    true, // a terminal interrupts the judge, which then ends commands
		Pdeathsig:  syscall.SIGKILL,
		Credential: p.room.user.credential(),
	}
	if err := p.room.thread.do(p.begin); err != nil {
		return errors.Join(err, status.Close())
	}
	for _, f := range theirs {
		_ = f.Close() // so that status ends with bubblewrap
	}
	if err := p.admit(block); err != nil {
		_ = p.cmd.Process.Kill() // the command, which has not begun, dies with it
		_ = p.cmd.Wait()
		_ = status.Close()
		if said := strings.TrimSpace(x.stderr.kept.String()); said != "" {
			err = fmt.Errorf("bubblewrap: %s", said)
		}
		return err
	}
	return nil
}

// begin runs on the thread of the room, whose network and mounts the command gets. The pipes that it makes belong to
// the user of the command, who may then open them again, as /dev/stderr.
func (p *bwrapCommand) begin() error {
	if p.room.user.lock != nil {
		setFileUser(p.room.user.id)
		defer setFileUser(0)
	}
	return p.cmd.Start()
}

// filter is an open file that holds the filter of system calls. A pipe has room for it.
func (p *bwrapCommand) filter() (*os.File, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if _, err = writer.Write(p.room.b.filter); err != nil {
		return nil, errors.Join(err, reader.Close(), writer.Close())
	}
	return reader, writer.Close()
}

// admit puts the command under its limits, and lets it begin.
func (p *bwrapCommand) admit(block io.Writer) error {
	var began struct {
		Child int `json:"child-pid"`
	}
	if err := p.told.Decode(&began); err != nil {
		return fmt.Errorf("bubblewrap has not begun: %w", err)
	}
	p.init = began.Child
	var err error
	if p.pidfd, err = unix.PidfdOpen(p.init, 0); err != nil {
		return fmt.Errorf("open process: %w", err)
	}
	if p.x.group != nil {
		if err := p.x.group.add(p.init); err != nil {
			return fmt.Errorf("put command in cgroup: %w", err)
		}
	}
	if err := p.room.thread.do(func() error { return bound(p.init, p.room.limits, p.x.group != nil, p.room.user) }); err != nil {
		return err
	}
	if _, err := block.Write([]byte{1}); err != nil {
		return fmt.Errorf("let command begin: %w", err)
	}
	return nil
}

// args are those of bubblewrap.
func (p *bwrapCommand) args(c sandbox.Command) []string {
	args := []string{
		"--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try",
		"--uid", "1000", "--gid", "1000", "--hostname", "cell", "--die-with-parent", "--new-session",
		"--bind", p.room.dir + "/root", "/", "--proc", "/proc", "--dev", "/dev",
		// Of /proc too: some of it takes what user 0 of the machine writes, with or without capabilities.
		"--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/",
		"--json-status-fd", "3", "--block-fd", "4", "--seccomp", "5", "--clearenv",
	}
	if p.room.b.disableUserns {
		args = append(args, "--disable-userns")
	}
	p.room.mu.Lock()
	for _, path := range p.room.fixed {
		args = append(args, "--remount-ro", path)
	}
	p.room.mu.Unlock()
	for _, e := range c.Env {
		if k, v, ok := strings.Cut(e, "="); ok && k != "" {
			args = append(args, "--setenv", k, v)
		}
	}
	dir := c.Dir
	if dir == "" {
		dir = "/tmp"
	}
	args = append(args, "--chdir", dir, "--")
	return append(args, c.Args...)
}

// openFiles is how many files a process may have open.
const openFiles = 4096

// bound sets the limits that are a process's own, which all that it starts has too. The limits of a process may be set
// by the user that it runs as, where root may not: the calling thread, to which its goroutine is locked, becomes that
// user for a moment. When no cgroup counts memory and processes, counted is false.
func bound(pid int, l Limits, counted bool, u *user) error {
	set := map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: openFiles}
	if l.Disk > 0 {
		set[unix.RLIMIT_FSIZE] = uint64(l.Disk)
	}
	if l.CPU > 0 {
		// Should nobody watch. The kernel counts clock ticks here, which on a busy machine come to more than what the
		// process has run, and what watch reads: by a quarter has been seen.
		set[unix.RLIMIT_CPU] = 2*uint64(l.CPU/time.Second) + 2
	}
	if !counted && l.Processes > 0 {
		set[unix.RLIMIT_NPROC] = uint64(l.Processes)
	}
	if !counted && l.Memory > 0 {
		set[unix.RLIMIT_DATA] = uint64(l.Memory)
	}
	if u.lock != nil {
		if err := setRealUser(u.id); err != nil {
			return err
		}
		defer setRealUser(0)
	}
	for resource, most := range set {
		var now unix.Rlimit
		if err := unix.Prlimit(pid, resource, nil, &now); err != nil {
			return fmt.Errorf("read limit of command: %w", err)
		}
		most = min(most, now.Max)
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: most, Max: most}, nil); err != nil {
			return fmt.Errorf("set limit of command: %w", err)
		}
	}
	return nil
}

// setRealUser changes the real user and group of the calling thread alone. It stays root.
func setRealUser(id int) error {
	const keep = ^uintptr(0)
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESGID, uintptr(id), keep, keep); errno != 0 {
		return fmt.Errorf("become group %d: %w", id, errno)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(id), keep, keep); errno != 0 {
		return fmt.Errorf("become user %d: %w", id, errno)
	}
	return nil
}

// setFileUser changes the user to whom files belong that the calling thread makes.
func setFileUser(id int) {
	_, _, _ = unix.RawSyscall(unix.SYS_SETFSUID, uintptr(id), 0, 0) // it never fails for root
}
