package host

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// A program stands for an engine's: what it prints for -v and for info.
type program struct {
	path       string // /bin and the name, if empty
	version    string
	info, errs string
	exit       int
}

// Programs as they were seen to answer.
var (
	docker = program{version: "Docker version 28.2.2, build e6534b4", info: `{
  "ServerVersion": "20.10.24", "DockerRootDir": "/var/lib/docker", "MemTotal": 25276514304, "CgroupVersion": "1",
  "DefaultRuntime": "runc", "Runtimes": {"runc": {"path": "runc"}}, "SecurityOptions": ["name=seccomp,profile=default"],
  "ClientInfo": {"Context": "default"}}`}
	podman = program{version: "podman version 5.4.0", info: `{
  "host": {"memTotal": 8589934592, "cgroupVersion": "v2", "ociRuntime": {"name": "crun", "path": "/usr/bin/crun"}, "security": {"rootless": true}},
  "store": {"graphRoot": "/home/me/.local/share/containers/storage"}, "version": {"Version": "5.4.0"}}`}
	nerdctl = program{version: "nerdctl version 2.0.3", info: `{"ServerVersion": "v2.0.2", "MemTotal": 8589934592, "CgroupVersion": "2"}`}
	finch   = program{version: "finch version v1.5.0", info: nerdctl.info}

	dockerDown   = program{version: docker.version, info: `{"ServerErrors":["Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"],"ClientInfo":{"Context":"default"}}`}
	dockerDown28 = program{version: docker.version, info: `{"ClientInfo":{"Context":"default"}}`, errs: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", exit: 1}
	dockerDenied = program{version: docker.version, info: `{}`, errs: "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock", exit: 1}
	dockerAway   = program{version: docker.version, info: `{"ServerErrors":["error during connect: no such host"],"ClientInfo":{"Context":"class"}}`, exit: 1}
	snapDown     = program{path: "/snap/bin/docker", version: docker.version, errs: dockerDown28.errs, exit: 1}
	podmanDown   = program{version: podman.version, errs: "Cannot connect to Podman. Please verify your connection to the Linux system", exit: 125}
	podmanAlias  = program{version: podman.version, info: podman.info}
)

// machine is one with these programs in /bin, which may be called by other names.
func machine(programs map[string]program, files fs.FS, env map[string]string) *Machine {
	return &Machine{
		OS: "linux", Root: true, Self: "slipway", Files: files,
		Getenv: func(name string) string { return env[name] },
		LookPath: func(name string) (string, error) {
			p, ok := programs[name]
			if !ok {
				return "", fs.ErrNotExist
			}
			return cmp.Or(p.path, "/bin/"+name), nil
		},
		Run: func(_ context.Context, args ...string) (sandbox.Result, error) {
			p := programs[filepath.Base(args[0])]
			if args[1] == "-v" {
				return sandbox.Result{Stdout: []byte(p.version + "\n")}, nil
			}
			return sandbox.Result{Stdout: []byte(p.info), Stderr: []byte(p.errs), ExitCode: p.exit}, nil
		},
		Free: func(string) (uint64, error) { return 50 << 30, nil },
	}
}

func TestEngine(t *testing.T) {
	debian := map[string]string{"etc/os-release": "ID=debian\n"}
	for _, tt := range []struct {
		name     string
		programs map[string]program
		env      string
		os       string
		want     string // engine, or problem
		next     string // part of the error
	}{
		{name: "docker before all", programs: map[string]program{"docker": docker, "podman": podman, "nerdctl": nerdctl}, want: "docker"},
		{name: "nerdctl before podman", programs: map[string]program{"podman": podman, "nerdctl": nerdctl}, want: "nerdctl"},
		{name: "finch is nerdctl", programs: map[string]program{"finch": finch}, want: "nerdctl"},
		{name: "podman alone", programs: map[string]program{"podman": podman}, want: "podman"},
		{name: "podman called docker", programs: map[string]program{"docker": podmanAlias, "podman": podman}, want: "podman"},
		{name: "the one asked for", programs: map[string]program{"docker": docker, "podman": podman}, env: "KIND_EXPERIMENTAL_PROVIDER=podman", want: "podman"},
		{name: "lima", programs: map[string]program{"docker": docker, "nerdctl.lima": nerdctl}, env: "KIND_EXPERIMENTAL_PROVIDER=nerdctl.lima", want: "nerdctl"},
		{name: "an unknown one asked for", programs: map[string]program{"docker": docker}, env: "KIND_EXPERIMENTAL_PROVIDER=rkt", want: "docker"},

		{name: "none", want: "not installed", next: "type slipway doctor --fix"},
		{name: "none on macOS", os: "darwin", want: "not installed", next: "brew install"},
		{name: "none on Windows", os: "windows", want: "not installed", next: "winget"},
		{name: "none of those asked for", programs: map[string]program{"docker": docker}, env: "KIND_EXPERIMENTAL_PROVIDER=podman", want: "not installed", next: "unset KIND_EXPERIMENTAL_PROVIDER"},
		{name: "docker down", programs: map[string]program{"docker": dockerDown}, want: "not running", next: "type slipway doctor --fix"},
		{name: "docker down, newer client", programs: map[string]program{"docker": dockerDown28}, want: "not running", next: "type slipway doctor --fix"},
		{name: "docker down on macOS", os: "darwin", programs: map[string]program{"docker": dockerDown}, want: "not running", next: "colima start"},
		{name: "docker for others", programs: map[string]program{"docker": dockerDenied}, want: "not permitted", next: "usermod -aG docker $USER"},
		{name: "docker somewhere else", programs: map[string]program{"docker": dockerAway}, want: "not running", next: "docker context class"},
		{name: "docker at an address", programs: map[string]program{"docker": dockerDown}, env: "DOCKER_HOST=tcp://lab:2375", want: "not running", next: "DOCKER_HOST=tcp://lab:2375"},
		{name: "docker of snapd", programs: map[string]program{"docker": snapDown}, want: "not running", next: "type sudo snap start docker"},
		{name: "podman down", os: "darwin", programs: map[string]program{"podman": podmanDown}, want: "not running", next: "podman machine start"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name, value, _ := strings.Cut(tt.env, "=")
			m := machine(tt.programs, files(debian), map[string]string{name: value})
			if tt.os != "" {
				m.OS, m.Files = tt.os, nil
			}
			engine, _, err := m.Engine(t.Context())
			if got := outcome(engine, err); got != tt.want {
				t.Errorf("Engine is %s, want %s (error %v)", got, tt.want, err)
			}
			if err != nil && !strings.Contains(err.Error(), tt.next) {
				t.Errorf("the error does not say %q: %v", tt.next, err)
			}
		})
	}
}

