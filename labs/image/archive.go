package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// manifestFile names the images of a docker-archive.
const manifestFile = "manifest.json"

// A manifestEntry is an image in the manifest.json of a docker-archive.
type manifestEntry struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// writeArchive writes a docker-archive with an image whose layers are as they are, where a registry's
// libraries would compress them. What says which image it is comes first, so that a reader soon knows.
func writeArchive(w io.Writer, ref string, config []byte, layers []*layer) error {
	sum, _, err := v1.SHA256(bytes.NewReader(config))
	if err != nil {
		return err
	}
	entry := manifestEntry{Config: sum.Hex + ".json", RepoTags: []string{ref}}
	for _, l := range layers {
		entry.Layers = append(entry.Layers, l.Diff.Hex+".tar")
	}
	manifest, err := json.Marshal([]manifestEntry{entry})
	if err != nil {
		return err
	}
	out := tar.NewWriter(w)
	if err := writeMember(out, manifestFile, int64(len(manifest)), bytes.NewReader(manifest)); err != nil {
		return err
	}
	if err := writeMember(out, entry.Config, int64(len(config)), bytes.NewReader(config)); err != nil {
		return err
	}
	for i, l := range layers {
		if err := writeLayerFile(out, entry.Layers[i], l); err != nil {
			return err
		}
	}
	return out.Close()
}

func writeLayerFile(out *tar.Writer, name string, l *layer) error {
	f, err := os.Open(l.path)
	if err != nil {
		return err
	}
	defer f.Close()
	return writeMember(out, name, l.Bytes, f)
}

func writeMember(out *tar.Writer, name string, size int64, content io.Reader) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: size, ModTime: epoch}
	if err := out.WriteHeader(header); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := io.Copy(out, content); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
