package image

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writeTar makes a tar file. Each entry is "path", "path/" or "path -> target".
func writeTar(t *testing.T, entries ...string) string {
	t.Helper()
	var buf bytes.Buffer
	out := tar.NewWriter(&buf)
	for _, e := range entries {
		name, content, _ := strings.Cut(e, "=")
		name, target, link := strings.Cut(name, " -> ")
		h := &tar.Header{Typeflag: tar.TypeReg, Name: "./" + name, Mode: 0o644, Size: int64(len(content))}
		switch {
		case link:
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, target, 0
		case strings.HasSuffix(name, "/"):
			h.Typeflag, h.Mode = tar.TypeDir, 0o700
		}
		if err := out.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "base.tar")
	if err := os.WriteFile(file, buf.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// listTar tells what a tree is written as, an entry a line: mode, path, and target or content.
func listTar(t *testing.T, tree *tree) []string {
	t.Helper()
	r, err := tree.open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var list []string
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(epoch) || h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s is of %s and belongs to %d:%d", h.Name, h.ModTime, h.Uid, h.Gid)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		line := fs.FileMode(h.Mode).Perm().String() + " " + h.Name
		switch h.Typeflag {
		case tar.TypeSymlink:
			line += " -> " + h.Linkname
		case tar.TypeReg:
			line += " = " + string(content)
		}
		list = append(list, line)
	}
}

func TestTree(t *testing.T) {
	tree := newTree()
	tree.base = writeTar(t, "etc/", "etc/hosts=base", "etc/passwd=base", "usr/share/man/ls.1=text", "bin -> usr/bin")
	tree.keep = keepOnNode
	tree.data("etc/hosts", 0o600, []byte("ours"))
	tree.data("opt/cni/bin/ptp", 0o755, []byte("program"))
	tree.link("etc/rc", "hosts")
	want := []string{
		"-rwx------ etc/",
		"-rw-r--r-- etc/passwd = base",
		"---------- bin -> usr/bin",
		"-rw------- etc/hosts = ours",
		"-rwxrwxrwx etc/rc -> hosts",
		"-rwxr-xr-x opt/",
		"-rwxr-xr-x opt/cni/",
		"-rwxr-xr-x opt/cni/bin/",
		"-rwxr-xr-x opt/cni/bin/ptp = program",
	}
	got := listTar(t, tree)
	got[2], want[2] = strings.TrimLeft(got[2], "rwx-"), strings.TrimLeft(want[2], "rwx-") // nobody reads a link's mode
	if !slices.Equal(got, want) {
		t.Errorf("tree is written as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFolderOfKindGetsItsModes(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kind/bin/hook.sh"), "#!")
	write(t, filepath.Join(dir, "etc/x.conf"), "x")
	tree := newTree()
	if err := tree.folder(".", dir, modeOfKind); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(listTar(t, tree), "\n")
	want := "-rwxr-xr-x etc/\n-rw-r--r-- etc/x.conf = x\n-rwxr-xr-x kind/\n-rwxr-xr-x kind/bin/\n-rwxr-xr-x kind/bin/hook.sh = #!"
	if got != want {
		t.Errorf("tree is written as\n%s\nwant\n%s", got, want)
	}
}

// A part of Debian is packages, the libraries that they need, and the names that lead to them.
func TestPartOfDebian(t *testing.T) {
	root := writeTar(t,
		"lib -> usr/lib", "usr/", "usr/sbin/nft=x", "usr/lib/libnft.so=x", "usr/lib/libc.so=x", "usr/lib/other.so=x", "usr/share/doc/nftables/NEWS=x",
		"usr/share/doc/nftables/copyright=x", "usr/sbin/tables -> /etc/alternatives/tables", "etc/alternatives/tables -> /usr/sbin/nft",
		"usr/sbin/editor -> /etc/alternatives/editor", "etc/alternatives/editor -> /usr/bin/vi",
		"var/lib/dpkg/info/nftables.list=/usr\n/usr/sbin/nft\n/usr/share/doc/nftables/NEWS\n/usr/share/doc/nftables/copyright\n",
		"var/lib/dpkg/info/libnft1:amd64.list=/lib/libnft.so\n",
		"var/lib/dpkg/info/libc6:amd64.list=/lib/libc.so\n",
		"var/lib/dpkg/info/other.list=/usr/lib/other.so\n",
		"var/lib/dpkg/status=Package: nftables\nDepends: libnft1 (>= 1.0), other | none\n\nPackage: libnft1\nPre-Depends: libc6:any\n",
	)
	d, err := readDebian(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for name := range d.part("nftables") {
		got = append(got, name)
	}
	slices.Sort(got)
	want := "etc/alternatives/tables usr/lib/libc.so usr/lib/libnft.so usr/sbin/nft usr/sbin/tables usr/share/doc/nftables/copyright"
	if strings.Join(got, " ") != want {
		t.Errorf("part = %q, want %q", got, want)
	}
}
