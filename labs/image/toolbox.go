package image

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// ToolboxRef is the image of the labs' workloads. Every node of a built image has it.
const ToolboxRef = "slipway/toolbox:v1"

var toolboxConfig = v1.Config{
	Entrypoint: []string{"/bin/toolbox"}, Cmd: []string{"serve"}, Env: []string{"PATH=/bin"}, WorkingDir: "/",
}

const (
	toolboxPackage = "labs/toolbox"
	toolboxProgram = "toolbox"
	toolboxLinks   = "commands"    // the names of the program's commands, one a line
	toolboxArchive = "toolbox.tar" // docker-archive
)

// toolboxStep builds the program, for Linux on any system.
func toolboxStep(source string, golang toolchain) (*step, error) {
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w"}
	dir := filepath.Join(source, filepath.FromSlash(toolboxPackage))
	sum, err := newKey("toolbox").add("go", golang.version, golang.arch).add("args", args...).sources(os.DirFS(dir)).sum()
	if err != nil {
		return nil, fmt.Errorf("read the sources of the toolbox: %w", err)
	}
	return &step{name: "toolbox", key: sum, make: func(ctx context.Context, out string) error {
		program := filepath.Join(out, toolboxProgram)
		if _, err := golang.run(ctx, dir, []string{"CGO_ENABLED=0"}, append(args, "-o", program, ".")...); err != nil {
			return err
		}
		list, err := toolboxCommands(ctx, dir, program)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(out, toolboxLinks), []byte(list), 0o666)
	}}, nil
}

// toolboxCommands asks the program for the names of its commands, or one like it where this machine cannot run it.
func toolboxCommands(ctx context.Context, dir, program string) (string, error) {
	if runtime.GOOS == "linux" {
		return command(ctx, dir, nil, program, "--list")
	}
	return command(ctx, dir, []string{"GOFLAGS=", "GOWORK=off"}, "go", "run", ".", "--list")
}

// toolboxTree is the program with a link for each of its commands.
func toolboxTree(toolbox *step) (*tree, error) {
	list, err := os.ReadFile(toolbox.file(toolboxLinks))
	if err != nil {
		return nil, err
	}
	t := newTree()
	for _, link := range strings.Fields(string(list)) {
		t.link("bin/"+link, toolboxProgram)
	}
	t.dir("tmp", 0o1777)
	t.data("etc/passwd", 0o644, []byte("root:x:0:0:root:/:/bin/toolbox\nnobody:x:65534:65534:nobody:/:/bin/toolbox\n"))
	t.data("etc/group", 0o644, []byte("root:x:0:\nnobody:x:65534:\n"))
	return t, t.disk("bin/"+toolboxProgram, 0o755, toolbox.file(toolboxProgram))
}

// Toolbox returns a docker-archive file with the toolbox image, for clusters whose nodes do not have it.
func (s *Store) Toolbox(ctx context.Context) (archive, ref string, err error) {
	r, err := s.recipe(ctx)
	if err != nil {
		return "", "", err
	}
	last := r.steps["toolbox-archive"]
	if !last.done() {
		p := plan{steps: []*step{r.steps["toolbox"], last}, report: s.report}
		if err := p.run(ctx); err != nil {
			return "", "", err
		}
	}
	return last.file(toolboxArchive), ToolboxRef, nil
}

// toolboxArchiveStep writes an image that everything can load: its layer is compressed by gzip.
func toolboxArchiveStep(toolbox *step, golang toolchain) (*step, error) {
	sum, err := newKey("toolbox-archive").add("assembly", assembly()).steps(toolbox).sum()
	return &step{name: "toolbox-archive", key: sum, needs: []*step{toolbox}, make: func(_ context.Context, out string) error {
		t, err := toolboxTree(toolbox)
		if err != nil {
			return err
		}
		l, err := tarball.LayerFromOpener(t.open, tarball.WithCompressedCaching)
		if err != nil {
			return err
		}
		img, err := newImage(toolboxConfig, golang.arch, l)
		if err != nil {
			return err
		}
		tag, err := name.NewTag(ToolboxRef)
		if err != nil {
			return err
		}
		return tarball.WriteToFile(filepath.Join(out, toolboxArchive), tag, img)
	}}, err
}
