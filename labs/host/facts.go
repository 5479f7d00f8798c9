package host

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/slipway-workshop/slipway/labs/host/ociruntime"
)

// Facts are what a machine was found to be.
type Facts struct {
	System System

	Engine    Engine // the zero Engine where none is installed
	EngineErr error  // an *EngineError, or why it could not be asked; nil when the engine answers
	Info      Info   // what the engine tells, when it answers

	Demanded string // what the setting of kind asks for: docker, podman, nerdctl …
	Dockerd  string // the program of Docker's daemon, empty where it is not installed
	Iptables string // the program, empty where it is not installed

	// Registered says that the configuration of Docker makes our runtime the default, and that it is there.
	Registered bool

	// Local says that the engine's containers run, or will, on this machine, as far as can be seen: with
	// Docker, that its daemon is here and has its usual address. What follows is known only then.
	Local bool

	// Withheld are the capabilities that the kernel knows and this machine does not give away.
	Withheld []string

	Cgroup  Cgroup
	Inotify Inotify
	Memory  uint64 // bytes that the containers' machine has, 0 where it cannot be told
	Free    uint64 // bytes that the engine's data can still take
	DataDir string // the nearest folder that is there to where the engine keeps its data; empty where Free cannot be told
}

// System is the operating system, and who asks.
type System struct {
	OS      string   // as in runtime.GOOS
	Name    string   // as people know it: Debian GNU/Linux 12 (bookworm)
	Like    []string // ID and ID_LIKE of /etc/os-release
	Root    bool     // we run as root
	Sudo    string   // the person who typed sudo, if one did
	Member  bool     // that person is in the group docker
	Systemd bool     // systemd is the init system

	fix string // how to let slipway put things in order
}

// Debian says whether the system is Debian or made from it.
func (s System) Debian() bool {
	return slices.Contains(s.Like, "debian") || slices.Contains(s.Like, "ubuntu")
}

// Cgroup is what of the control groups is mounted.
type Cgroup struct {
	Version int      // 1 or 2; 0 where nothing is mounted
	Lacks   []string // hierarchies of version 1 that are not mounted, and that the kernel has
	Unified bool     // nothing is mounted, and the kernel has its controllers free for version 2
}

// Inotify are the limits of one user.
type Inotify struct{ Instances, Watches int }

// Look finds out what the machine is. What cannot be read is left at zero; the error is one of ctx.
func (m *Machine) Look(ctx context.Context) (Facts, error) {
	f := Facts{System: m.system(), Demanded: m.demanded()}
	f.Engine, f.Info, f.EngineErr = m.Engine(ctx)
	if err := ctx.Err(); err != nil {
		return Facts{}, err
	}
	f.Dockerd, _ = m.LookPath("dockerd")
	f.Iptables, _ = m.LookPath("iptables")
	f.Memory = f.Info.Memory
	f.Local = m.Files != nil && m.elsewhere(f.Info) == "" && !f.borrowed()
	if !f.Local {
		return f, nil
	}
	f.Withheld, _ = m.withheld()
	f.Registered = m.registered()
	f.Cgroup = m.cgroup()
	f.Inotify = Inotify{m.number("proc/sys/fs/inotify/max_user_instances"), m.number("proc/sys/fs/inotify/max_user_watches")}
	if f.Memory == 0 {
		f.Memory = m.memory()
	}
	dir := m.nearest(dataDir(f))
	if left, err := m.Free(dir); err == nil {
		f.DataDir, f.Free = dir, left
	}
	return f, nil
}

// borrowed says whether the Docker that answers has no daemon here: its socket leads out of a container.
func (f Facts) borrowed() bool {
	return f.Engine.Name == "docker" && f.EngineErr == nil && f.Dockerd == ""
}

// dataDir is where the engine keeps its data, or would.
func dataDir(f Facts) string {
	switch {
	case f.Info.Root != "":
		return f.Info.Root
	case f.Engine.Name == "podman":
		return "/var/lib/containers"
	case f.Engine.Name == "nerdctl":
		return "/var/lib/containerd"
	}
	return "/var/lib/docker"
}

// nearest is the folder itself, or the next one above it that we can see.
func (m *Machine) nearest(dir string) string {
	for dir != "/" {
		if _, err := fs.Stat(m.Files, strings.TrimPrefix(dir, "/")); err == nil {
			break
		}
		dir = path.Dir(dir)
	}
	return dir
}

