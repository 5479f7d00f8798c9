package image

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// suite is the Debian release of the node. Its systemd still knows cgroup v1, which newer ones do not.
const suite = "bookworm"

// packages are what kind's own node image installs, without what only its tests need.
var packages = []string{
	"systemd", "systemd-sysv",
	"conntrack", "iptables", "nftables", "iproute2", "ethtool", "util-linux", "mount", "kmod", "libseccomp2",
	"ca-certificates", "curl", "jq", "procps",
}

// rootTar is the file that the step debian makes.
const rootTar = "root.tar"

// mergedUsr is mmdebstrap's way to a root file system with /bin in /usr that has no need of a package which
// moves it there, and that package's Perl.
const mergedUsr = "/usr/share/mmdebstrap/hooks/merged-usr"

func debianStep(golang toolchain) (*step, error) {
	args := []string{
		"--variant=minbase", "--quiet", "--hook-dir=" + mergedUsr, "--architectures=" + golang.arch,
		"--include=" + strings.Join(append([]string{"usr-is-merged"}, packages...), ","),
		"--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
		suite,
	}
	sum, err := newKey("debian").add("args", args...).sum()
	return &step{name: "debian", key: sum, make: func(ctx context.Context, out string) error {
		env := []string{fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch.Unix())}
		_, err := command(ctx, out, env, "mmdebstrap", append(args, filepath.Join(out, rootTar))...)
		return err
	}}, err
}

// A debian is the root file system, read once.
type debian struct {
	files    map[string]*tar.Header // by path without a slash in front
	depends  map[string][]string    // of each package
	contents map[string][]string    // paths of each package
}

// readDebian reads the names in a root file system and what its package database says.
func readDebian(file string) (*debian, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d := &debian{files: map[string]*tar.Header{}, depends: map[string][]string{}, contents: map[string][]string{}}
	for in := tar.NewReader(f); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return d, nil
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		name := path.Clean(strings.TrimPrefix(header.Name, "./"))
		d.files[name] = header
		if list, ok := strings.CutPrefix(name, "var/lib/dpkg/info/"); ok && strings.HasSuffix(list, ".list") {
			pkg, _, _ := strings.Cut(strings.TrimSuffix(list, ".list"), ":")
			d.contents[pkg] = readLines(in)
		}
		if name == "var/lib/dpkg/status" {
			d.readStatus(in)
		}
	}
}

func readLines(r io.Reader) []string {
	var lines []string
	for s := bufio.NewScanner(r); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}

// readStatus reads what each package depends on; of alternatives, all that may be there.
func (d *debian) readStatus(r io.Reader) {
	pkg := ""
	for _, line := range readLines(r) {
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "Package":
			pkg = value
		case "Depends", "Pre-Depends":
			for _, name := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == '|' }) {
				name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
				name, _, _ = strings.Cut(name, ":")
				d.depends[pkg] = append(d.depends[pkg], name)
			}
		}
	}
}

// part returns the paths of packages and of the libraries that they need, without documents.
func (d *debian) part(roots ...string) map[string]bool {
	paths, seen := map[string]bool{}, map[string]bool{}
	for queue := roots; len(queue) > 0; queue = queue[1:] {
		pkg := queue[0]
		if seen[pkg] {
			continue
		}
		seen[pkg] = true
		for _, name := range d.contents[pkg] {
			d.include(paths, d.merged(strings.TrimPrefix(name, "/")))
		}
		for _, need := range d.depends[pkg] {
			if strings.HasPrefix(need, "lib") {
				queue = append(queue, need)
			}
		}
	}
	d.alternatives(paths)
	return paths
}

func (d *debian) include(paths map[string]bool, name string) {
	header := d.files[name]
	if header != nil && header.Typeflag != tar.TypeDir && keepOnNode(name) {
		paths[name] = true
	}
}

// alternatives adds the names that lead to paths by way of /etc/alternatives, which belong to no package.
func (d *debian) alternatives(paths map[string]bool) {
	for name, header := range d.files {
		alternative, ok := strings.CutPrefix(header.Linkname, "/etc/alternatives/")
		if !ok {
			continue
		}
		choice := "etc/alternatives/" + alternative
		if h := d.files[choice]; h != nil && paths[strings.TrimPrefix(h.Linkname, "/")] {
			paths[name], paths[choice] = true, true
		}
	}
}

// merged returns where a path lies in a file system with /bin, /lib and /sbin in /usr.
func (d *debian) merged(name string) string {
	top, rest, ok := strings.Cut(name, "/")
	if h := d.files[top]; ok && h != nil && h.Typeflag == tar.TypeSymlink {
		return path.Join(h.Linkname, rest)
	}
	return name
}
