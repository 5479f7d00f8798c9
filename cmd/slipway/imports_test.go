package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/slipway-workshop/slipway"

// imports says which packages of this module each may import; ARCHITECTURE.md draws it. What is
// missing here may import none. site sees what tasks are, never how they are checked; companion
// knows verdicts only.
var imports = map[string]string{
	"content/frontmatter":        "",
	"content/fence":              "content/frontmatter",
	"content":                    "content/frontmatter",
	"exercises/verdict":          "",
	"exercises/atomicfile":       "",
	"exercises/sandbox":          "",
	"exercises/isolation":        "exercises/sandbox",
	"exercises/task":             "content content/frontmatter",
	"exercises":                  "content/frontmatter exercises/task",
	"exercises/gotool":           "exercises/sandbox",
	"exercises/world":            "content/frontmatter exercises/task",
	"exercises/world/proxytest":  "",
	"exercises/workspace":        "exercises/atomicfile exercises/task",
	"exercises/submission":       "exercises/workspace",
	"exercises/grade":            "exercises/isolation exercises/submission exercises/verdict exercises/workspace",
	"exercises/grade/kubernetes": "exercises/grade exercises/verdict exercises/workspace",
	"exercises/grade/report":     "exercises/atomicfile exercises/grade exercises/isolation exercises/verdict",
	"exercises/grade/similarity": "exercises/task exercises/verdict exercises/workspace",
	"exercises/grade/classtest":  "content/frontmatter exercises exercises/submission exercises/task exercises/workspace",
	"exercises/check":            "content/frontmatter exercises/gotool exercises/isolation exercises/sandbox exercises/task exercises/verdict exercises/workspace exercises/world",
	"exercises/prove":            "content content/fence content/frontmatter exercises/atomicfile exercises/check exercises/gotool exercises/sandbox exercises/task exercises/verdict exercises/workspace exercises/world",
	"site/render":                "content/fence content/frontmatter site/cache",
	"site/book":                  "",
	"site/book/booktest":         "",
	"site/cache":                 "",
	"site/search":                "content/frontmatter site/cache",
	"site":                       "content content/frontmatter exercises/task site/book site/cache site/render site/search",
	"site/companion":             "exercises/verdict",
	"labs":                       "content/frontmatter exercises/sandbox exercises/task",
	"labs/kubeapi":               "labs",
	"labs/kind":                  "exercises/atomicfile exercises/sandbox labs labs/kubeapi",
	"labs/kubeconfig":            "exercises/sandbox labs labs/kubeapi",
	"labs/clustertest":           "exercises/sandbox labs",
	"labs/snapshot":              "exercises/sandbox labs",
	"labs/nodefiles":             "exercises/atomicfile exercises/sandbox labs",
	"labs/engine":                "exercises/atomicfile exercises/check exercises/sandbox exercises/task exercises/verdict exercises/workspace labs labs/nodefiles labs/snapshot",
	"labs/local":                 "exercises/atomicfile exercises/check exercises/sandbox",
	"labs/host/ociruntime":       "",
	"labs/host":                  "exercises/atomicfile exercises/sandbox labs/host/ociruntime",
	"labs/image":                 "exercises/atomicfile exercises/gotool",
	"labs/toolbox":               "",
	"cmd/slipway": "content exercises exercises/atomicfile exercises/check exercises/gotool exercises/grade exercises/grade/kubernetes exercises/grade/report exercises/grade/similarity exercises/isolation exercises/prove exercises/sandbox exercises/submission exercises/task exercises/verdict exercises/workspace exercises/world " +
		"labs labs/engine labs/host labs/host/ociruntime labs/image labs/kind labs/kubeconfig labs/local site site/book site/companion",
}

// TestImports holds the packages to the directions in which they may import one another.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", modulePath+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]bool{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(pkg.ImportPath, modulePath+"/")
		seen[name] = true
		allowed, ok := imports[name]
		if !ok {
			t.Errorf("package %s is not in the table of this test: say there what it may import, and draw it in ARCHITECTURE.md", name)
		}
		for _, path := range pkg.Imports {
			if own, ok := strings.CutPrefix(path, modulePath+"/"); ok && !slices.Contains(strings.Fields(allowed), own) {
				t.Errorf("package %s imports %s, against the directions in ARCHITECTURE.md", name, own)
			}
		}
	}
	for name := range imports {
		if !seen[name] {
			t.Errorf("the table names package %s, which is gone", name)
		}
	}
}

// TestClientset keeps the clientset of client-go out of the program and its tests: with it come the types of all API groups,
// and the program is larger by half and takes two thirds longer to compile.
func TestClientset(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-test", modulePath+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "k8s.io/client-go/dynamic") {
		t.Errorf("k8s.io/client-go/dynamic is not among %d packages", len(packages))
	}
	for _, path := range packages {
		if path == "k8s.io/client-go/kubernetes" || path == "k8s.io/client-go/kubernetes/scheme" {
			t.Errorf("something imports %s: go list -deps tells what; use client-go/dynamic, or a client of the few kinds, as exercises/grade/kubernetes does", path)
		}
	}
}
