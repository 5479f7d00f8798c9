package image

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// graderOf makes a grader image of one lower layer and a class.
func graderOf(t *testing.T, class string) (file, ref string) {
	t.Helper()
	lower := makeLayer(t, "system", true).dir
	top, tree := t.TempDir(), newTree()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(class), 0o644); err != nil {
		t.Fatal(err)
	}
	tree.dir(graderClass, 0o700)
	if err := errors.Join(tree.folder(graderClass, dir, onlyRoot), writeLayer(top, tree, true)); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "grader.tar")
	ref, err := writeGrader(file, "amd64", []string{lower, top})
	if err != nil {
		t.Fatal(err)
	}
	return file, ref
}

// The tag of a grader image is the digest of all that is in it: the same class gives the same name, another one
// another.
func TestGraderTag(t *testing.T) {
	file, ref := graderOf(t, "a")
	if _, again := graderOf(t, "a"); again != ref {
		t.Errorf("the same class is %s, then %s", ref, again)
	}
	if _, other := graderOf(t, "b"); other == ref {
		t.Errorf("another class is %s too", ref)
	}
	tag, err := name.NewTag(ref)
	if err != nil {
		t.Fatal(err)
	}
	img, err := tarball.ImageFromPath(file, &tag)
	if err != nil {
		t.Fatal(err)
	}
	id, err := img.ConfigName()
	if err != nil || ref != "slipway/grader:"+id.Hex {
		t.Errorf("%s has the configuration %s, %v", ref, id, err)
	}
}

// Nobody but the worker can read the class.
func TestGraderClassIsClosed(t *testing.T) {
	file, _ := graderOf(t, "secret")
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	members, err := indexTar(f)
	if err != nil {
		t.Fatal(err)
	}
	entry, err := members.manifest(f)
	if err != nil || len(entry.Layers) != 2 {
		t.Fatalf("%+v, %v", entry, err)
	}
	top := filepath.Join(t.TempDir(), layerFile)
	out, err := os.Create(top)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, members[entry.Layers[1]]); err != nil {
		t.Fatal(err)
	}
	compressed := v1.Hash{Hex: "differs from that of what is in it"}
	r, err := (&layer{path: top, Blob: compressed}).Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	modes := map[string]int64{}
	z := tar.NewReader(r)
	for {
		h, err := z.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		modes[h.Name] = h.Mode
	}
	if len(modes) != 2 || modes["class/"] != 0o700 || modes["class/manifest.json"] != 0o600 {
		t.Errorf("modes %v", modes)
	}
}

func TestGoTreeHasNoTests(t *testing.T) {
	root := t.TempDir()
	for _, f := range []string{"bin/go", "src/fmt/print.go", "src/fmt/print_test.go", "src/fmt/testdata/x", "test/fixedbugs/a.go", "VERSION"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, f)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, f), nil, fs.FileMode(0o755)); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := goTree(root)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, f := range []string{"bin/go", "src/fmt/print.go", "src/fmt/print_test.go", "src/fmt/testdata/x", "test/fixedbugs/a.go", "VERSION"} {
		if _, ok := tree.files[graderGo+"/"+f]; ok {
			files = append(files, f)
		}
	}
	if got := strings.Join(files, " "); got != "bin/go src/fmt/print.go VERSION" {
		t.Errorf("it has %s", got)
	}
}

func TestIsStatic(t *testing.T) {
	if isStatic(filepath.Join(t.TempDir(), "none")) {
		t.Error("a file that is not there is said to be static")
	}
	if _, err := os.Stat("/bin/sh"); err == nil && isStatic("/bin/sh") {
		t.Error("/bin/sh is said to be static")
	}
}
