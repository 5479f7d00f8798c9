package isolation

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

func TestCgroupFiles(t *testing.T) {
	paths := ownCgroups("9:name=systemd:/\n5:cpu,cpuacct:/a\n4:memory:/process/7\n0::/user.slice/run-1.scope\n")
	want := map[string]string{"name=systemd": "/", "cpu": "/a", "cpuacct": "/a", "memory": "/process/7", "": "/user.slice/run-1.scope"}
	if !maps.Equal(paths, want) {
		t.Errorf("paths are %v", paths)
	}
	points := cgroupMounts(`24 1 0:22 / /sys rw - sysfs sysfs rw
30 24 0:27 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
31 24 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
32 24 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`)
	want = map[string]string{
		"rw": "/sys/fs/cgroup/pids", "memory": "/sys/fs/cgroup/memory", "pids": "/sys/fs/cgroup/pids", "": "/sys/fs/cgroup/unified",
	}
	if !maps.Equal(points, want) {
		t.Errorf("mount points are %v", points)
	}
}

// The files of a cgroup of version 2, which the machine of the tests may not have.
func TestCgroupVersion2(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"pids.max": "", "memory.max": "", "memory.swap.max": "", "cgroup.procs": "",
		"memory.events": "low 0\nhigh 0\nmax 7\noom 1\noom_kill 1\n", "pids.events": "max 3\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := &cgroup{memory: dir, pids: dir, v2: true}
	if err := c.begin(Limits{Memory: 4096, Processes: 5}); err != nil {
		t.Fatal(err)
	}
	if err := c.add(17); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"pids.max": "5", "memory.max": "4096", "memory.swap.max": "0", "cgroup.procs": "17"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, want %q: %v", name, got, want, err)
		}
	}
	if hit := c.hit(); hit != "" {
		t.Errorf("hit %q before anything was", hit)
	}
	if err := os.WriteFile(filepath.Join(dir, "pids.events"), []byte("max 4\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if hit := c.hit(); hit != "processes" {
		t.Errorf("hit %q, want processes", hit)
	}
	if err := os.WriteFile(filepath.Join(dir, "memory.events"), []byte("oom_kill 2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if hit := c.hit(); hit != "memory" {
		t.Errorf("hit %q, want memory", hit)
	}
	if err := os.Remove(filepath.Join(dir, "pids.max")); err != nil {
		t.Fatal(err)
	}
	if err := c.begin(Limits{}); err == nil {
		t.Error("a cgroup without its controllers takes a command")
	}
}
