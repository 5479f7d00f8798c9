package host

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/slipway-workshop/slipway/labs/host/ociruntime"
)

// What clusters need. The disk takes the node image, what it is built of, and four nodes; the memory is
// that of four nodes.
const (
	NeedDisk      = 5 << 30
	NeedMemory    = 2 << 30
	NeedInstances = 1024
	NeedWatches   = 524288
)

// LowDisk is how little the disk of the engine's data may have left before clusters that are there cannot
// go on: etcd alone takes 64 MB at a time.
const LowDisk = 256 << 20

// Room is an error where clusters cannot go on, since the disk of the engine's data is full. It says which
// folder that is, what is left, and what to do.
func (f Facts) Room() error {
	if f.DataDir == "" || f.Free >= LowDisk {
		return nil
	}
	return fmt.Errorf("only %d MB are left in %s, where %s keeps images and nodes, and no cluster works without: "+
		"make room there (%s system df lists what it keeps; slipway down ends the clusters of labs), and type the command again",
		f.Free>>20, f.DataDir, f.Engine.Name, f.Engine.program())
}

// A Condition is one thing that clusters need of a machine, and how it is with it.
type Condition struct {
	Name string
	Good string // what was found, when all is well
	Bad  string // what is wrong; empty when all is well
	Next string // what to type
	Need bool   // clusters cannot do without
}

// Conditions are what clusters need, in the order in which to put it right.
func (f Facts) Conditions() []Condition {
	all := []Condition{f.engine()}
	if f.Local {
		all = append(all, f.privileges(), f.cgroups(), f.inotify())
	}
	if f.DataDir != "" {
		all = append(all, f.disk())
	}
	if f.Memory != 0 {
		all = append(all, f.memory())
	}
	return all
}

func (f Facts) engine() Condition {
	c := Condition{Name: "engine", Need: true, Good: strings.TrimSpace(fmt.Sprintf("%s %s in %s", f.Engine.Name, f.Info.Version, f.Engine.Path))}
	if e, ok := errors.AsType[*EngineError](f.EngineErr); ok {
		c.Bad, c.Next = e.problem(), e.Next
	} else if f.EngineErr != nil {
		c.Bad = f.EngineErr.Error()
	}
	return c
}

// privileges are about the capabilities of privileged containers, which nodes are.
func (f Facts) privileges() Condition {
	c := Condition{Name: "privileges", Need: true, Good: "privileged containers can run", Next: f.System.fix}
	withheld := strings.Join(f.Withheld, ", ")
	switch {
	case len(f.Withheld) == 0:
	case f.contained():
		c.Bad = "this is a container without privileges, or something like it: it lacks " + withheld
		c.Next = "work on the machine itself, or in a privileged container"
	case f.reducing():
		c.Good = "without " + withheld + ", which " + ociruntime.Name + " takes out of what containers ask for"
	default:
		c.Bad = "this machine withholds " + withheld + ", which privileged containers ask for"
		if f.Engine.Name == "podman" || f.Engine.Name == "nerdctl" {
			c.Bad += ", so that " + f.Engine.Name + " cannot run nodes"
			c.Next = "install Docker for clusters: doctor --fix leads Docker past that, and Docker alone"
			if f.Demanded != "" {
				c.Next += "; unset " + providerEnv + ", which asks for " + f.Demanded
			}
		}
	}
	return c
}

// contained says whether what is withheld is essential for nodes.
func (f Facts) contained() bool {
	for _, name := range f.Withheld {
		switch name {
		case "CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_MKNOD", "CAP_SYS_CHROOT":
			return true
		}
	}
	return false
}

// reducing says whether the engine uses our runtime, or will when it is started.
func (f Facts) reducing() bool {
	if f.EngineErr == nil {
		return path.Base(f.Info.RuntimePath) == ociruntime.Name
	}
	return f.Registered
}

func (f Facts) cgroups() Condition {
	c := Condition{Name: "cgroups", Need: true, Good: "version " + cmp.Or(f.Info.CgroupVersion, fmt.Sprint(f.Cgroup.Version)), Next: f.System.fix}
	switch {
	case f.Cgroup.Version == 0:
		c.Bad = "no control groups are mounted"
	case len(f.Cgroup.Lacks) > 0:
		c.Bad = "version 1 without " + strings.Join(f.Cgroup.Lacks, ", ")
	case f.Info.Rootless && f.Info.CgroupVersion == "1":
		c.Bad = "an engine without root needs version 2"
		c.Next = "use an engine that runs as root, or start the kernel with systemd.unified_cgroup_hierarchy=1"
	}
	return c
}

func (f Facts) inotify() Condition {
	c := Condition{Name: "inotify", Good: fmt.Sprintf("%d instances, %d watches", f.Inotify.Instances, f.Inotify.Watches), Next: f.System.fix}
	if f.Inotify.Instances < NeedInstances || f.Inotify.Watches < NeedWatches {
		c.Bad = fmt.Sprintf("%s; several nodes need %d and %d", c.Good, NeedInstances, NeedWatches)
	}
	return c
}

func (f Facts) disk() Condition {
	c := Condition{Name: "disk", Need: true, Good: fmt.Sprintf("%s free in %s", gigabytes(f.Free), f.DataDir)}
	if f.Free < NeedDisk {
		c.Bad = fmt.Sprintf("%s; clusters need %s", c.Good, gigabytes(NeedDisk))
		c.Next = "make room there"
		if f.EngineErr == nil {
			c.Next = fmt.Sprintf("see what %s system df lists, and remove what you do not need", f.Engine.program())
		}
	}
	return c
}

func (f Facts) memory() Condition {
	c := Condition{Name: "memory", Good: gigabytes(f.Memory)}
	if f.Memory < NeedMemory {
		c.Bad = fmt.Sprintf("%s; labs with four nodes need %s for them alone", c.Good, gigabytes(NeedMemory))
		c.Next = "give the machine of the containers more, or do the labs with one node"
	}
	return c
}

func gigabytes(n uint64) string {
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
