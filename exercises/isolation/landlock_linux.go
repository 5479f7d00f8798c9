package isolation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A landlock runs commands on the files and in the network of the machine, and has the kernel refuse what they were not
// shown. It needs no namespaces.
type landlock struct {
	o               Options
	base            base
	groups          *cgroups // nil where there are none
	filter, sockets []byte
	linked          bool // a cell's build cache has links to the shared one
	warden          io.Closer
	count           atomic.Int64

	mu     sync.Mutex
	direct map[int]bool // processes that their commands wait for
}

// leastABI is the version of Landlock that keeps commands from sending signals to the judge: Linux 6.12.
const leastABI = 6

func openLandlock(ctx context.Context, o Options) (_ maker, _ Achieved, err error) {
	if abi := landlockABI(); abi < leastABI {
		return nil, Achieved{}, fmt.Errorf("the kernel has version %d of Landlock, and %d is needed: use Linux 6.12 or later", abi, leastABI)
	}
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return nil, Achieved{}, fmt.Errorf("keep open files from commands: %w", err)
	}
	// What commands leave behind becomes this process's, which ends it and waits for it.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, Achieved{}, fmt.Errorf("become subreaper: %w", err)
	}
	l := &landlock{o: o, direct: map[int]bool{}}
	achieved := Achieved{Files: Sound, Network: Sound, Processes: Sound, Memory: Sound, Disk: Weak, Notes: []string{
		"commands have the machine's files and loopback around them, from which Landlock and a filter of system calls keep them",
	}}
	if !manyUsers() {
		achieved.Notes = append(achieved.Notes, "commands may change the modes and times of files of the judge's user, whatever they may read")
	}
	if l.groups, err = openCgroups(); err != nil {
		l.groups = nil
		achieved.Processes, achieved.Memory = Weak, Weak
		achieved.Notes = append(achieved.Notes, fmt.Sprintf(
			"no cgroups, so a program may outlive its command, and take more memory than it may: %s: %v", wayToCgroups, err))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if l.groups != nil {
		if l.warden, err = startWarden(l.groups.pids); err != nil {
			return nil, Achieved{}, err
		}
	}
	if l.filter, err = seccompFilter(false); err != nil {
		return nil, Achieved{}, err
	}
	if l.sockets, err = socketFilter(); err != nil {
		return nil, Achieved{}, err
	}
	if l.base, err = newBase(o.Dir); err != nil {
		return nil, Achieved{}, err
	}
	if err := os.Chmod(l.base.dir, 0o711); err != nil {
		return nil, Achieved{}, err
	}
	if o.GoRoot != "" {
		if err := reachable(filepath.Join(o.GoRoot, "bin")); err != nil {
			return nil, Achieved{}, fmt.Errorf("%w: install Go where everybody may use it, as in /usr/local/go", err)
		}
	}
	if o.Cache != "" {
		why := unlinkable(o.Cache)
		if l.linked = why == ""; !l.linked {
			achieved.Notes = append(achieved.Notes, "each cell builds with an empty build cache, which takes time: "+why)
		}
	}
	if err := l.probe(ctx, &achieved); err != nil {
		return nil, Achieved{}, err
	}
	return l, achieved, nil
}

// mostLinked is how many entries of a build cache a cell gets links to. Each takes about a tenth of a millisecond.
const mostLinked = 10_000

// unlinkable says why cells cannot have links to a build cache, or nothing.
func unlinkable(cache string) string {
	if reachable(filepath.Join(cache, "00")) != nil {
		return "other users may not enter " + cache + ": set SLIPWAY_CACHE to a folder that everybody may enter"
	}
	entries, err := filepath.Glob(filepath.Join(cache, "??", "*"))
	if err != nil || len(entries) > mostLinked {
		return fmt.Sprintf("%s has %d entries, which are too many to link to for each cell: set SLIPWAY_CACHE to a new folder", cache, len(entries))
	}
	return ""
}

func (l *landlock) probe(ctx context.Context, a *Achieved) error {
	r, err := l.makeRoom(ctx, probeLimits)
	if err != nil {
		return err
	}
	defer r.Close()
	survivor := probe{script: "setsid sleep 60 & exit 0", promise: &a.Processes, missed: outlived, timed: true}
	if _, err := exec.LookPath("setsid"); err != nil {
		survivor.script = "exit 0"
	}
	signal := probe{script: fmt.Sprintf("kill -0 %d && echo reached", os.Getpid()), missed: func(res sandbox.Result) string {
		if len(res.Stdout) > 0 {
			return "a command may send signals to the judge"
		}
		return ""
	}}
	return probeRoom(ctx, r, a, probe{script: "echo works >file && cat file", missed: func(res sandbox.Result) string {
		if res.ExitCode != 0 || !strings.HasPrefix(string(res.Stdout), "works\n") {
			return doesNotRun(res)
		}
		return ""
	}}, signal, survivor)
}

// startWarden starts a process that ends all commands, by their cgroups, when the judge has ended or closes the warden.
func startWarden(groups string) (io.Closer, error) {
	const script = `read -r _; while all=$(cat "$0"/*/cgroup.procs 2>/dev/null); [ -n "$all" ]; do kill -9 $all; sleep 0.05; done`
	cmd := exec.Command("/bin/sh", "-c", script, groups)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no signal to the judge's group ends it
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start warden: %w", err)
	}
	return warden{alive, cmd}, nil
}

type warden struct {
	alive io.Closer
	cmd   *exec.Cmd
}

func (w warden) Close() error { return errors.Join(w.alive.Close(), w.cmd.Wait()) }

func (l *landlock) close() error {
	var errs []error
	if l.warden != nil {
		errs = append(errs, l.warden.Close())
	}
	if l.base.dir != "" {
		errs = append(errs, l.base.remove())
	}
	if l.groups != nil {
		errs = append(errs, l.groups.close())
	}
	return errors.Join(errs...)
}
