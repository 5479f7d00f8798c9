package host

import (
	"strings"
	"testing"
)

// TestConditions sees each thing that can be wrong told, with what to type, and nothing else.
func TestConditions(t *testing.T) {
	good := Facts{
		System: System{OS: "linux", fix: "type slipway doctor --fix"}, Local: true,
		Engine: Engine{Name: "docker", Path: "/bin/docker"}, Info: Info{Version: "28.0", CgroupVersion: "2"},
		Cgroup: Cgroup{Version: 2}, Inotify: Inotify{1024, 524288},
		Memory: 8 << 30, Free: 20 << 30, DataDir: "/var/lib/docker",
	}
	for _, tt := range []struct {
		name   string
		change func(*Facts)
		bad    string // the condition that is bad; empty for none
		need   bool
		says   string // in what is wrong, or in what is found
		next   string
	}{
		{"all is well", func(*Facts) {}, "", false, "docker 28.0 in /bin/docker", ""},
		{"no engine", func(f *Facts) { f.EngineErr = &EngineError{Problem: ErrNotInstalled, Next: "type it"} }, "engine", true, "not installed", "type it"},
		{"a capability withheld", func(f *Facts) { f.Withheld = []string{"CAP_SYS_RESOURCE"} }, "privileges", true, "withholds CAP_SYS_RESOURCE", "doctor --fix"},
		{"a capability withheld, with our runtime", func(f *Facts) {
			f.Withheld, f.Info.RuntimePath = []string{"CAP_SYS_RESOURCE"}, runtimeFile
		}, "", false, "takes out", ""},
		{"a capability withheld from podman", func(f *Facts) {
			f.Withheld, f.Engine.Name = []string{"CAP_SYS_RESOURCE"}, "podman"
		}, "privileges", true, "podman cannot run nodes", "install Docker"},
		{"a capability withheld from the engine that was asked for", func(f *Facts) {
			f.Withheld, f.Engine.Name, f.Demanded = []string{"CAP_SYS_RESOURCE"}, "nerdctl", "nerdctl"
		}, "privileges", true, "nerdctl cannot run nodes", "unset KIND_EXPERIMENTAL_PROVIDER"},
		{"a container without privileges", func(f *Facts) { f.Withheld = []string{"CAP_SYS_ADMIN", "CAP_BPF"} }, "privileges", true, "container", "machine itself"},
		{"no control groups", func(f *Facts) { f.Cgroup = Cgroup{Unified: true} }, "cgroups", true, "no control groups", "doctor --fix"},
		{"a hierarchy missing", func(f *Facts) { f.Cgroup = Cgroup{Version: 1, Lacks: []string{"pids"}} }, "cgroups", true, "without pids", "doctor --fix"},
		{"rootless on version 1", func(f *Facts) {
			f.Cgroup, f.Info.CgroupVersion, f.Info.Rootless = Cgroup{Version: 1}, "1", true
		}, "cgroups", true, "needs version 2", "runs as root"},
		{"few instances", func(f *Facts) { f.Inotify.Instances = 128 }, "inotify", false, "128 instances", "doctor --fix"},
		{"few watches", func(f *Facts) { f.Inotify.Watches = 8192 }, "inotify", false, "8192 watches", "doctor --fix"},
		{"a full disk", func(f *Facts) { f.Free = 4 << 30 }, "disk", true, "4.0 GiB free in /var/lib/docker", "docker system df"},
		{"little memory", func(f *Facts) { f.Memory = 1 << 30 }, "memory", false, "1.0 GiB", "one node"},
		{"another machine", func(f *Facts) { f.Local, f.Withheld, f.Cgroup, f.DataDir = false, nil, Cgroup{}, "" }, "", false, "docker", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := good
			tt.change(&f)
			var all strings.Builder
			bad := ""
			for _, c := range f.Conditions() {
				all.WriteString(c.Good + c.Bad + "\n")
				if c.Bad == "" {
					continue
				}
				bad += c.Name
				if c.Need != tt.need || !strings.Contains(c.Next, tt.next) || !strings.Contains(c.Bad, tt.says) {
					t.Errorf("%s is %+v, want need %v, next %q", c.Name, c, tt.need, tt.next)
				}
			}
			if bad != tt.bad || !strings.Contains(all.String(), tt.says) {
				t.Errorf("bad is %q, want %q; all says\n%s", bad, tt.bad, all.String())
			}
		})
	}
}

// TestRoom sees clusters stopped where the disk of the engine is full, and nowhere else.
func TestRoom(t *testing.T) {
	podman := Engine{Name: "podman", Path: "/usr/bin/podman"}
	for _, tt := range []struct {
		name  string
		facts Facts
		says  []string // nil where there is room
	}{
		{"nothing left", Facts{Engine: podman, DataDir: "/var/lib/containers/storage"}, []string{"only 0 MB are left in /var/lib/containers/storage", "podman system df"}},
		{"too little", Facts{Engine: podman, DataDir: "/data", Free: LowDisk - 1}, []string{"only 255 MB are left in /data", "slipway down"}},
		{"enough", Facts{Engine: podman, DataDir: "/data", Free: LowDisk}, nil},
		{"an engine elsewhere", Facts{Engine: podman}, nil},
	} {
		err := tt.facts.Room()
		if (err != nil) != (tt.says != nil) {
			t.Errorf("%s: Room = %v", tt.name, err)
			continue
		}
		for _, want := range tt.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q lacks %q", tt.name, err, want)
			}
		}
	}
}
