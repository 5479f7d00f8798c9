package browsertest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// settings are what the environment says.
type settings struct {
	slipway     string
	axe         string // the source of axe-core
	chromium    string
	root        string
	screenshots string
}

func readSettings(getenv func(string) string) (settings, error) {
	var errs []error
	file := func(name, env, hint string) string {
		path, err := filepath.Abs(name)
		if err == nil && name == "" {
			err = fmt.Errorf("%s is not set", env)
		}
		if err == nil {
			_, err = os.Stat(path)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%w: %s", err, hint))
		}
		return path
	}
	chromium := getenv("SLIPWAY_CHROMIUM")
	if chromium == "" {
		chromium, _ = exec.LookPath("chromium")
	}
	s := settings{
		slipway:     file(getenv("SLIPWAY_BIN"), "SLIPWAY_BIN", "go build -o /tmp/slipway ./cmd/slipway && export SLIPWAY_BIN=/tmp/slipway"),
		chromium:    file(cmp.Or(chromium, "/usr/bin/chromium"), "SLIPWAY_CHROMIUM", "apt-get install chromium"),
		root:        file(cmp.Or(getenv("SLIPWAY_ROOT"), filepath.Join("..", "..")), "SLIPWAY_ROOT", "export SLIPWAY_ROOT=the folder of the checkout"),
		screenshots: getenv("SLIPWAY_SCREENSHOTS"),
	}
	axe := file(getenv("SLIPWAY_AXE"), "SLIPWAY_AXE", "npm install --prefix /tmp/axe axe-core && export SLIPWAY_AXE=/tmp/axe/node_modules/axe-core/axe.min.js")
	if err := errors.Join(errs...); err != nil {
		return s, err
	}
	src, err := os.ReadFile(axe)
	s.axe = string(src)
	return s, err
}

func TestMissingSettingsSayWhatToType(t *testing.T) {
	env := map[string]string{"SLIPWAY_CHROMIUM": "/missing/chromium", "SLIPWAY_ROOT": "/missing/root"}
	_, err := readSettings(func(name string) string { return env[name] })
	for _, want := range []string{
		"SLIPWAY_BIN is not set: go build -o /tmp/slipway ./cmd/slipway",
		"SLIPWAY_AXE is not set: npm install",
		"/missing/chromium: no such file or directory: apt-get install chromium",
		"/missing/root: no such file or directory: export SLIPWAY_ROOT",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}
