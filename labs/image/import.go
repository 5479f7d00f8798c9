package image

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Import gives the engine an image from a file that Export wrote. Other files are refused before the engine
// sees them.
func (s *Store) Import(ctx context.Context, file string) (Info, error) {
	want, err := peek(ctx, file)
	if err != nil {
		return Info{}, fmt.Errorf("import node image: %s: %w", file, err)
	}
	f, err := os.Open(file)
	if err != nil {
		return Info{}, fmt.Errorf("import node image: %w", err)
	}
	defer f.Close()
	if _, err := s.engine(ctx, f, "load"); err != nil {
		return Info{}, fmt.Errorf("import node image: %w", err)
	}
	got, err := s.Inspect(ctx, want.Ref)
	if err != nil {
		return Info{}, fmt.Errorf("import node image: %w", err)
	}
	if got.Recipe != want.Recipe {
		return Info{}, fmt.Errorf("import node image: %s in the engine has the recipe %.12s, the file %.12s: remove it (%s image rm %[1]s) and import again",
			want.Ref, got.Recipe, want.Recipe, s.Engine)
	}
	return got, s.remember(got.Ref)
}

// errForeign is the error of files that Export did not write.
var errForeign = errors.New("it is not a file that slipway image export wrote")

// peek reads which image a file holds: Export writes that first.
func peek(ctx context.Context, file string) (Info, error) {
	f, err := os.Open(file)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := decompressor(ctx, f)
	if err != nil {
		return Info{}, err
	}
	in := tar.NewReader(r)
	var list []manifestEntry
	name, data, err := readMember(in)
	if err != nil || name != manifestFile || json.Unmarshal(data, &list) != nil || len(list) != 1 || len(list[0].RepoTags) != 1 {
		return Info{}, errForeign
	}
	name, data, err = readMember(in)
	if err != nil || name != list[0].Config {
		return Info{}, errForeign
	}
	return describe(list[0], data)
}

// describe tells what an image's configuration says of it.
func describe(entry manifestEntry, config []byte) (Info, error) {
	var file v1.ConfigFile
	if err := json.Unmarshal(config, &file); err != nil {
		return Info{}, errForeign
	}
	labels := file.Config.Labels
	info := Info{
		Ref: entry.RepoTags[0], Arch: file.Architecture,
		Recipe: labels[labelRecipe], Kubernetes: labels[labelKubernetes], Toolbox: labels[labelToolbox],
	}
	if info.Recipe == "" {
		return Info{}, errForeign
	}
	sum := sha256.Sum256(config)
	if !strings.Contains(entry.Config, hex.EncodeToString(sum[:])) {
		return Info{}, errors.New("it is damaged: the image's configuration has another digest than its name says")
	}
	return info, nil
}

// maxDescription is more than what describes an image takes.
const maxDescription = 1 << 20

func readMember(in *tar.Reader) (name string, data []byte, err error) {
	header, err := in.Next()
	if err != nil {
		return "", nil, err
	}
	data, err = io.ReadAll(io.LimitReader(in, maxDescription))
	return header.Name, data, err
}

// decompressor undoes what compressor did.
func decompressor(ctx context.Context, f *os.File) (io.Reader, error) {
	r := bufio.NewReader(f)
	magic, _ := r.Peek(6) // a short file has none
	switch {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		return gzip.NewReader(r)
	case bytes.Equal(magic, []byte("\xfd7zXZ\x00")):
		cmd := exec.CommandContext(ctx, "xz", "--decompress", "--stdout")
		cmd.Stdin = r
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("%w: install xz (apt-get install xz-utils, brew install xz)", err)
		}
		context.AfterFunc(ctx, func() { _ = cmd.Wait() })
		return out, nil
	}
	return r, nil
}
