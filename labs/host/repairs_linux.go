package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// A Repair is one change to the machine.
type Repair struct {
	Name string   // what is repaired; the undo script has one part for each name
	Does string   // install docker.io with apt-get
	Undo []string // what to type to take it back; prepare says it where that is set
	Hand string   // what to type instead, where Slipway does not do it; nothing else is set then but Name

	prepare func(ctx context.Context, w *worker) (undo []string, err error) // where only the machine can tell how it is taken back
	do      func(ctx context.Context, w *worker) error
}

// Repairs are the changes that put the machine in order, in the order in which to make them: what Docker
// reads when it starts comes before Docker. When one is done, the others may be different: an engine
// that was installed may be running. They are for Linux, as root.
func (f Facts) Repairs() []Repair {
	if !f.Local {
		if f.EngineErr != nil {
			return []Repair{{Name: "engine", Hand: f.advice()}}
		}
		return nil
	}
	var all []Repair
	if f.docker() && len(f.Withheld) > 0 && !f.contained() && !f.reducing() {
		all = append(all, f.addRuntime())
	}
	if f.Cgroup.Unified || len(f.Cgroup.Lacks) > 0 {
		all = append(all, f.mountCgroups())
	}
	if f.Inotify.Instances < NeedInstances || f.Inotify.Watches < NeedWatches {
		all = append(all, f.raiseInotify())
	}
	if f.EngineErr != nil {
		all = append(all, f.bringUp())
	}
	if s := f.System; f.Engine.Name == "docker" && f.EngineErr == nil && s.Sudo != "" && !s.Member {
		all = append(all, f.join())
	}
	return all
}

// docker says whether the engine is Docker, or will be when it is installed.
func (f Facts) docker() bool {
	return f.Engine.Name == "docker" || f.Engine.Name == "" && (f.Demanded == "" || f.Demanded == "docker")
}

func (f Facts) addRuntime() Repair {
	return Repair{
		Name: "runtime",
		Does: fmt.Sprintf("make %s Docker's default runtime in %s, since this machine withholds %s", runtimeFile, daemonFile, strings.Join(f.Withheld, ", ")),
		Undo: []string{restore(daemonFile), "pidof dockerd | xargs -r kill -HUP"},
		do:   func(ctx context.Context, w *worker) error { return w.addRuntime(ctx) },
	}
}

// restore is the command that brings back what a file was before the first fix.
func restore(file string) string {
	kept := keptCopy(file)
	return fmt.Sprintf("if [ -e %[1]s ]; then cp %[1]s %[2]s; else rm -f %[2]s; fi", kept, file)
}

func (f Facts) mountCgroups() Repair {
	r := Repair{Name: "cgroups", Does: "mount the control groups, version 2", Undo: []string{"umount " + cgroupDir}}
	if f.Cgroup.Unified {
		r.do = func(ctx context.Context, w *worker) error {
			return w.mount(ctx, cgroupDir, "-t", "cgroup2", "cgroup2")
		}
		return r
	}
	r.Does = "mount the control groups " + strings.Join(f.Cgroup.Lacks, ", ") + ", version 1"
	r.Undo = []string{"umount"}
	for _, name := range f.Cgroup.Lacks {
		r.Undo[0] += " " + cgroupDir + "/" + name
	}
	if f.Cgroup.Version == 0 {
		r.Undo[0] += " " + cgroupDir
	}
	r.do = func(ctx context.Context, w *worker) error { return w.mountHierarchies(ctx, f.Cgroup) }
	return r
}

func (f Facts) raiseInotify() Repair {
	want := Inotify{max(f.Inotify.Instances, NeedInstances), max(f.Inotify.Watches, NeedWatches)}
	return Repair{
		Name: "inotify",
		Does: fmt.Sprintf("raise the limits of inotify to %d instances and %d watches, also in %s", want.Instances, want.Watches, sysctlFile),
		Undo: []string{
			"rm -f " + sysctlFile,
			fmt.Sprintf("echo %d > %s/max_user_instances", f.Inotify.Instances, inotifyDir),
			fmt.Sprintf("echo %d > %s/max_user_watches", f.Inotify.Watches, inotifyDir),
		},
		do: func(_ context.Context, w *worker) error { return w.raiseInotify(want) },
	}
}

// packages are those of Debian and Ubuntu that Docker is missing. Some releases have its client in a
// package apart.
func (f Facts) packages() []string {
	var missing []string
	switch {
	case f.Dockerd == "":
		missing = append(missing, "docker.io")
	case f.Engine.Name == "":
		missing = append(missing, "docker-cli")
	}
	if f.Iptables == "" {
		missing = append(missing, "iptables")
	}
	return missing
}

// bringUp installs the engine, or starts it.
func (f Facts) bringUp() Repair {
	packages := f.packages()
	if !f.docker() || len(packages) == 0 || errors.Is(f.EngineErr, ErrNoPermission) || f.Engine.snap() {
		return f.start()
	}
	return f.install(packages)
}

func (f Facts) install(packages []string) Repair {
	names := strings.Join(packages, " ")
	r := Repair{Name: "package " + names}
	if !f.System.Debian() {
		r.Hand = f.System.howToInstall("")
		return r
	}
	r.Does = "install " + names + " with apt-get"
	r.prepare = func(ctx context.Context, w *worker) ([]string, error) { return w.fetch(ctx, packages) }
	r.do = func(ctx context.Context, w *worker) error { return w.install(ctx, packages) }
	return r
}

func (f Facts) start() Repair {
	r := Repair{Name: "engine"}
	switch {
	case f.Engine.Name != "docker" || f.Engine.snap() || !errors.Is(f.EngineErr, ErrNotRunning):
		r.Hand = f.advice()
	case f.System.Systemd:
		r.Does, r.Undo = "start Docker by systemd", []string{"systemctl stop docker docker.socket"}
		r.do = func(ctx context.Context, w *worker) error { return w.startUnit(ctx) }
	default:
		r.Does = "start " + f.Dockerd + ", which writes to " + dockerdLog + "; after a restart of the machine type this again"
		r.Undo = []string{"pidof dockerd | xargs -r kill"}
		r.do = func(ctx context.Context, w *worker) error { return w.startDaemon(ctx, f.Dockerd) }
	}
	return r
}

// advice is what to type about the engine.
func (f Facts) advice() string {
	if e, ok := errors.AsType[*EngineError](f.EngineErr); ok {
		return e.Next
	}
	return f.EngineErr.Error()
}

func (f Facts) join() Repair {
	return Repair{
		Name: "group",
		Does: fmt.Sprintf("put %s in the group docker, whose members are as powerful as root here; log in again, or type newgrp docker", f.System.Sudo),
		Undo: []string{"gpasswd -d " + f.System.Sudo + " docker"},
		do: func(ctx context.Context, w *worker) error {
			return w.run(ctx, "usermod", "-aG", "docker", f.System.Sudo)
		},
	}
}