func outcome(engine Engine, err error) string {
	switch {
	case errors.Is(err, ErrNotInstalled):
		return "not installed"
	case errors.Is(err, ErrNotRunning):
		return "not running"
	case errors.Is(err, ErrNoPermission):
		return "not permitted"
	case err != nil:
		return err.Error()
	}
	return engine.Name
}

func TestEngineInfo(t *testing.T) {
	for _, tt := range []struct {
		name    string
		program program
		want    Info
	}{
		{"docker", docker, Info{Version: "20.10.24", Root: "/var/lib/docker", Memory: 25276514304, CgroupVersion: "1", Runtime: "runc", RuntimePath: "runc", Context: "default"}},
		{"podman", podman, Info{Version: "5.4.0", Root: "/home/me/.local/share/containers/storage", Memory: 8 << 30, CgroupVersion: "2", Runtime: "crun", RuntimePath: "/usr/bin/crun", Rootless: true}},
		{"nerdctl", nerdctl, Info{Version: "v2.0.2", Memory: 8 << 30, CgroupVersion: "2"}},
	} {
		_, info, err := machine(map[string]program{tt.name: tt.program}, files(nil), nil).Engine(t.Context())
		if err != nil || info != tt.want {
			t.Errorf("%s tells %+v, error %v\nwant %+v", tt.name, info, err, tt.want)
		}
	}
}
