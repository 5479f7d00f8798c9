package nodefiles

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// An entry is what counts of a file, folder or link.
type entry struct {
	kind  string // f, d or l, as find prints it
	mode  string // in octal digits
	owner string // uid:gid
	link  string
	sum   string // SHA-256 of a file
}

// parseListing reads what the script look prints: a line for each entry, then a line of sha256sum for
// each file.
func parseListing(text string) (map[string]entry, error) {
	files := map[string]entry{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if sum, name, ok := strings.Cut(line, "  "); ok && len(sum) == 2*sha256.Size {
			e := files[name]
			e.sum = sum
			files[name] = e
			continue
		}
		head, link, ok := strings.Cut(line, "\t")
		f := strings.SplitN(head, " ", 4)
		if !ok || len(f) != 4 {
			return nil, fmt.Errorf("unexpected line of find: %q", line)
		}
		files[f[3]] = entry{kind: f[0], mode: f[1], owner: f[2], link: link}
	}
	return keepPlain(files), nil
}

// keepPlain drops what is neither a file, a folder nor a link, and what is not to be compared.
func keepPlain(files map[string]entry) map[string]entry {
	maps.DeleteFunc(files, func(name string, e entry) bool {
		return !strings.Contains("fdl", e.kind) || e.kind == "" || strings.HasPrefix(name, "/kind/old-ip")
	})
	return files
}

var kinds = map[byte]string{tar.TypeReg: "f", tar.TypeDir: "d", tar.TypeSymlink: "l"}

// A file is an entry of an archive with its content.
type file struct {
	header *tar.Header
	data   []byte
}

// readArchive reads a tar. In the content of files the address old is replaced by now.
func readArchive(archive []byte, old, now string) (map[string]file, error) {
	files := map[string]file{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		data = readdress(data, old, now)
		h.Size = int64(len(data))
		files[path.Join("/", h.Name)] = file{header: h, data: data}
	}
}

// readdress replaces an address where it stands as a word, as kind does when a node starts with
// another one.
func readdress(data []byte, old, now string) []byte {
	if old == now || old == "" || now == "" || bytes.IndexByte(data, 0) >= 0 {
		return data
	}
	return regexp.MustCompile(`\b`+regexp.QuoteMeta(old)+`\b`).ReplaceAll(data, []byte(now))
}

func entriesOf(files map[string]file) map[string]entry {
	entries := map[string]entry{}
	for name, f := range files {
		h := f.header
		e := entry{kind: kinds[h.Typeflag], mode: fmt.Sprintf("%o", h.Mode&0o7777), owner: fmt.Sprintf("%d:%d", h.Uid, h.Gid), link: h.Linkname}
		if e.kind == "f" {
			e.sum = fmt.Sprintf("%x", sha256.Sum256(f.data))
		}
		entries[name] = e
	}
	return keepPlain(entries)
}

// A difference is what has to be done to the files of a node.
type difference struct {
	put    []string // paths to put back
	remove []string // paths to remove before that, with all that is below
}

func (d difference) empty() bool { return len(d.put) == 0 && len(d.remove) == 0 }

// paths returns every path once.
func (d difference) paths() []string {
	all := slices.Concat(d.put, d.remove)
	slices.Sort(all)
	return slices.Compact(all)
}

func diff(base, now map[string]entry) difference {
	var d difference
	for _, name := range slices.Sorted(maps.Keys(base)) {
		e, there := now[name]
		switch {
		case rotates(name):
			if !there || e.kind == "l" && now[e.link] == (entry{}) {
				d.put = append(d.put, name)
			}
		case !there:
			d.put = append(d.put, name)
		case e != base[name]:
			d.put = append(d.put, name)
			if e.kind != base[name].kind {
				d.remove = append(d.remove, name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, there := base[name]; !there && !rotates(name) && !d.removes(path.Dir(name)) {
			d.remove = append(d.remove, name)
		}
	}
	return d
}

// removes reports whether a folder goes, by itself or with one above it.
func (d difference) removes(dir string) bool {
	return slices.ContainsFunc(d.remove, func(gone string) bool { return dir == gone || strings.HasPrefix(dir, gone+"/") })
}

// rotates tells the kubelet's certificates that it renews by itself.
func rotates(name string) bool {
	return strings.HasPrefix(name, "/var/lib/kubelet/pki/kubelet-client-") || strings.HasPrefix(name, "/var/lib/kubelet/pki/kubelet-server-")
}

// pack returns a tar of the files at some paths.
func pack(files map[string]file, paths []string) ([]byte, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, name := range paths {
		f := files[name]
		if err := w.WriteHeader(f.header); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return buf.Bytes(), err
}

// restarts says which services have to begin anew.
type restarts struct {
	containerd, kubelet bool
}

func (r *restarts) add(unit string) {
	r.containerd = r.containerd || unit == "containerd"
	r.kubelet = r.kubelet || unit == "kubelet"
}

// only leaves the services that ran when the files were kept.
func (r restarts) only(units map[string]string) restarts {
	return restarts{
		containerd: r.containerd && units["containerd"] == active,
		kubelet:    r.kubelet && units["kubelet"] == active,
	}
}

// readers says which service reads a file when it starts.
var readers = []struct {
	path *regexp.Regexp
	unit string
}{
	{regexp.MustCompile(`^/etc/containerd/`), "containerd"},
	{regexp.MustCompile(`^/etc/systemd/system/containerd\.service`), "containerd"},
	{regexp.MustCompile(`^/etc/systemd/system/kubelet\.`), "kubelet"},
	{regexp.MustCompile(`^/etc/default/kubelet$`), "kubelet"},
	{regexp.MustCompile(`^/etc/kubernetes/(bootstrap-)?kubelet\.conf`), "kubelet"},
	{regexp.MustCompile(`^/etc/kubernetes/pki/ca\.crt$`), "kubelet"},
	{regexp.MustCompile(`^/var/lib/kubelet/`), "kubelet"},
}

func (d difference) restarts() restarts {
	var r restarts
	for _, name := range d.paths() {
		for _, reader := range readers {
			if reader.path.MatchString(name) {
				r.add(reader.unit)
			}
		}
	}
	return r
}
