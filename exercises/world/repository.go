package world

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/mod/module"
)

// A repository is git over HTTP, by git itself: https://git-scm.com/docs/git-http-backend. It is made
// when it is first asked for.
type repository struct {
	root   string // folder of the host's repositories
	mirror Mirror
	src    source
	ready  func() (http.Handler, error)
}

func newRepository(dir, host string, m Mirror, src source) *repository {
	r := &repository{root: filepath.Join(dir, "git", strings.ReplaceAll(host, ":", "_")), mirror: m, src: src}
	r.ready = sync.OnceValues(r.make)
	return r
}

func (r *repository) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	h, err := r.ready()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h.ServeHTTP(w, req)
}

func (r *repository) make() (http.Handler, error) {
	dir := filepath.Join(r.root, filepath.FromSlash(r.mirror.Path))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("make repository: %w", err)
	}
	history, err := r.history()
	if err != nil {
		return nil, err
	}
	if _, err := git(dir, nil, "init", "--quiet", "--bare", "--initial-branch="+r.branch()); err != nil {
		return nil, err
	}
	if _, err := git(dir, history, "fast-import", "--quiet"); err != nil {
		return nil, err
	}
	backend, err := git(dir, nil, "--exec-path")
	if err != nil {
		return nil, err
	}
	return &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(backend)), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + r.root, "GIT_HTTP_EXPORT_ALL=1"}, InheritEnv: []string{"PATH"}, Logger: silent,
	}, nil
}

func (r *repository) branch() string { return cmp.Or(r.mirror.Branch, "main") }

// history is the repository as git fast-import reads it: for each version a commit and a tag.
func (r *repository) history() ([]byte, error) {
	versions, err := r.src.versions(r.mirror.Module)
	if err != nil {
		return nil, fmt.Errorf("make repository of %s: %w", r.mirror.Module, err)
	}
	var b bytes.Buffer
	for _, m := range versions {
		v := m.Version.Version
		when := fmt.Sprintf("Author <author@slipway.test> %d +0000", versionTime(v).Unix())
		fmt.Fprintf(&b, "commit refs/heads/%s\nauthor %s\ncommitter %s\n", r.branch(), when, when)
		blob(&b, []byte("Release "+v+"\n"))
		fmt.Fprint(&b, "deleteall\n")
		for _, f := range m.files {
			fmt.Fprintf(&b, "M 100644 inline %s\n", f.Name)
			blob(&b, f.Data)
		}
		if !module.IsPseudoVersion(v) {
			fmt.Fprintf(&b, "reset refs/tags/%s\nfrom refs/heads/%s\n\n", strings.TrimSuffix(v, "+incompatible"), r.branch())
		}
	}
	return b.Bytes(), nil
}

func blob(b *bytes.Buffer, data []byte) {
	fmt.Fprintf(b, "data %d\n%s\n", len(data), data)
}

// git runs git in a folder, without anybody's settings.
func git(dir string, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(stdin)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return out, nil
}
