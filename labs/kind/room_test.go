//go:build unix

package kind

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/labs"
)

// A cluster whose making fails of a full disk says so, although there is room again when what is half-made is
// taken back: what kind tells of is what timed out.
func TestFullDiskIsTold(t *testing.T) {
	bin := t.TempDir()
	const docker = "#!/bin/sh\nif [ $1 = ps ]; then exit 0; fi\necho timed out >&2\nexit 1\n"
	if err := os.WriteFile(filepath.Join(bin, "docker"), []byte(docker), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	tookBack := false
	c, err := New(labs.Shared(labs.One), Options{
		Engine: Engine{Name: "docker"}, Dir: t.TempDir(),
		Image: func(context.Context) (string, error) { return "node:1", nil },
		Room: func(context.Context) error {
			if tookBack {
				return nil
			}
			return fmt.Errorf("%w: only 1 MB are left in /data", labs.ErrNoRoom)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Start(t.Context(), func(step string) { tookBack = tookBack || strings.HasPrefix(step, "taking back") })
	if !errors.Is(err, labs.ErrNoRoom) || !tookBack {
		t.Errorf("Start = %v, taken back: %v", err, tookBack)
	}
}

// Podman keeps the volume of a node when the node is deleted, since kind gives it a name.
func TestVolumesOfPodmanAreRemoved(t *testing.T) {
	for _, test := range []struct {
		name string
		want string
	}{
		{"podman", "rm --force --volumes 1234\nvolume ls --quiet --filter label=x-control-plane\nvolume rm --force 687b\n"},
		{"docker", "rm --force --volumes 1234\n"},
	} {
		program := filepath.Join(t.TempDir(), test.name)
		const script = "#!/bin/sh\necho \"$@\" >>\"$0.calls\"\nif [ \"$1 $2\" = \"volume ls\" ]; then echo 687b; fi\n"
		if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := (Engine{Name: test.name, Path: program}).remove(t.Context(), []container{{ID: "1234", Name: "x-control-plane"}}); err != nil {
			t.Fatal(err)
		}
		calls, err := os.ReadFile(program + ".calls")
		if err != nil || string(calls) != test.want {
			t.Errorf("%s is called\n%s%v; want\n%s", test.name, calls, err, test.want)
		}
	}
}
