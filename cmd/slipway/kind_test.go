package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// errChosen stands for the image that kind would get: with it, no cluster is made.
var errChosen = errors.New("the course's image was asked for")

// kind gets the course's image where nothing names one, and no configuration is changed.
func TestKindImage(t *testing.T) {
	plain := "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n- role: worker\n"
	named := plain + "  image: kindest/node:v1.0.0\n"
	dir := t.TempDir()
	for name, text := range map[string]string{"plain.yaml": plain, "named.yaml": named} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		args, stdin string
		asked       bool
	}{
		{"", "", true},
		{"--image x", "", false},
		{"--config " + filepath.Join(dir, "plain.yaml"), "", true},
		{"--config " + filepath.Join(dir, "plain.yaml") + " --image x", "", false},
		{"--config " + filepath.Join(dir, "named.yaml"), "", false},
		{"--config -", plain, true},
		{"--config -", named, false},
	} {
		in := &input{strings.NewReader(test.stdin)}
		a := &app{in: in, out: &bytes.Buffer{}, err: &bytes.Buffer{}}
		create, _, err := a.kindRoot(nil).Find([]string{"create", "cluster"})
		if err != nil {
			t.Fatal(err)
		}
		if err := create.ParseFlags(strings.Fields(test.args)); err != nil {
			t.Fatal(err)
		}
		err = defaultImage(create, in, func(context.Context) (string, error) { return "", errChosen })
		if errors.Is(err, errChosen) != test.asked || err != nil && !test.asked {
			t.Errorf("create cluster %s < %q: %v, asked for the image: want %v", test.args, test.stdin, err, test.asked)
		}
		if rest, err := io.ReadAll(in); err != nil || string(rest) != test.stdin {
			t.Errorf("kind would read %q, %v", rest, err)
		}
	}
}
