package local

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"golang.org/x/mod/modfile"
	"golang.org/x/tools/txtar"
)

// programs holds a module for each program that labs run, whose go.mod names the program as its tool and
// whose go.sum says what it is made of, to the byte.
//
//go:embed programs
var programs embed.FS

// A Builder builds programs from their modules, once for each version of one. That needs the module proxy
// that the person has set, and no registry.
type Builder struct {
	Go    string // the go command
	Cache string // folder for what is built
	Say   func(string)
}

// BuildAll returns the folders of programs, and builds those that are not there yet.
func (b Builder) BuildAll(ctx context.Context, names []string) (dirs []string, err error) {
	for _, name := range names {
		dir, err := b.Build(ctx, name)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, dir)
	}
	return dirs, nil
}

// Build returns the folder of a program, and builds it where it is not there yet.
func (b Builder) Build(ctx context.Context, name string) (dir string, err error) {
	data, err := programs.ReadFile("programs/" + name + ".txtar")
	if err != nil {
		return "", fmt.Errorf("build %s: no such program", name)
	}
	archive := txtar.Parse(data)
	tool, version, err := named(archive)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	dir = filepath.Join(b.Cache, name+"-"+version)
	file := filepath.Join(dir, executable(name))
	if _, err := os.Stat(file); err == nil {
		return dir, nil
	}
	if b.Say != nil {
		b.Say(fmt.Sprintf("building %s %s from its module, once: about two minutes", name, version))
	}
	source, err := os.MkdirTemp("", "slipway-build-")
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	defer os.RemoveAll(source)
	for _, f := range archive.Files {
		if err := os.WriteFile(filepath.Join(source, f.Name), f.Data, 0o666); err != nil {
			return "", fmt.Errorf("build %s: %w", name, err)
		}
	}
	draft := filepath.Join(source, "program")
	if err := b.build(ctx, source, draft, tool); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	return dir, keep(draft, file)
}

func (b Builder) build(ctx context.Context, dir, out, tool string) error {
	res, err := sandbox.Run(ctx, sandbox.Command{
		Args: []string{b.Go, "build", "-trimpath", "-o", out, tool}, Dir: dir, Merge: true,
		Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0", "PWD="+dir),
	})
	if err == nil && res.ExitCode != 0 {
		err = fmt.Errorf("%s\nit is made of Go modules: see whether go env GOPROXY leads to a module proxy that can be reached",
			strings.TrimSpace(string(res.Stdout)))
	}
	return err
}

// keep puts a program where it stays, in one step.
func keep(draft, file string) error {
	data, err := os.ReadFile(draft)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o777)
	}
	if err == nil {
		err = atomicfile.Write(file, data)
	}
	if err == nil {
		err = os.Chmod(file, 0o777)
	}
	return err
}

// named returns the tool that a module names, and the version of the module that it comes from.
func named(a *txtar.Archive) (tool, version string, err error) {
	for _, f := range a.Files {
		if f.Name != "go.mod" {
			continue
		}
		mod, err := modfile.Parse(f.Name, f.Data, nil)
		if err != nil {
			return "", "", err
		}
		for _, r := range mod.Require {
			if len(mod.Tool) == 1 && strings.HasPrefix(mod.Tool[0].Path+"/", r.Mod.Path+"/") {
				return mod.Tool[0].Path, r.Mod.Version, nil
			}
		}
	}
	return "", "", errors.New("its go.mod does not name one tool and the module that it comes from")
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}
