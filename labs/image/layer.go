package image

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// Files of a layer in a folder.
const (
	layerFile = "layer"
	layerInfo = "layer.json"
)

// A layer is one layer of an image, in a file. It is made once and read often, so its digests stand beside it.
type layer struct {
	Diff  v1.Hash         `json:"diffID"` // of the tar stream
	Blob  v1.Hash         `json:"digest"` // of the file
	Bytes int64           `json:"size"`   // of the file
	Type  types.MediaType `json:"mediaType"`
	path  string
}

var _ v1.Layer = (*layer)(nil)

func (l *layer) Digest() (v1.Hash, error)            { return l.Blob, nil }
func (l *layer) DiffID() (v1.Hash, error)            { return l.Diff, nil }
func (l *layer) Size() (int64, error)                { return l.Bytes, nil }
func (l *layer) MediaType() (types.MediaType, error) { return l.Type, nil }
func (l *layer) Compressed() (io.ReadCloser, error)  { return os.Open(l.path) }
func (l *layer) Uncompressed() (io.ReadCloser, error) {
	f, err := os.Open(l.path)
	if err != nil || l.Blob == l.Diff {
		return f, err
	}
	z, err := zstd.NewReader(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return unzipped{z, f}, nil
}

type unzipped struct {
	*zstd.Decoder
	file *os.File
}

func (u unzipped) Close() error {
	u.Decoder.Close()
	return u.file.Close()
}

// writeLayer writes a tree as a layer into a folder, compressed or not.
func writeLayer(dir string, t *tree, compress bool) error {
	f, err := os.Create(filepath.Join(dir, layerFile))
	if err != nil {
		return err
	}
	diff, blob := sha256.New(), sha256.New()
	out := io.MultiWriter(f, blob)
	l := layer{Type: types.OCIUncompressedLayer}
	if compress {
		l.Type = types.OCILayerZStd
		err = writeCompressed(out, diff, t)
	} else {
		err = t.write(io.MultiWriter(out, diff))
	}
	info, statErr := f.Stat()
	if err := errors.Join(err, statErr, f.Close()); err != nil {
		return err
	}
	l.Diff, l.Blob, l.Bytes = digest(diff), digest(blob), info.Size()
	if !compress {
		l.Blob = l.Diff
	}
	data, err := json.MarshalIndent(l, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, layerInfo), data, 0o666)
}

func writeCompressed(out, diff io.Writer, t *tree) error {
	z, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	err = t.write(io.MultiWriter(z, diff))
	return errors.Join(err, z.Close())
}

func digest(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

// readLayer finds the layer in a folder.
func readLayer(dir string) (*layer, error) {
	data, err := os.ReadFile(filepath.Join(dir, layerInfo))
	if err != nil {
		return nil, err
	}
	l := &layer{path: filepath.Join(dir, layerFile)}
	return l, json.Unmarshal(data, l)
}
