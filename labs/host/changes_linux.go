package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
)

const (
	sysctlFile = "/etc/sysctl.d/60-slipway.conf"
	inotifyDir = "/proc/sys/fs/inotify"
	cgroupDir  = "/sys/fs/cgroup"
)

// addRuntime puts a copy of this program where it stays, since the one that runs may be built anew or
// removed, and tells Docker of it. A daemon that runs reads its configuration again.
func (w *worker) addRuntime(ctx context.Context) error {
	program, err := os.ReadFile(w.program)
	if err != nil {
		return err
	}
	if err := w.write(runtimeFile, program); err != nil {
		return err
	}
	if err := os.Chmod(w.at(runtimeFile), 0o755); err != nil {
		return err
	}
	if err := w.configure(); err != nil {
		return err
	}
	if _, _, err := w.machine.Engine(ctx); err != nil {
		return nil
	}
	return w.reload(ctx)
}

// configure merges our runtime into Docker's configuration.
func (w *worker) configure() error {
	old, err := os.ReadFile(w.at(daemonFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	config, err := parseDaemon(old)
	if err != nil || config.usesRuntime() {
		return err
	}
	if err := config.useRuntime(); err != nil {
		return err
	}
	merged, err := config.bytes()
	if err != nil {
		return err
	}
	if err := w.keep(daemonFile); err != nil {
		return err
	}
	return w.write(daemonFile, merged)
}

// reload makes a daemon read its configuration again, and waits until it has.
func (w *worker) reload(ctx context.Context) error {
	pid := w.pid(dockerPid)
	if !w.runs(pid, "dockerd") {
		return fmt.Errorf("tell Docker of its runtime: %s names no dockerd: restart Docker", dockerPid)
	}
	if err := w.run(ctx, "kill", "-HUP", strconv.Itoa(pid)); err != nil {
		return err
	}
	for end := time.Now().Add(w.patience); time.Now().Before(end); {
		if _, info, err := w.machine.Engine(ctx); err == nil && info.RuntimePath == runtimeFile {
			return nil
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("tell Docker of its runtime: it does not take it: restart Docker")
}

func (w *worker) mount(ctx context.Context, dir string, args ...string) error {
	if err := os.MkdirAll(w.at(dir), 0o755); err != nil {
		return err
	}
	return w.run(ctx, append(append([]string{"mount"}, args...), w.at(dir))...)
}

func (w *worker) mountHierarchies(ctx context.Context, c Cgroup) error {
	if c.Version == 0 {
		if err := w.mount(ctx, cgroupDir, "-t", "tmpfs", "-o", "mode=755", "cgroup"); err != nil {
			return err
		}
	}
	for _, name := range c.Lacks {
		option := name
		if name == "systemd" {
			option = "none,name=systemd"
		}
		if err := w.mount(ctx, path.Join(cgroupDir, name), "-t", "cgroup", "-o", option, "cgroup"); err != nil {
			return err
		}
	}
	return nil
}

// raiseInotify sets the limits now, and for when the machine starts the next time.
func (w *worker) raiseInotify(want Inotify) error {
	for name, n := range map[string]int{"max_user_instances": want.Instances, "max_user_watches": want.Watches} {
		if err := os.WriteFile(w.at(inotifyDir+"/"+name), []byte(strconv.Itoa(n)), 0o644); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("# Nodes of clusters watch many files: slipway doctor --fix wrote this.\nfs.inotify.max_user_instances = %d\nfs.inotify.max_user_watches = %d\n",
		want.Instances, want.Watches)
	return w.write(sysctlFile, []byte(text))
}

// aptGet is the command that does something with packages of Debian or Ubuntu, and asks nobody.
func aptGet(args ...string) []string {
	return append([]string{
		"env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300",
		"-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold",
	}, args...)
}

func aptInstall(packages []string, options ...string) []string {
	return aptGet(append(append([]string{"install", "-y", "--no-install-recommends"}, packages...), options...)...)
}

// fetch fetches packages, which can be interrupted at any time, and says how to take back that they and those that
// they need are installed.
func (w *worker) fetch(ctx context.Context, packages []string) (undo []string, err error) {
	if err := w.run(ctx, "env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--configure", "-a"); err != nil {
		return nil, err
	}
	stale := w.run(ctx, aptGet("update")...)
	if err := w.run(ctx, aptInstall(packages, "--download-only")...); err != nil {
		return nil, errors.Join(stale, err)
	}
	simulated, err := w.output(ctx, aptInstall(packages, "--simulate")...)
	if err != nil {
		return nil, err
	}
	return []string{"apt-get remove -y " + strings.Join(newPackages(simulated), " ")}, nil
}

// newPackages are those that apt-get says it would install where there was none of that name: an older version of
// one that it would upgrade stands in brackets.
func newPackages(simulated string) []string {
	var list []string
	for line := range strings.Lines(simulated) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == "Inst" && !strings.HasPrefix(f[2], "[") {
			list = append(list, f[1])
		}
	}
	return list
}

// install installs packages that were fetched. That runs to its end, which is seconds, since half-installed packages
// are worse.
func (w *worker) install(ctx context.Context, packages []string) error {
	return errors.Join(w.run(context.WithoutCancel(ctx), aptInstall(packages)...), ctx.Err())
}

// write makes data the content of a file, in a folder that is made if need be.
func (w *worker) write(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(w.at(file)), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(w.at(file), data)
}
