package host

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A bench is a machine in a folder, whose programs do what the real ones are known to do.
type bench struct {
	*worker
	t        *testing.T
	root     string
	programs map[string]program
	env      map[string]string
	ran      []string                   // commands that change something
	said     []string                   // what people were told
	before   func(command string) error // called before each such command
	started  func(log string) (up bool) // what becomes of a daemon that is started
	guard    sync.Mutex                 // of programs
}

func newBench(t *testing.T, files map[string]string, programs map[string]program) *bench {
	b := &bench{t: t, root: t.TempDir(), programs: programs, env: map[string]string{}}
	b.before = func(string) error { return nil }
	b.started = func(string) bool { return true }
	for name, text := range files {
		b.put("/"+name, text)
	}
	b.put("/slipway", "ELF")
	m := machine(programs, os.DirFS(b.root), b.env)
	answer, find := m.Run, m.LookPath
	m.LookPath = func(name string) (string, error) {
		b.guard.Lock()
		defer b.guard.Unlock()
		return find(name)
	}
	m.Run = func(ctx context.Context, args ...string) (sandbox.Result, error) {
		if filepath.IsAbs(args[0]) {
			b.guard.Lock()
			defer b.guard.Unlock()
			return answer(ctx, args...)
		}
		return b.change(ctx, strings.Join(args, " "))
	}
	b.worker = &worker{
		machine: m, root: b.root, program: filepath.Join(b.root, "slipway"), patience: time.Second,
		say: func(line string) { b.said = append(b.said, line) }, spawn: b.spawnDaemon,
	}
	return b
}

// simulated is what apt-get says of an installation that brings dependencies and upgrades a library.
const simulated = `Reading package lists...
The following additional packages will be installed:
  containerd runc
Inst libseccomp2 [2.5.4-1] (2.5.4-1+deb12u1 Debian:12.9/stable [amd64])
Inst runc (1.1.5+ds1-1+deb12u1 Debian:12.9/stable [amd64])
Inst containerd (1.6.20~ds1-1+deb12u1 Debian:12.9/stable [amd64])
Inst docker.io (20.10.24+dfsg1-1+deb12u1 Debian:12.9/stable [amd64])
Inst iptables (1.8.9-2 Debian:12.9/stable [amd64])
Conf libseccomp2 (2.5.4-1+deb12u1 Debian:12.9/stable [amd64])
Conf docker.io (20.10.24+dfsg1-1+deb12u1 Debian:12.9/stable [amd64])
`

// change does what a command does to the machine.
func (b *bench) change(ctx context.Context, command string) (sandbox.Result, error) {
	b.ran = append(b.ran, command)
	if err := b.before(command); err != nil {
		return sandbox.Result{ExitCode: 100, Stderr: []byte(err.Error())}, nil
	}
	if err := ctx.Err(); err != nil {
		return sandbox.Result{}, err
	}
	b.guard.Lock()
	defer b.guard.Unlock()
	switch {
	case strings.HasSuffix(command, "--simulate"):
		return sandbox.Result{Stdout: []byte(simulated)}, nil
	case strings.Contains(command, " install ") && !strings.HasSuffix(command, "--download-only"):
		b.programs["docker"], b.programs["dockerd"], b.programs["iptables"] = dockerDown, program{version: "installed"}, program{}
	case strings.HasPrefix(command, "kill -HUP"), command == "systemctl start docker":
		b.dockerUp()
	case strings.HasPrefix(command, "usermod"):
		b.put("/etc/group", "docker:x:999:ann,"+command[strings.LastIndex(command, " ")+1:]+"\n")
	}
	return sandbox.Result{}, nil
}

func (b *bench) spawnDaemon(program, log string) (<-chan struct{}, error) {
	b.ran = append(b.ran, program)
	exited := make(chan struct{})
	if b.started(log) {
		b.dockerUp()
	} else {
		close(exited)
	}
	return exited, nil
}

