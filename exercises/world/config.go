package world

import (
	"errors"
	"path"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"golang.org/x/mod/module"
)

// A Config is world.yaml: what a task's world has beyond the library.
type Config struct {
	// Releases are modules that the learner publishes from the workspace.
	Releases []Release `yaml:"releases,omitempty"`
}

// A Release says where the learner publishes a module.
type Release struct {
	Module string `yaml:"module"` // path of the module
	From   string `yaml:"from"`   // folder in the workspace; holds a folder for each version
}

// ParseConfig reads a world.yaml. No data means the standard world, which is the library alone.
func ParseConfig(file string, data []byte) (Config, error) {
	var c Config
	doc := frontmatter.New(file, data, 0, 0)
	if err := doc.Decode(&c); err != nil {
		return Config{}, err
	}
	var errs []error
	for _, r := range c.Releases {
		pos := doc.At("$.releases")
		if err := module.CheckPath(r.Module); err != nil {
			errs = append(errs, pos.Errorf("release: %w", err))
		}
		if r.From != path.Clean(r.From) || path.IsAbs(r.From) || r.From == "." || r.From == ".." || len(r.From) > 2 && r.From[:3] == "../" {
			errs = append(errs, pos.Errorf("release of %s: %q is not a folder below the workspace", r.Module, r.From))
		}
	}
	return c, errors.Join(errs...)
}
