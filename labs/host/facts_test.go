package host

import (
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

func files(texts map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o755}
	}
	return fsys
}

// workspace is a machine in the cloud: no init system, cgroup version 1, CAP_SYS_RESOURCE withheld.
var workspace = map[string]string{
	"etc/os-release":                         "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n",
	"proc/1/comm":                            "agent\n",
	"proc/self/status":                       "Name:\tslipway\nCapBnd:\t000001fffeffffff\n",
	"proc/sys/kernel/cap_last_cap":           "40\n",
	"proc/sys/fs/inotify/max_user_instances": "128\n",
	"proc/sys/fs/inotify/max_user_watches":   "192536\n",
	"proc/meminfo":                           "MemTotal:       24684096 kB\nMemFree:  1 kB\n",
	"proc/filesystems":                       "nodev\tcgroup\nnodev\tcgroup2\n\text4\n",
	"proc/cgroups": "#subsys_name\thierarchy\tnum_cgroups\tenabled\n" +
		"cpuset\t3\t1\t1\ncpu\t1\t1\t1\ncpuacct\t2\t1\t1\nblkio\t7\t1\t1\nmemory\t4\t36\t1\ndevices\t5\t1\t1\nfreezer\t6\t1\t1\npids\t8\t1\t1\nhugetlb\t0\t1\t1\n",
	"proc/self/mounts": "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n" +
		"cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\n" +
		"cgroup /sys/fs/cgroup/devices cgroup rw,devices 0 0\ncgroup /sys/fs/cgroup/freezer cgroup rw,freezer 0 0\n" +
		"cgroup /sys/fs/cgroup/blkio cgroup rw,blkio 0 0\ncgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\n" +
		"cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n",
}

// laptop is a machine as most are: systemd, cgroup version 2, nothing withheld.
var laptop = map[string]string{
	"etc/os-release":                         "PRETTY_NAME='Ubuntu 24.04 LTS'\nID=ubuntu\nID_LIKE=debian\n",
	"etc/group":                              "root:x:0:\ndocker:x:999:ann,bob\n",
	"proc/1/comm":                            "systemd\n",
	"proc/self/status":                       "CapBnd:\t000001ffffffffff\n",
	"proc/sys/kernel/cap_last_cap":           "40\n",
	"proc/sys/fs/inotify/max_user_instances": "1024\n",
	"proc/sys/fs/inotify/max_user_watches":   "524288\n",
	"proc/meminfo":                           "MemTotal:       16384000 kB\n",
	"proc/cgroups":                           "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t200\t1\n",
	"proc/filesystems":                       "nodev\tcgroup2\n",
	"proc/self/mounts":                       "cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n",
}

// but is a machine with some files changed: each is name=text, an empty text taking the file away.
func but(files map[string]string, changes ...string) map[string]string {
	changed := maps.Clone(files)
	for _, c := range changes {
		name, text, _ := strings.Cut(c, "=")
		changed[name] = text
	}
	return changed
}

