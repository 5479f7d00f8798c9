package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
)

// Export writes an image of the engine to a file that Import takes: a docker-archive, compressed by xz where
// this machine has it, else by gzip, which is a third larger.
func (s *Store) Export(ctx context.Context, ref, file string) error {
	if err := s.export(ctx, ref, file); err != nil {
		return fmt.Errorf("export node image %s: %w", ref, err)
	}
	return nil
}

func (s *Store) export(ctx context.Context, ref, file string) error {
	info, err := s.Inspect(ctx, ref)
	if err != nil {
		return err
	}
	if info.Recipe == "" {
		return errors.New("it was not made by slipway image build")
	}
	dir, err := os.MkdirTemp(filepath.Dir(file), ".slipway-export-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	saved, packed := filepath.Join(dir, "saved"), filepath.Join(dir, "packed")
	if _, err := s.engine(ctx, nil, "save", "-o", saved, ref); err != nil {
		return err
	}
	if err := pack(ctx, packed, saved, info); err != nil {
		return err
	}
	return os.Rename(packed, file)
}

// pack writes what the engine saved in the order that Import wants, and compressed.
func pack(ctx context.Context, to, from string, info Info) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	members, err := indexTar(src)
	if err != nil {
		return err
	}
	image, err := members.manifest(src)
	if err != nil {
		return err
	}
	image.RepoTags = []string{plain(info.Ref)}
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	z, err := compressor(ctx, dst, info.Arch)
	if err == nil {
		err = errors.Join(members.write(z, src, image), z.Close())
	}
	return errors.Join(err, dst.Close())
}

// members are the files of a tar file, and where their content is.
type members map[string]*io.SectionReader

// indexTar reads a tar file's headers. A member that is a link to another has the other's content.
func indexTar(f *os.File) (members, error) {
	list, links := members{}, map[string]string{}
	for in := tar.NewReader(f); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name(), err)
		}
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		switch header.Typeflag {
		case tar.TypeReg:
			list[path.Clean(header.Name)] = io.NewSectionReader(f, at, header.Size)
		case tar.TypeSymlink:
			links[path.Clean(header.Name)] = path.Join(path.Dir(header.Name), header.Linkname)
		}
	}
	for name, target := range links {
		if m := list[target]; m != nil {
			list[name] = m
		}
	}
	return list, nil
}

// manifest returns the one image of a docker-archive.
func (m members) manifest(f *os.File) (manifestEntry, error) {
	var list []manifestEntry
	r := m[manifestFile]
	if r == nil {
		return manifestEntry{}, fmt.Errorf("%s has no %s", f.Name(), manifestFile)
	}
	if err := json.NewDecoder(r).Decode(&list); err != nil {
		return manifestEntry{}, fmt.Errorf("read %s: %w", manifestFile, err)
	}
	if len(list) != 1 {
		return manifestEntry{}, fmt.Errorf("%s names %d images", manifestFile, len(list))
	}
	return list[0], nil
}

func (m members) write(w io.Writer, f *os.File, image manifestEntry) error {
	manifest, err := json.Marshal([]manifestEntry{image})
	if err != nil {
		return err
	}
	out := tar.NewWriter(w)
	if err := writeMember(out, manifestFile, int64(len(manifest)), bytes.NewReader(manifest)); err != nil {
		return err
	}
	for _, name := range append([]string{image.Config}, image.Layers...) {
		r := m[name]
		if r == nil {
			return fmt.Errorf("%s has no %s", f.Name(), name)
		}
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := writeMember(out, name, r.Size(), r); err != nil {
			return err
		}
	}
	return out.Close()
}

// xzFilters keep the file below 200 MB. The filter for programs makes it smaller at no cost of time, the next level
// by as much again in a third more; those of other processors are newer than the xz of some who import.
func xzFilters(arch string) []string {
	const level = "--lzma2=preset=1"
	if arch == "amd64" {
		return []string{"--x86", level}
	}
	return []string{level}
}

// compressor compresses what is written to it, programs for arch above all.
func compressor(ctx context.Context, w io.Writer, arch string) (io.WriteCloser, error) {
	xz, err := exec.LookPath("xz")
	if err != nil {
		return gzip.NewWriterLevel(w, gzip.BestCompression)
	}
	cmd := exec.CommandContext(ctx, xz, append([]string{"--threads=0", "--stdout"}, xzFilters(arch)...)...)
	cmd.Stdout = w
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &filter{in, cmd}, nil
}

// A filter is a program that what is written goes through.
type filter struct {
	io.WriteCloser
	cmd *exec.Cmd
}

func (f *filter) Close() error {
	return errors.Join(f.WriteCloser.Close(), f.cmd.Wait())
}