// dockerUp has Docker answer, with the runtimes of its configuration.
func (b *bench) dockerUp() {
	var config map[string]any
	_ = json.Unmarshal([]byte(b.get(daemonFile)), &config)
	up := docker
	if config["default-runtime"] == runtimeName {
		up.info = strings.NewReplacer(`"DefaultRuntime": "runc"`, `"DefaultRuntime": "slipway"`, `{"runc": {"path": "runc"}}`, `{"slipway": {"path": "`+runtimeFile+`"}}`).Replace(up.info)
	}
	b.programs["docker"] = up
}

func (b *bench) put(file, text string) {
	b.t.Helper()
	file = filepath.Join(b.root, file)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// get is the text of a file, empty where there is none.
func (b *bench) get(file string) string {
	data, _ := os.ReadFile(filepath.Join(b.root, file))
	return string(data)
}

// mustFix fixes the machine and returns what was run for it.
func (b *bench) mustFix() []string {
	b.t.Helper()
	b.ran = nil
	if err := b.fix(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return b.ran
}

func TestFixFromNothing(t *testing.T) {
	b := newBench(t, workspace, map[string]program{})
	ran := strings.Join(b.mustFix(), "\n")
	for _, command := range []string{"dpkg --configure -a", "apt-get -q", " update", "install -y --no-install-recommends docker.io iptables", "/bin/dockerd"} {
		if !strings.Contains(ran, command) {
			t.Errorf("did not run %s; ran\n%s", command, ran)
		}
	}
	for file, text := range map[string]string{
		daemonFile:                       `"default-runtime": "slipway"`,
		runtimeFile:                      "ELF",
		sysctlFile:                       "fs.inotify.max_user_instances = 1024\n",
		inotifyDir + "/max_user_watches": "524288",
	} {
		if !strings.Contains(b.get(file), text) {
			t.Errorf("%s holds %q, not %q", file, b.get(file), text)
		}
	}
	if facts := look(t, b.machine); facts.Repairs() != nil || facts.EngineErr != nil {
		t.Errorf("after the fix the machine is %+v", facts)
	}

	b.said = nil
	if ran := b.mustFix(); ran != nil || b.said != nil {
		t.Errorf("a second fix runs %q and says %q", ran, b.said)
	}
}

// TestFixSaysHowToUndo finds for each change the command that takes it back, the last change first.
func TestFixSaysHowToUndo(t *testing.T) {
	b := newBench(t, workspace, map[string]program{})
	b.mustFix()
	at := 0
	for _, want := range []string{"# engine\npidof dockerd | xargs -r kill\n", "# package docker.io iptables\napt-get remove -y runc containerd docker.io iptables\n", "echo 128 > /proc/sys/fs/inotify/max_user_instances\n", "else rm -f " + daemonFile, "rm -rf " + Dir} {
		i := strings.Index(b.get(UndoScript), want)
		if i < at {
			t.Errorf("%q is not where it should be in\n%s", want, b.get(UndoScript))
		}
		at = max(at, i)
	}
	if !strings.Contains(strings.Join(b.said, "\n"), "to undo: apt-get remove -y runc containerd docker.io iptables") {
		t.Errorf("said\n%s", strings.Join(b.said, "\n"))
	}

	script := b.get(UndoScript)
	b.put(inotifyDir+"/max_user_instances", "256")
	b.mustFix()
	if got := b.get(UndoScript); got != script {
		t.Errorf("a later fix changes the undo script to\n%s", got)
	}
}

// TestFixMergesConfiguration keeps what else Docker is told, and the file as it was.
func TestFixMergesConfiguration(t *testing.T) {
	const old = `{"mtu": 1400, "runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}}`
	b := newBench(t, but(workspace, "etc/docker/daemon.json="+old, "run/docker.pid=77", "proc/77/comm=dockerd"),
		map[string]program{"docker": docker, "dockerd": {}, "iptables": {}})
	if ran := b.mustFix(); !slices.Equal(ran, []string{"kill -HUP 77"}) {
		t.Errorf("ran %q, want only that Docker reads its configuration", ran)
	}
	const want = `{"default-runtime": "slipway", "mtu": 1400, "runtimes": {"nvidia": {"path": "nvidia-container-runtime"}, "slipway": {"path": "` + runtimeFile + `"}}}`
	if got := strings.Join(strings.Fields(b.get(daemonFile)), ""); got != strings.ReplaceAll(want, " ", "") {
		t.Errorf("%s is %s", daemonFile, got)
	}
	if got := b.get(keptCopy(daemonFile)); got != old {
		t.Errorf("kept %q", got)
	}
}

// TestFixTakesRuncsPlace overrules a default that only says what Docker does anyway.
func TestFixTakesRuncsPlace(t *testing.T) {
	b := newBench(t, but(workspace, `etc/docker/daemon.json={"default-runtime": "runc"}`), map[string]program{"docker": dockerDown, "dockerd": {}, "iptables": {}})
	b.mustFix()
	if got := b.get(daemonFile); !strings.Contains(got, `"default-runtime": "slipway"`) {
		t.Errorf("%s is %s", daemonFile, got)
	}
}

func TestFixLeavesConfigurationAlone(t *testing.T) {
	for old, says := range map[string]string{
		`{"default-runtime": "nvidia"}`: "default-runtime nvidia",
		`{"mtu": `:                      "mend it",
	} {
		b := newBench(t, but(workspace, "etc/docker/daemon.json="+old), map[string]program{"docker": docker, "dockerd": {}, "iptables": {}})
		err := b.fix(t.Context())
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("with %s: error %v", old, err)
		}
		if got := b.get(daemonFile); got != old {
			t.Errorf("%s became %s", old, got)
		}
	}
}

// TestFixGoesOn makes the other repairs when one fails, and the failed one the next time.
func TestFixGoesOn(t *testing.T) {
	b := newBench(t, workspace, map[string]program{})
	b.before = func(command string) error {
		if strings.Contains(command, "--download-only") {
			return errors.New("E: no network")
		}
		return nil
	}
	err := b.fix(t.Context())
	if err == nil || !strings.Contains(err.Error(), "install docker.io iptables with apt-get") || !strings.Contains(err.Error(), "E: no network") {
		t.Errorf("error %v", err)
	}
	if got := b.get(inotifyDir + "/max_user_instances"); got != "1024" {
		t.Errorf("inotify instances are %s", got)
	}
	b.before = func(string) error { return nil }
	b.mustFix()
}

// TestFixInterrupted interrupts before every command that a fix runs; the next fix does the rest.
func TestFixInterrupted(t *testing.T) {
	commands := newBench(t, workspace, map[string]program{}).mustFix()
	for i, command := range commands[:len(commands)-1] { // the last starts the daemon
		b := newBench(t, workspace, map[string]program{})
		ctx, interrupt := context.WithCancel(t.Context())
		b.before = func(string) error {
			if len(b.ran) == i+1 {
				interrupt()
			}
			return nil
		}
		if err := b.fix(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted at %s: error %v", command, err)
		}
		if strings.HasSuffix(command, " install -y --no-install-recommends docker.io iptables") && b.programs["dockerd"].version == "" {
			t.Error("an interrupt ends the packages' installation halfway")
		}
		if len(b.ran) > i+2 {
			t.Errorf("interrupted at %s: goes on to %q", command, b.ran[i+1:])
		}
		b.before = func(string) error { return nil }
		b.mustFix()
		if facts := look(t, b.machine); facts.Repairs() != nil {
			t.Errorf("interrupted at %s, and fixed again: %+v", command, facts)
		}
	}
}

func TestFixTakesRoot(t *testing.T) {
	b := newBench(t, workspace, map[string]program{})
	b.machine.Root = false
	err := b.fix(t.Context())
	if err == nil || !strings.Contains(err.Error(), "install docker.io iptables") || !strings.HasSuffix(err.Error(), "type sudo slipway doctor --fix") {
		t.Errorf("error %v", err)
	}
	if b.ran != nil || b.said != nil {
		t.Errorf("ran %q, said %q", b.ran, b.said)
	}
}

func TestFixByHand(t *testing.T) {
	fedora := but(laptop, "etc/os-release=ID=fedora\n")
	for _, tt := range []struct {
		name     string
		files    map[string]string
		programs map[string]program
		env      string
		next     string
	}{
		{"another distribution", fedora, map[string]program{}, "", "dnf install moby-engine"},
		{"an unknown distribution", but(laptop, "etc/os-release=ID=plan9\n"), map[string]program{}, "", "https://docs.docker.com"},
		{"podman asked for", laptop, map[string]program{}, "KIND_EXPERIMENTAL_PROVIDER=podman", "install podman"},
		{"podman down", laptop, map[string]program{"podman": podmanDown}, "", "podman info"},
		{"docker of snapd", laptop, map[string]program{"docker": snapDown}, "", "snap start docker"},
		{"docker for others", laptop, map[string]program{"docker": dockerDenied}, "", "usermod -aG docker"},
		{"docker elsewhere", laptop, map[string]program{"docker": dockerAway, "dockerd": {}, "iptables": {}}, "", "docker context class"},
	} {
		b := newBench(t, tt.files, tt.programs)
		name, value, _ := strings.Cut(tt.env, "=")
		b.env[name] = value
		if err := b.fix(t.Context()); err == nil || !strings.Contains(err.Error(), tt.next) {
			t.Errorf("%s: error %v, want %s", tt.name, err, tt.next)
		}
		if b.ran != nil {
			t.Errorf("%s: ran %q", tt.name, b.ran)
		}
	}
}

// TestFixLeavesBorrowedEngine installs nothing beside a Docker that answers, wherever its daemon is.
func TestFixLeavesBorrowedEngine(t *testing.T) {
	b := newBench(t, workspace, map[string]program{"docker": docker})
	if ran := b.mustFix(); ran != nil {
		t.Errorf("ran %q", ran)
	}
	b.programs["dockerd"] = program{}
	b.put("/proc/self/status", "CapBnd: 1ffffffffff")
	if ran := b.mustFix(); ran != nil {
		t.Errorf("without iptables: ran %q", ran)
	}
}

func TestFixLetsSystemdStart(t *testing.T) {
	b := newBench(t, laptop, map[string]program{"docker": dockerDown, "dockerd": {}, "iptables": {}})
	if ran := b.mustFix(); !slices.Equal(ran, []string{"systemctl start docker"}) {
		t.Errorf("ran %q", ran)
	}
}

func TestFixLetsTheSudoerIn(t *testing.T) {
	for person, want := range map[string][]string{
		"eve": {"usermod -aG docker eve"}, "bob": nil, "root": nil, "": nil, // bob is in the group already
	} {
		b := newBench(t, laptop, map[string]program{"docker": docker, "dockerd": {}, "iptables": {}})
		b.env["SUDO_USER"] = person
		if ran := b.mustFix(); !slices.Equal(ran, want) {
			t.Errorf("for %s: ran %q, want %q", person, ran, want)
		}
	}
}

func TestFixMountsCgroups(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		ready string
		want  []string
	}{
		{"version 2", but(laptop, "proc/self/mounts="), laptop["proc/self/mounts"], []string{"mount -t cgroup2 cgroup2 ROOT/sys/fs/cgroup"}},
		{"two of version 1", but(workspace, "proc/self/mounts="+strings.NewReplacer(",name=systemd", "", "pids cgroup", "no none").Replace(workspace["proc/self/mounts"])),
			workspace["proc/self/mounts"], []string{
				"mount -t cgroup -o pids cgroup ROOT/sys/fs/cgroup/pids", "mount -t cgroup -o none,name=systemd cgroup ROOT/sys/fs/cgroup/systemd",
			}},
	} {
		b := newBench(t, but(tt.files, "proc/self/status=CapBnd: 1ffffffffff", "proc/sys/fs/inotify/max_user_instances=1024", "proc/sys/fs/inotify/max_user_watches=524288"),
			map[string]program{"docker": docker, "dockerd": {}, "iptables": {}})
		b.before = func(string) error {
			if len(b.ran) == len(tt.want) {
				b.put("/proc/self/mounts", tt.ready)
			}
			return nil
		}
		got := strings.ReplaceAll(strings.Join(b.mustFix(), "\n"), b.root, "ROOT")
		if got != strings.Join(tt.want, "\n") {
			t.Errorf("%s: ran\n%s", tt.name, got)
		}
	}
}

