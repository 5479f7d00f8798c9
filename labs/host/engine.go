package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// An Engine is a container engine of this machine.
type Engine struct {
	Name string // docker, podman or nerdctl: the provider of kind that goes with it
	Path string // its program; finch and nerdctl.lima are nerdctl under other names
}

// What can be wrong with an engine. Every error of FindEngine is one of them, and tells what to type.
var (
	ErrNotInstalled = errors.New("docker, nerdctl or podman is not installed")
	ErrNoPermission = errors.New("you may not use it")
	ErrNotRunning   = errors.New("it does not answer")
)

// An EngineError says what is wrong with the engine, and what to do.
type EngineError struct {
	Engine  Engine // the zero Engine where none is installed
	Problem error  // ErrNotInstalled, ErrNoPermission or ErrNotRunning
	Said    string // by the engine, on one line
	Next    string // what to type
}

func (e *EngineError) Error() string {
	return "find a container engine: " + e.problem() + ": " + e.Next
}

func (e *EngineError) problem() string {
	text := e.Problem.Error()
	if e.Engine.Name != "" {
		text = e.Engine.Name + " in " + e.Engine.Path + ": " + text
	}
	if e.Said != "" {
		text += " (" + e.Said + ")"
	}
	return text
}

func (e *EngineError) Unwrap() error { return e.Problem }

// FindEngine returns the engine that kind would use: the one that KIND_EXPERIMENTAL_PROVIDER names,
// else the first that is installed of docker, nerdctl (or finch) and podman. An engine that is there
// and cannot be used is returned with the error.
func FindEngine(ctx context.Context) (Engine, error) {
	engine, _, err := ThisMachine().Engine(ctx)
	return engine, err
}

// Info is what an engine tells about the machine that its containers run on, which is a virtual one on
// macOS and Windows.
type Info struct {
	Version       string
	Root          string // folder of its data, there; empty where it does not tell
	Memory        uint64 // bytes
	CgroupVersion string // 1 or 2
	Runtime       string // the runtime of containers that name none
	RuntimePath   string // where the engine tells of one
	Rootless      bool
	Context       string // where docker looks for its daemon, told also by one that has none
}

// patience is how long an engine may take to answer.
const patience = 30 * time.Second

// Engine is FindEngine for this machine, with what the engine tells about itself.
func (m *Machine) Engine(ctx context.Context) (Engine, Info, error) {
	engine, err := m.installed(ctx)
	if err != nil {
		return engine, Info{}, err
	}
	info, err := m.ask(ctx, engine)
	return engine, info, err
}

// installed asks the programs for their versions, as kind does: what is called docker may be podman.
func (m *Machine) installed(ctx context.Context) (Engine, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, name := range m.wanted() {
		path, err := m.LookPath(name)
		if err != nil {
			continue
		}
		res, err := m.Run(ctx, path, "-v")
		if err != nil {
			return Engine{}, fmt.Errorf("find a container engine: %w", err)
		}
		said, _, _ := strings.Cut(strings.ToLower(string(res.Stdout)), " version")
		if said == strings.TrimSuffix(name, ".lima") {
			return Engine{Name: family(name), Path: path}, nil
		}
	}
	e := &EngineError{Problem: ErrNotInstalled, Next: m.howToInstall()}
	if name := m.demanded(); name != "" && name != "docker" {
		e.Said = providerEnv + "=" + name + " asks for it alone"
		e.Next = "install " + name + ", or unset " + providerEnv
	}
	return Engine{}, e
}

// providerEnv is kind's setting for the engine to use.
const providerEnv = "KIND_EXPERIMENTAL_PROVIDER"

// demanded is the program that the setting asks for; values that kind ignores are none.
func (m *Machine) demanded() string {
	switch name := m.Getenv(providerEnv); name {
	case "docker", "podman", "nerdctl", "finch", "nerdctl.lima":
		return name
	}
	return ""
}

// wanted are the names of the programs to look for, in kind's order.
func (m *Machine) wanted() []string {
	if name := m.demanded(); name != "" {
		return []string{name}
	}
	return []string{"docker", "nerdctl", "finch", "podman"}
}

