package world

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/exercises/task"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

// A Library is a set of published modules. It never changes, and may serve many worlds at once.
type Library struct {
	modules map[string][]*Module // by path; versions upwards
}

// A Module is one module at one version.
type Module struct {
	module.Version
	info  []byte
	mod   []byte
	refs  []string    // commit hashes and branch names that lead here
	files []task.File // what its zip is made of
	zip   func() ([]byte, error)
	sums  func() ([]byte, error) // its lines in a checksum database
}

// Times of versions that do not state one, so that answers never depend on the clock.
var defaultTime = time.Date(2026, time.January, 15, 12, 0, 0, 0, time.UTC)

// LoadLibrary reads the modules of a folder: one txtar file each, called path_version.txtar with
// slashes of the path written as underscores and capitals escaped as the module cache does. The
// files .info, .mod and .refs in it replace what the proxy would say by default; .refs lists, one a
// line, the commit hashes and branches that resolve to this version. All others go into the zip.
func LoadLibrary(fsys fs.FS) (*Library, error) {
	names, err := fs.Glob(fsys, "*.txtar")
	if err != nil {
		return nil, fmt.Errorf("read modules: %w", err)
	}
	lib := &Library{modules: map[string][]*Module{}}
	var errs []error
	for _, name := range names {
		m, err := loadModule(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		lib.modules[m.Path] = append(lib.modules[m.Path], m)
	}
	for _, versions := range lib.modules {
		slices.SortFunc(versions, func(a, b *Module) int { return semver.Compare(a.Version.Version, b.Version.Version) })
	}
	return lib, errors.Join(errs...)
}

func loadModule(fsys fs.FS, name string) (*Module, error) {
	pos := frontmatter.Position{File: name}
	mv, err := parseName(strings.TrimSuffix(name, ".txtar"))
	if err != nil {
		return nil, pos.Errorf("%w", err)
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	a, err := task.ParseArchive(name, data)
	if err != nil {
		return nil, err
	}
	m, err := newModule(mv, a.Files)
	if err != nil {
		return nil, pos.Errorf("%w", err)
	}
	return m, nil
}

// parseName reads the file name of a module, without its extension.
func parseName(name string) (module.Version, error) {
	at := strings.LastIndex(name, "_v")
	if at < 0 {
		return module.Version{}, fmt.Errorf("file name is not path_version, such as example.test_greet_v1.0.0")
	}
	path, err := module.UnescapePath(strings.ReplaceAll(name[:at], "_", "/"))
	if err != nil {
		return module.Version{}, err
	}
	version, err := module.UnescapeVersion(name[at+1:])
	if err != nil {
		return module.Version{}, err
	}
	return module.Version{Path: path, Version: version}, module.Check(path, version)
}

// newModule builds a module from its files, among them perhaps .info, .mod and .refs.
func newModule(mv module.Version, files []task.File) (*Module, error) {
	m := &Module{Version: mv, mod: []byte("module " + mv.Path + "\n")}
	var zipped []modzip.File
	for _, f := range files {
		switch f.Name {
		case ".info":
			m.info = f.Data
		case ".mod":
			m.mod = f.Data
		case ".refs":
			m.refs = strings.Fields(string(f.Data))
		default:
			if f.Name == "go.mod" && !slices.ContainsFunc(files, func(g task.File) bool { return g.Name == ".mod" }) {
				m.mod = f.Data
			}
			m.files = append(m.files, f)
			zipped = append(zipped, zipFile{f})
		}
	}
	if m.info == nil {
		info, err := json.Marshal(Info{Version: mv.Version, Time: versionTime(mv.Version)})
		if err != nil {
			return nil, fmt.Errorf("info of %s: %w", mv, err)
		}
		m.info = append(info, '\n')
	}
	m.zip = sync.OnceValues(func() ([]byte, error) {
		var buf bytes.Buffer
		err := modzip.Create(&buf, mv, zipped)
		return buf.Bytes(), err
	})
	m.sums = sync.OnceValues(func() ([]byte, error) { return sumLines(mv, m.mod, zipped) })
	return m, nil
}

// Info is the answer to a request for a version's .info.
type Info struct {
	Version string
	Time    time.Time
}

func versionTime(version string) time.Time {
	if t, err := module.PseudoVersionTime(version); err == nil {
		return t
	}
	return defaultTime
}

// sumLines returns the two lines that go.sum holds for a module: of its zip, which leaves out nested
// modules and vendored packages, and of its go.mod.
func sumLines(mv module.Version, mod []byte, files []modzip.File) ([]byte, error) {
	checked, err := modzip.CheckFiles(files)
	if err != nil {
		return nil, err
	}
	prefix := mv.Path + "@" + mv.Version + "/"
	byName := map[string]modzip.File{}
	var names []string
	for _, f := range files {
		if slices.Contains(checked.Valid, f.Path()) {
			byName[prefix+f.Path()] = f
			names = append(names, prefix+f.Path())
		}
	}
	h1, err := dirhash.Hash1(names, func(name string) (io.ReadCloser, error) { return byName[name].Open() })
	if err != nil {
		return nil, err
	}
	modH1, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(mod)), nil
	})
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s %s %s\n%s %s/go.mod %s\n", mv.Path, mv.Version, h1, mv.Path, mv.Version, modH1), nil
}

// all returns every module of the library in a fixed order.
func (lib *Library) all() []*Module {
	var list []*Module
	for _, versions := range lib.modules {
		list = append(list, versions...)
	}
	slices.SortFunc(list, func(a, b *Module) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), semver.Compare(a.Version.Version, b.Version.Version))
	})
	return list
}

// zipFile is a file of an archive as package zip wants to see it.
type zipFile struct{ f task.File }

func (z zipFile) Path() string                { return z.f.Name }
func (z zipFile) Lstat() (fs.FileInfo, error) { return fileInfo(z), nil }
func (z zipFile) Open() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(z.f.Data)), nil
}

type fileInfo struct{ f task.File }

func (i fileInfo) Name() string       { return path.Base(i.f.Name) }
func (i fileInfo) Size() int64        { return int64(len(i.f.Data)) }
func (i fileInfo) Mode() fs.FileMode  { return 0o644 }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return false }
func (i fileInfo) Sys() any           { return nil }