// TestFixAfterRestart starts the daemon although an earlier one left its files, whose process numbers
// others have by now.
func TestFixAfterRestart(t *testing.T) {
	b := newBench(t, but(laptop, "proc/1/comm=agent", "run/docker.pid=12", "proc/12/comm=sshd", "run/docker/containerd/containerd.pid=13"),
		map[string]program{"docker": dockerDown, "dockerd": {}, "iptables": {}})
	socket := filepath.Join(b.root, containerdSocket)
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	if ran := b.mustFix(); !slices.Equal(ran, []string{"/bin/dockerd"}) {
		t.Errorf("ran %q", ran)
	}
	for _, file := range []string{dockerPid, containerdPid, containerdSocket} {
		if _, err := os.Lstat(filepath.Join(b.root, file)); err == nil {
			t.Errorf("%s is still there", file)
		}
	}
}

// TestFixWaitsForDaemon starts no second daemon beside one that is starting.
func TestFixWaitsForDaemon(t *testing.T) {
	b := newBench(t, but(laptop, "proc/1/comm=agent", "run/docker.pid=12", "proc/12/comm=dockerd"),
		map[string]program{"docker": dockerDown, "dockerd": {}, "iptables": {}})
	go func() {
		time.Sleep(100 * time.Millisecond)
		b.guard.Lock()
		defer b.guard.Unlock()
		b.dockerUp()
	}()
	if ran := b.mustFix(); ran != nil {
		t.Errorf("ran %q", ran)
	}
	if got := b.get(dockerPid); got != "12" {
		t.Errorf("%s holds %q", dockerPid, got)
	}
}

