package image

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// Files that are no exported image are refused, and the engine does not see them: there is none here.
func TestImportRefuses(t *testing.T) {
	foreign, err := os.ReadFile(writeTar(t, "manifest.json=[]", "x=y"))
	if err != nil {
		t.Fatal(err)
	}
	unlabelled := bytes.ReplaceAll(nodeArchive(t, "0123"), []byte(labelRecipe), []byte("slipway.recipf"))
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"an empty file", nil, "not a file that slipway image export wrote"},
		{"text", []byte("hello, world"), "not a file that slipway image export wrote"},
		{"another archive", foreign, "not a file that slipway image export wrote"},
		{"another archive, compressed", gzipped(t, foreign), "not a file that slipway image export wrote"},
		{"half a gzip header", []byte("\x1f\x8b"), "EOF"},
		{"an image without our labels", unlabelled, "not a file that slipway image export wrote"},
		{"a changed label", bytes.ReplaceAll(nodeArchive(t, "0123"), []byte(`"0123"`), []byte(`"3210"`)), "damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "node.tar.xz")
			write(t, file, string(test.data))
			s := &Store{Engine: filepath.Join(t.TempDir(), "no-engine")}
			_, err := s.Import(context.Background(), file)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("Import = %v, want an error about %q", err, test.want)
			}
		})
	}
}

func TestImportOfNoFile(t *testing.T) {
	_, err := (&Store{}).Import(context.Background(), filepath.Join(t.TempDir(), "none"))
	if err == nil || !strings.Contains(err.Error(), "no such file") && !strings.Contains(err.Error(), "cannot find") {
		t.Errorf("Import = %v", err)
	}
}

// Whatever the order in which an engine saves an image, the file begins with what describes it, and is packed.
func TestExportedFileIsKnown(t *testing.T) {
	dir := t.TempDir()
	saved, packed := filepath.Join(dir, "saved"), filepath.Join(dir, "packed")
	members := readArchive(t, nodeArchive(t, "0123"))
	var entries []string
	for i := len(members) - 1; i >= 0; i-- {
		entries = append(entries, members[i])
	}
	write(t, saved, readFile(t, writeTar(t, entries...)))
	for _, path := range []string{os.Getenv("PATH"), ""} { // with xz, where it is installed, and without
		t.Setenv("PATH", path)
		if err := pack(context.Background(), packed, saved, Info{Ref: testRef, Arch: runtime.GOARCH}); err != nil {
			t.Fatal(err)
		}
		info, err := peek(context.Background(), packed)
		if err != nil || info.Ref != testRef || info.Recipe != "0123" || info.Kubernetes != Kubernetes || info.Arch != "amd64" {
			t.Errorf("the file is of %+v, %v", info, err)
		}
	}
}