func (m *Machine) system() System {
	s := System{OS: m.OS, Name: m.OS, Root: m.Root, fix: m.fix()}
	if m.Files == nil {
		return s
	}
	release := m.pairs("etc/os-release", "=")
	if name := release["PRETTY_NAME"]; name != "" {
		s.Name = name
	}
	s.Like = strings.Fields(release["ID"] + " " + release["ID_LIKE"])
	s.Systemd = m.text("proc/1/comm") == "systemd"
	if sudo := m.Getenv("SUDO_USER"); m.Root && sudo != "root" {
		s.Sudo = sudo
		s.Member = slices.Contains(m.members("docker"), sudo)
	}
	return s
}

// members lists who /etc/group puts in a group.
func (m *Machine) members(group string) []string {
	for _, line := range m.lines("etc/group") {
		if fields := strings.Split(line, ":"); len(fields) == 4 && fields[0] == group {
			return strings.FieldsFunc(fields[3], func(r rune) bool { return r == ',' })
		}
	}
	return nil
}

func (m *Machine) withheld() ([]string, error) {
	status, err := m.Files.Open("proc/self/status")
	if err != nil {
		return nil, err
	}
	defer status.Close()
	bound, err := ociruntime.ParseBounding(status)
	if err != nil {
		return nil, err
	}
	return bound.Lacks(m.number("proc/sys/kernel/cap_last_cap")), nil
}

// hierarchies are those of cgroup version 1 that containers and kubelet ask for, as they are mounted
// below /sys/fs/cgroup. systemd is one by name, without a controller.
var hierarchies = []string{"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd"}

// cgroup reads mounts and controllers: proc_pid_mounts(5) and cgroups(7).
func (m *Machine) cgroup() Cgroup {
	mounted := map[string]bool{}
	for _, line := range m.lines("proc/self/mounts") {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		switch {
		case fields[2] == "cgroup2" && fields[1] == "/sys/fs/cgroup":
			return Cgroup{Version: 2}
		case fields[2] == "cgroup":
			for option := range strings.SplitSeq(fields[3], ",") {
				mounted[strings.TrimPrefix(option, "name=")] = true
			}
		}
	}
	if len(mounted) == 0 && m.unified() {
		return Cgroup{Unified: true}
	}
	var c Cgroup
	if len(mounted) > 0 {
		c.Version = 1
	}
	for _, name := range hierarchies {
		if !mounted[name] && (name == "systemd" || m.controllers()[name].enabled) {
			c.Lacks = append(c.Lacks, name)
		}
	}
	return c
}

// unified says whether the kernel knows version 2 and has no controller in a hierarchy of version 1.
func (m *Machine) unified() bool {
	for _, c := range m.controllers() {
		if c.hierarchy != "0" {
			return false
		}
	}
	return slices.Contains(strings.Fields(m.text("proc/filesystems")), "cgroup2")
}

type controller struct {
	hierarchy string // 0 is the one of version 2, or none
	enabled   bool
}

func (m *Machine) controllers() map[string]controller {
	all := map[string]controller{}
	for _, line := range m.lines("proc/cgroups") {
		if f := strings.Fields(line); len(f) == 4 && !strings.HasPrefix(line, "#") {
			all[f[0]] = controller{hierarchy: f[1], enabled: f[3] == "1"}
		}
	}
	return all
}

// memory is what the machine has.
func (m *Machine) memory() uint64 {
	kb, _, _ := strings.Cut(m.pairs("proc/meminfo", ":")["MemTotal"], " ")
	n, _ := strconv.ParseUint(kb, 10, 64)
	return n << 10
}

// pairs reads a file of names and values, which may be quoted.
func (m *Machine) pairs(file, separator string) map[string]string {
	pairs := map[string]string{}
	for _, line := range m.lines(file) {
		if name, value, ok := strings.Cut(line, separator); ok {
			pairs[name] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return pairs
}

func (m *Machine) number(file string) int {
	n, _ := strconv.Atoi(m.text(file))
	return n
}

func (m *Machine) lines(file string) []string {
	return strings.Split(m.text(file), "\n")
}

func (m *Machine) text(file string) string {
	data, _ := fs.ReadFile(m.Files, file)
	return strings.TrimSpace(string(data))
}
