package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// bundle makes one file of an entry below script/ or style/ and of all that it imports. Scripts know
// the given values under their names.
func bundle(entry string, values map[string]any) ([]byte, error) {
	define := map[string]string{}
	for name, value := range values {
		data, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("bundle %s: %w", entry, err)
		}
		define[name] = string(data)
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{entry},
		Bundle:      true, Format: api.FormatIIFE, Target: api.ES2022, Charset: api.CharsetUTF8,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, LegalComments: api.LegalCommentsNone,
		Define:  define,
		Plugins: []api.Plugin{{Name: "embedded", Setup: fromEmbedded}},
	})
	var errs []error
	for _, m := range append(result.Errors, result.Warnings...) {
		var pos frontmatter.Position
		if at := m.Location; at != nil {
			pos = frontmatter.Position{File: "site/" + at.File, Line: at.Line, Col: at.Column + 1}
		}
		errs = append(errs, pos.Errorf("%s", m.Text))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return result.OutputFiles[0].Contents, nil
}

// fromEmbedded lets esbuild read the files that this package carries.
func fromEmbedded(build api.PluginBuild) {
	build.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
		return api.OnResolveResult{Path: path.Join(path.Dir(a.Importer), a.Path), Namespace: "embedded"}, nil
	})
	build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "embedded"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		data, err := embedded.ReadFile(a.Path)
		text, loader := string(data), api.LoaderJS
		if path.Ext(a.Path) == ".css" {
			loader = api.LoaderCSS
		}
		return api.OnLoadResult{Contents: &text, Loader: loader}, err
	})
}