func TestFixTellsWhyTheDaemonEnded(t *testing.T) {
	b := newBench(t, but(laptop, "proc/1/comm=agent", "var/log/x="), map[string]program{"docker": dockerDown, "dockerd": {}, "iptables": {}})
	b.started = func(log string) bool {
		b.put(dockerdLog, "starting\nfailed to start daemon: no iptables\n")
		return false
	}
	err := b.fix(t.Context())
	if err == nil || !strings.Contains(err.Error(), "failed to start daemon: no iptables") || !strings.Contains(err.Error(), dockerdLog) {
		t.Errorf("error %v", err)
	}
}

// TestFixTwiceAtOnce has the second wait for the first, and find nothing left to do.
func TestFixTwiceAtOnce(t *testing.T) {
	b := newBench(t, laptop, map[string]program{"docker": dockerDown, "dockerd": {}, "iptables": {}})
	unlock, err := b.worker.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan struct{})
	b.say = func(line string) {
		if strings.Contains(line, "another doctor --fix is at work") {
			close(waiting)
		}
	}
	done := make(chan error)
	go func() { done <- b.fix(t.Context()) }()
	<-waiting
	b.guard.Lock()
	b.dockerUp()
	b.guard.Unlock()
	unlock()
	if err := <-done; err != nil || b.ran != nil {
		t.Errorf("the second runs %q, error %v", b.ran, err)
	}
}

func TestSpawn(t *testing.T) {
	dir := t.TempDir()
	program, log := filepath.Join(dir, "daemon"), filepath.Join(dir, "log")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho in $PWD\necho bad >&2\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	exited, err := spawn(program, log)
	if err != nil {
		t.Fatal(err)
	}
	<-exited
	if data, err := os.ReadFile(log); err != nil || string(data) != "in /\nbad\n" {
		t.Errorf("the log holds %q, error %v", data, err)
	}
}
