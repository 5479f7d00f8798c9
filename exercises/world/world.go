// Package world is the module world of an exercise: module proxies, a checksum database, version
// control servers, the faults that a task asks for, and a log of what was asked, all on loopback, with
// no way out. The same library gives the same answers on every machine, to the byte.
//
//	lib, err := world.LoadLibrary(modules)
//	w, err := world.Start(lib, world.Config{}, workspace, dir)
//	defer w.Close()
//	cmd.Env = w.Into(env)
//
// A world is a small internet. Programs reach it as an HTTP proxy, which the usual variables name, so
// its hosts have names that never change; what it has no host for does not exist. Hosts that speak TLS
// have certificates of the world's own authority, which SSL_CERT_FILE names (on macOS and Windows, Go
// programs do not read it, and find the certificates wanting).
//
// Two hosts are always there. proxy.slipway.test is a module proxy that speaks the protocol of
// https://go.dev/ref/mod#goproxy-protocol whole (list, info, mod, zip, latest, and the checksum database
// below /sumdb/); sum.slipway.test is the database itself, as https://go.dev/design/25530-sumdb has it,
// with a key of its own.
//
// A world may go through stages, for what happens while somebody works: a tag that is moved, a database
// that changes its mind. It begins with stage 1.
package world

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// proxyHost is the host of the standard module proxy.
const proxyHost = "proxy.slipway.test"

// A World is a running set of servers.
type World struct {
	Log Log

	address   string // where programs reach it
	dir       string // for what it has to keep in files
	workspace string
	config    Config
	hosts     map[string]*host
	releases  []releases
	stage     atomic.Int64
	outer     *http.Server // takes requests to any host, and those about the world itself
	tunnels   *tunnels     // takes the connections that programs made through it
}

// Start runs a world over lib. Modules that the learner publishes, and settings, are read from workspace;
// dir, which must be there, is for files of the world's own. The caller must Close the world.
func Start(lib *Library, c Config, workspace, dir string) (*World, error) {
	return StartAt("127.0.0.1:0", lib, c, workspace, dir)
}

// StartAt is Start at an address of the caller's choice.
func StartAt(address string, lib *Library, c Config, workspace, dir string) (*World, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start module world: %w", err)
	}
	return StartOn(l, lib, c, workspace, dir)
}

// StartOn is Start on a listener, which the world closes.
func StartOn(l net.Listener, lib *Library, c Config, workspace, dir string) (*World, error) {
	w := &World{address: "http://" + l.Addr().String(), dir: dir, workspace: workspace, config: c}
	w.stage.Store(1)
	for _, r := range c.Releases {
		w.releases = append(w.releases, releases{r.Module, workspace, r.From})
	}
	if err := w.build(lib); err != nil {
		l.Close()
		return nil, fmt.Errorf("start module world: %w", err)
	}
	w.outer = &http.Server{Handler: http.HandlerFunc(w.serveOuter), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = w.outer.Serve(l) }() // ends with Close
	return w, nil
}

// build makes the hosts.
func (w *World) build(lib *Library) error {
	authority, err := newAuthority()
	if err != nil {
		return err
	}
	if err := os.WriteFile(w.Certificates(), authority.pem, 0o666); err != nil {
		return err
	}
	w.tunnels = newTunnels(authority, http.HandlerFunc(w.serveInner))
	hosts := map[string]Host{
		proxyHost: {TLS: "both", Proxy: &Proxy{}},
		sumdbName: {TLS: "both", SumDB: &SumDB{}},
	}
	for name, h := range w.config.Hosts {
		hosts[name] = h
	}
	w.hosts, err = newHosts(w, lib, hosts)
	return err
}

// Certificates is the file of the authority's certificate, which programs have to be able to read.
func (w *World) Certificates() string { return filepath.Join(w.dir, "authority.pem") }

// Close stops the servers and breaks off what they were answering.
func (w *World) Close() error {
	w.tunnels.close()
	return w.outer.Close()
}

// URL returns the address of the standard module proxy.
func (w *World) URL() string { return "http://" + proxyHost }

