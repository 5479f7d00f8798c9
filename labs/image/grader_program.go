package image

import (
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// GraderProgram returns a slipway for Linux that runs in any image: this very program where it needs no libraries,
// else one that is built from the checkout.
func (s *Store) GraderProgram(ctx context.Context) (string, error) {
	self, err := os.Executable()
	if err == nil && runtime.GOOS == "linux" {
		if self, err = filepath.EvalSymlinks(self); err == nil && isStatic(self) {
			return self, nil
		}
	}
	if s.Source == "" {
		return "", fmt.Errorf("find a slipway for pods: this one needs libraries of this machine (CGO_ENABLED=1), and %w", ErrNoSource)
	}
	golang, err := findToolchain(ctx, s.Source)
	if err != nil {
		return "", err
	}
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w"}
	sum, err := newKey("grader-program").add("go", golang.version, golang.arch).add("args", args...).sources(os.DirFS(s.Source)).sum()
	if err != nil {
		return "", fmt.Errorf("build slipway for pods: %w", err)
	}
	build := &step{name: "grader-program", key: sum, dir: filepath.Join(s.Cache, "image", "grader-program-"+sum[:12]), make: func(ctx context.Context, out string) error {
		_, err := golang.run(ctx, s.Source, []string{"CGO_ENABLED=0"}, append(args, "-o", filepath.Join(out, "slipway"), "./cmd/slipway")...)
		return err
	}}
	if err := (&plan{steps: []*step{build}, report: s.report}).run(ctx); err != nil {
		return "", err
	}
	return build.file("slipway"), nil
}

// isStatic reports whether a program is started without a dynamic linker.
func isStatic(program string) bool {
	f, err := elf.Open(program)
	if err != nil {
		return false
	}
	defer f.Close()
	return !slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}

// fileSum returns the SHA-256 of a file, and its size.
func fileSum(name string) (string, int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), n, err
}
