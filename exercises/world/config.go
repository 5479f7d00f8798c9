package world

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"golang.org/x/mod/module"
)

// A Config is world.yaml: what a world has beyond the library and its standard hosts.
type Config struct {
	// Settings says that the learner's own settings are in force, from files in the workspace: go.env,
	// .netrc, .gitconfig and bin/ (see World.Into).
	Settings bool `yaml:"settings,omitempty"`

	// Toolchain says that GOTOOLCHAIN is among the learner's settings too.
	Toolchain bool `yaml:"toolchain,omitempty"`

	// Releases are modules that the learner publishes from the workspace.
	Releases []Release `yaml:"releases,omitempty"`

	// Hosts are servers, by name, or by name:port. One called as a standard host takes its place.
	Hosts map[string]Host `yaml:"hosts,omitempty"`

	// Faults are what hosts do wrong. The first that matches a request answers it.
	Faults []Fault `yaml:"faults,omitempty"`
}

// A Release says where the learner publishes a module.
type Release struct {
	Module string `yaml:"module"` // path of the module
	From   string `yaml:"from"`   // folder in the workspace; holds a folder for each version
}

// A Host is one server of a world. What it serves are the fields that are set, of which it needs one.
type Host struct {
	TLS    string   `yaml:"tls,omitempty"` // no, the default: plain HTTP; yes: HTTPS; both
	Login  *Login   `yaml:"login,omitempty"`
	Proxy  *Proxy   `yaml:"proxy,omitempty"`
	SumDB  *SumDB   `yaml:"sumdb,omitempty"`
	Tokens *Tokens  `yaml:"tokens,omitempty"`
	Pages  []Page   `yaml:"pages,omitempty"`
	Git    []Mirror `yaml:"git,omitempty"`
}

// A Login is what a host asks for. Any one that is given will do.
type Login struct {
	User     string `yaml:"user,omitempty"` // HTTP basic authentication
	Password string `yaml:"password,omitempty"`
	Token    string `yaml:"token,omitempty"`     // bearer token
	TokensOf string `yaml:"tokens-of,omitempty"` // host whose bearer tokens are taken
}

// A Proxy is a module proxy.
type Proxy struct {
	Below  string   `yaml:"below,omitempty"`  // prefix of its paths, such as /go
	Only   []string `yaml:"only,omitempty"`   // patterns, as in GOPRIVATE, of the module paths that it knows
	Except []string `yaml:"except,omitempty"` // and of those that it does not
	SumDB  *bool    `yaml:"sumdb,omitempty"`  // whether it passes on the checksum database; the default is true
}

// A SumDB is the world's checksum database under one more name.
type SumDB struct {
	Forks int `yaml:"forks,omitempty"` // the stage from which on it shows another history; 0: never
}

// A Tokens hands out bearer tokens at /token.
type Tokens struct {
	Seconds int `yaml:"seconds"` // how long each is taken
}

// A Page is what the go command is told at Prefix?go-get=1.
type Page struct {
	Prefix    string `yaml:"prefix"`              // module path that the repository holds
	VCS       string `yaml:"vcs"`                 // git, mod …
	Repo      string `yaml:"repo"`                // URL of the repository
	Anonymous string `yaml:"anonymous,omitempty"` // the prefix that is told to those who have not logged in
}

// A Mirror is a git repository made from the library: a commit and a tag for each version of a module.
type Mirror struct {
	Path   string `yaml:"path"`             // below the host, such as team/lib.git
	Module string `yaml:"module"`           // path of the module
	Branch string `yaml:"branch,omitempty"` // the default is main
}