func family(name string) string {
	if name == "docker" || name == "podman" {
		return name
	}
	return "nerdctl"
}

// An answer is what the engines print for info: docker and nerdctl on the left, podman on the right.
type answer struct {
	ServerErrors    []string
	ServerVersion   string
	DockerRootDir   string
	MemTotal        uint64
	CgroupVersion   string
	DefaultRuntime  string
	Runtimes        map[string]struct{ Path string }
	SecurityOptions []string
	ClientInfo      struct{ Context string }

	Version struct{ Version string }
	Store   struct{ GraphRoot string }
	Host    struct {
		MemTotal      uint64
		CgroupVersion string // v1, v2
		OCIRuntime    struct{ Name, Path string }
		Security      struct{ Rootless bool }
	}
}

func (a answer) info() Info {
	runtime := cmp.Or(a.DefaultRuntime, a.Host.OCIRuntime.Name)
	return Info{
		Version:       cmp.Or(a.ServerVersion, a.Version.Version),
		Root:          cmp.Or(a.DockerRootDir, a.Store.GraphRoot),
		Memory:        cmp.Or(a.MemTotal, a.Host.MemTotal),
		CgroupVersion: cmp.Or(a.CgroupVersion, strings.TrimPrefix(a.Host.CgroupVersion, "v")),
		Runtime:       runtime,
		RuntimePath:   cmp.Or(a.Runtimes[runtime].Path, a.Host.OCIRuntime.Path),
		Context:       a.ClientInfo.Context,
		Rootless:      a.Host.Security.Rootless || strings.Contains(strings.Join(a.SecurityOptions, " "), "name=rootless"),
	}
}

// ask asks the engine about itself. An engine that is down may say so on standard error, or in its
// answer and end with success.
func (m *Machine) ask(ctx context.Context, engine Engine) (Info, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	format := "{{json .}}"
	if engine.Name == "podman" {
		format = "json"
	}
	res, err := m.Run(ctx, engine.Path, "info", "--format", format)
	if err != nil {
		return Info{}, fmt.Errorf("find a container engine: %w", err)
	}
	var a answer
	bad := json.Unmarshal(res.Stdout, &a)
	info := a.info()
	if res.ExitCode == 0 && bad == nil && len(a.ServerErrors) == 0 {
		return info, nil
	}
	said := strings.Join(append(a.ServerErrors, string(res.Stderr)), " ")
	if res.TimedOut {
		said = fmt.Sprintf("no answer within %v", patience)
	}
	return info, m.refusal(engine, info, said)
}

// elsewhere says what leads docker to another daemon than the one of this machine, if anything does.
func (m *Machine) elsewhere(info Info) string {
	switch address := m.Getenv("DOCKER_HOST"); address {
	case "", "unix:///var/run/docker.sock", "unix:///run/docker.sock":
	default:
		return "DOCKER_HOST=" + address
	}
	if info.Context != "" && info.Context != "default" {
		return "docker context " + info.Context
	}
	return ""
}

// refusal says what to do about an engine that cannot be used.
func (m *Machine) refusal(engine Engine, info Info, said string) error {
	said = strings.Join(strings.Fields(said), " ")
	e := &EngineError{Engine: engine, Problem: ErrNotRunning, Said: said}
	if strings.Contains(said, "permission denied") {
		e.Problem, e.Said, e.Next = ErrNoPermission, "", m.howToBePermitted(engine)
		return e
	}
	if strings.HasPrefix(said, "Cannot connect to the Docker daemon") {
		e.Said = "" // Problem says it
	}
	e.Next = m.howToStart(engine)
	if elsewhere := m.elsewhere(info); elsewhere != "" && engine.Name == "docker" && m.OS == "linux" {
		e.Next = "start the engine that " + elsewhere + " leads to, or unset DOCKER_HOST and type docker context use default"
	}
	return e
}

// snap says whether snapd keeps the engine, and starts it.
func (e Engine) snap() bool { return strings.HasPrefix(e.Path, "/snap/") }

// program is the engine's program as people type it.
func (e Engine) program() string {
	return strings.TrimSuffix(filepath.Base(e.Path), ".exe")
}