func look(t *testing.T, m *Machine) Facts {
	t.Helper()
	facts, err := m.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func TestLook(t *testing.T) {
	f := look(t, machine(map[string]program{"docker": docker, "dockerd": {}, "iptables": {}}, files(but(workspace, "var/lib/docker/x=x")), nil))
	want := Facts{
		System: System{OS: "linux", Name: "Debian GNU/Linux 12 (bookworm)", Like: []string{"debian"}, Root: true, fix: "type slipway doctor --fix"},
		Engine: Engine{Name: "docker", Path: "/bin/docker"}, Info: f.Info,
		Dockerd: "/bin/dockerd", Iptables: "/bin/iptables", Local: true,
		Withheld: []string{"CAP_SYS_RESOURCE"}, Cgroup: Cgroup{Version: 1}, Inotify: Inotify{128, 192536},
		Memory: 25276514304, Free: 50 << 30, DataDir: "/var/lib/docker",
	}
	if !reflect.DeepEqual(f, want) {
		t.Errorf("Look = %+v\nwant %+v", f, want)
	}
}

func TestLookWithoutEngine(t *testing.T) {
	m := machine(nil, files(laptop), map[string]string{"SUDO_USER": "bob"})
	f := look(t, m)
	if s := f.System; !s.Systemd || !s.Debian() || s.Sudo != "bob" || !s.Member {
		t.Errorf("system is %+v", s)
	}
	if f.Memory != 16384000<<10 || f.DataDir != "/" || f.Cgroup.Version != 2 || f.Withheld != nil {
		t.Errorf("facts are %+v", f)
	}
}

// TestLookAtFullDisk tells a disk that is full from one that cannot be asked.
func TestLookAtFullDisk(t *testing.T) {
	m := machine(map[string]program{"docker": docker, "dockerd": {}}, files(but(workspace, "var/lib/docker/x=x")), nil)
	m.Free = func(string) (uint64, error) { return 0, nil }
	if err := look(t, m).Room(); err == nil {
		t.Error("a full disk has room")
	}
	m.Free = func(string) (uint64, error) { return 0, errors.ErrUnsupported }
	if f := look(t, m); f.DataDir != "" || f.Room() != nil {
		t.Errorf("a disk that cannot be asked is judged: %+v", f)
	}
}

// TestLookElsewhere finds nothing out about this machine when containers run on another.
func TestLookElsewhere(t *testing.T) {
	for name, m := range map[string]*Machine{
		"an address":             machine(map[string]program{"docker": docker, "dockerd": {}}, files(workspace), map[string]string{"DOCKER_HOST": "ssh://lab"}),
		"a context":              machine(map[string]program{"docker": dockerAway, "dockerd": {}}, files(workspace), nil),
		"a socket of a host":     machine(map[string]program{"docker": docker}, files(workspace), nil),
		"a system with no files": machine(map[string]program{"docker": docker, "dockerd": {}}, nil, nil),
	} {
		if f := look(t, m); f.Local || f.Withheld != nil || f.DataDir != "" || f.Memory != f.Info.Memory {
			t.Errorf("%s: facts are %+v", name, f)
		}
	}
}

func TestCgroup(t *testing.T) {
	for _, tt := range []struct {
		name string
		text map[string]string
		want Cgroup
	}{
		{"version 1", workspace, Cgroup{Version: 1}},
		{"version 2", laptop, Cgroup{Version: 2}},
		{"version 1 without some", but(workspace, "proc/self/mounts=cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0"),
			Cgroup{Version: 1, Lacks: []string{"cpu", "cpuacct", "cpuset", "devices", "freezer", "blkio", "pids", "systemd"}}},
		{"a controller that the kernel has switched off", but(workspace, "proc/self/mounts=cgroup /x cgroup rw,cpu,cpuacct,cpuset,memory,devices,freezer,blkio,name=systemd 0 0",
			"proc/cgroups=pids\t0\t1\t0"), Cgroup{Version: 1}},
		{"nothing mounted, version 2 free", but(laptop, "proc/self/mounts=proc /proc proc rw 0 0"), Cgroup{Unified: true}},
		{"nothing mounted, version 1 in use", but(workspace, "proc/self/mounts="),
			Cgroup{Lacks: []string{"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd"}}},
	} {
		if got := machine(nil, files(tt.text), nil).cgroup(); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestRegistered(t *testing.T) {
	daemon := `etc/docker/daemon.json={"runtimes": {"slipway": {"path": "` + runtimeFile + `"}}, "default-runtime": "slipway"}`
	program := strings.TrimPrefix(runtimeFile, "/") + "=ELF"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  bool
	}{
		{"configured and there", but(workspace, daemon, program), true},
		{"configured, the program gone", but(workspace, daemon), false},
		{"there, not configured", but(workspace, program), false},
		{"another default", but(workspace, strings.Replace(daemon, `"default-runtime": "slipway"`, `"default-runtime": "runc"`, 1), program), false},
		{"an older runtime", but(workspace, strings.Replace(daemon, runtimeFile, Dir+"/slipway-runtime-0", 1), program), false},
		{"a configuration that is none", but(workspace, "etc/docker/daemon.json={", program), false},
	} {
		if got := machine(nil, files(tt.files), nil).registered(); got != tt.want {
			t.Errorf("%s: registered is %v", tt.name, got)
		}
	}
}