// A Fault is something that a host does wrong.
type Fault struct {
	Host   string `yaml:"host"`
	Path   string `yaml:"path"`             // regular expression for the path, without its leading slash
	Status int    `yaml:"status,omitempty"` // answer this
	Body   string `yaml:"body,omitempty"`   // with this
	Delay  string `yaml:"delay,omitempty"`  // wait first
	Bytes  string `yaml:"bytes,omitempty"`  // spoil a good answer: changed, cut, crlf or login
	From   int    `yaml:"from,omitempty"`   // first stage
	Until  int    `yaml:"until,omitempty"`  // last stage
	Times  int    `yaml:"times,omitempty"`  // how often; 0: always
}

// ParseConfig reads a world.yaml. No data means the standard world.
func ParseConfig(file string, data []byte) (Config, error) {
	var c Config
	doc := frontmatter.New(file, data, 0, 0)
	if err := doc.Decode(&c); err != nil {
		return Config{}, err
	}
	var errs []error
	fail := func(at string, err error) {
		if err != nil {
			errs = append(errs, doc.At(at).Errorf("%w", err))
		}
	}
	for _, r := range c.Releases {
		fail("$.releases", r.check())
	}
	for name, h := range c.Hosts {
		fail("$.hosts", h.check(name, c.Hosts))
	}
	for i, f := range c.Faults {
		fail(fmt.Sprintf("$.faults[%d]", i), f.check(c.Hosts))
	}
	return c, errors.Join(errs...)
}

func (r Release) check() error {
	if err := module.CheckPath(r.Module); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	if r.From != path.Clean(r.From) || path.IsAbs(r.From) || r.From == "." || r.From == ".." || strings.HasPrefix(r.From, "../") {
		return fmt.Errorf("release of %s: %q is not a folder below the workspace", r.Module, r.From)
	}
	return nil
}

func (h Host) check(name string, all map[string]Host) error {
	if !slices.Contains([]string{"", "no", "yes", "both"}, h.TLS) {
		return fmt.Errorf("host %s: tls is %q: write no, yes or both", name, h.TLS)
	}
	if h.Proxy == nil && h.SumDB == nil && h.Tokens == nil && h.Pages == nil && h.Git == nil {
		return fmt.Errorf("host %s serves nothing: give it proxy, sumdb, tokens, pages or git", name)
	}
	if top := len(h.Pages) > 0; top && h.SumDB != nil || h.Proxy != nil && h.Proxy.Below == "" && (top || h.SumDB != nil) {
		return fmt.Errorf("host %s: only one of proxy, sumdb and pages can begin at its root", name)
	}
	if h.Login != nil && h.Login.TokensOf != "" && all[h.Login.TokensOf].Tokens == nil {
		return fmt.Errorf("host %s: %s hands out no tokens", name, h.Login.TokensOf)
	}
	for _, m := range h.Git {
		if err := module.CheckPath(m.Module); err != nil {
			return fmt.Errorf("host %s: repository %s: %w", name, m.Path, err)
		}
	}
	return nil
}

var spoilers = []string{"", "changed", "cut", "crlf", "login"}

func (f Fault) check(hosts map[string]Host) error {
	_, ours := hosts[f.Host]
	_, pathErr := regexp.Compile(f.Path)
	_, delayErr := time.ParseDuration(cmp.Or(f.Delay, "0s"))
	switch {
	case !ours && f.Host != proxyHost && f.Host != sumdbName:
		return fmt.Errorf("fault: there is no host %q", f.Host)
	case pathErr != nil:
		return fmt.Errorf("fault: %w", pathErr)
	case delayErr != nil:
		return fmt.Errorf("fault: %w", delayErr)
	case !slices.Contains(spoilers, f.Bytes):
		return fmt.Errorf("fault: bytes is %q: write %s", f.Bytes, strings.Join(spoilers[1:], ", "))
	case f.Status != 0 && http.StatusText(f.Status) == "":
		return fmt.Errorf("fault: %d is no HTTP status", f.Status)
	case f.Status == 0 && f.Delay == "" && f.Bytes == "":
		return errors.New("fault does nothing: give it status, delay or bytes")
	}
	return nil
}