// Address returns where programs reach the world: http://127.0.0.1 and a port.
func (w *World) Address() string { return w.address }

// SetStage moves the world to a stage.
func (w *World) SetStage(n int) error {
	if n < 1 {
		return fmt.Errorf("move world to stage %d: the first stage is 1", n)
	}
	w.stage.Store(int64(n))
	return nil
}

// Ignored says which folders among the learner's releases are not published, and why.
func (w *World) Ignored() []string {
	var list []string
	for _, r := range w.releases {
		list = append(list, r.ignored()...)
	}
	return list
}

// A Variable is one that leads programs into a world, and what it is for.
type Variable struct{ Name, Value, Why string }

// Variables returns all of them. A value that is empty takes a setting of the surroundings away.
func (w *World) Variables() []Variable {
	list := []Variable{
		{"HTTP_PROXY", w.address, "programs reach the hosts of the world through this address"},
		{"HTTPS_PROXY", w.address, "the same, for https"},
		{"NO_PROXY", "localhost,127.0.0.1,::1", "but servers of your own on this machine as ever"},
		{"SSL_CERT_FILE", w.Certificates(), "the authority that vouches for the world's https hosts"},
		{"CURL_CA_BUNDLE", w.Certificates(), "the same, for curl"},
		{"GIT_SSL_CAINFO", w.Certificates(), "the same, for git"},
		{"GIT_ALLOW_PROTOCOL", "file:http:https", "git fetches over what the world speaks"},
		{"GIT_TERMINAL_PROMPT", "0", "git asks nobody for a password"},
		{AddressEnv, w.address, "where slipway world finds the world"},
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} { // curl and git read small letters
		i := slices.IndexFunc(list, func(v Variable) bool { return v.Name == name })
		list = append(list, Variable{strings.ToLower(name), list[i].Value, list[i].Why})
	}
	if w.config.Settings {
		return append(list, w.settings()...)
	}
	return append(list,
		Variable{"GOPROXY", w.URL(), "modules come from the world's module proxy"},
		Variable{"GOSUMDB", sumdbKey, "and are verified by the world's checksum database"},
		Variable{"GOPRIVATE", "", "no module is exempt"},
		Variable{"GONOPROXY", "", ""},
		Variable{"GONOSUMDB", "", ""},
		Variable{"GOINSECURE", "", ""},
		Variable{"GOVCS", "*:off", "no module comes from a repository"},
		Variable{"GOAUTH", "off", "no credentials are sent"},
	)
}

// AddressEnv is the variable that holds a world's address.
const AddressEnv = "SLIPWAY_WORLD"

// settings are the variables of a world in which the learner's own settings are in force.
func (w *World) settings() []Variable {
	list := []Variable{
		{"GOENV", filepath.Join(w.workspace, "go.env"), "go env -w writes here, in the workspace"},
		{"NETRC", filepath.Join(w.workspace, ".netrc"), "credentials, in the workspace"},
		{"GIT_CONFIG_GLOBAL", filepath.Join(w.workspace, ".gitconfig"), "git's settings, in the workspace"},
		{"GIT_CONFIG_NOSYSTEM", "1", "and no others"},
	}
	for _, name := range own {
		list = append(list, Variable{name, "", ""})
	}
	if w.config.Toolchain {
		list = append(list, Variable{"GOTOOLCHAIN", "", ""})
	}
	return list
}

// own are the settings that are the learner's in a world with settings.
var own = []string{"GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOVCS", "GOAUTH", "GOFLAGS", "GO111MODULE", "GOBIN"}

// Into adds to an environment what leads programs into this world, and nowhere else.
func (w *World) Into(env []string) []string {
	env = slices.Clone(env)
	for _, v := range w.Variables() {
		env = append(env, v.Name+"="+v.Value)
	}
	if !w.config.Settings {
		return env
	}
	bin := filepath.Join(w.workspace, "bin") + string(os.PathListSeparator)
	for i, kv := range env {
		if path, ok := strings.CutPrefix(kv, "PATH="); ok {
			env[i] = "PATH=" + bin + path
		}
	}
	return env
}
