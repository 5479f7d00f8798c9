//go:build unix

package site_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const hugoVersion = "v0.166.0"

// buildHugo returns the file of Hugo, which is built from its module the first time. That takes some
// minutes and a network; go fetches a newer Go if Hugo asks for one.
func buildHugo() (string, error) {
	dir, err := filepath.Abs(filepath.Join("..", ".cache", "hugo-"+hugoVersion))
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "hugo")
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	fmt.Printf("building Hugo %s, once, in %s\n", hugoVersion, dir)
	cmd := exec.Command("go", "install", "github.com/gohugoio/hugo@"+hugoVersion)
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOTOOLCHAIN=auto", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return "", fmt.Errorf("build hugo %s: %w: %s", hugoVersion, err, lines[len(lines)-1])
	}
	return file, nil
}

// hugoFiles are the site around the pages: no theme, highlighting with classes as ours, a file for each
// page, and a sidebar that is made once for sixty pages, as many as one of our pages lists.
var hugoFiles = map[string]string{
	"hugo.toml": `baseURL = "https://example.test/"
title = "Generated"
uglyURLs = true
disableKinds = ["taxonomy", "term", "rss"]
[markup.highlight]
noClasses = false
`,
	"layouts/_default/baseof.html": `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ .Title }}</title><meta name="description" content="{{ .Description }}"></head>
<body>{{ with .CurrentSection }}{{ partialCached "sidebar.html" (dict "section" . "group" (div $.Weight 60)) .Path (div $.Weight 60) }}{{ end }}
<main>{{ block "main" . }}{{ end }}</main></body>
</html>
`,
	"layouts/_default/single.html": `{{ define "main" }}<h1>{{ .Title }}</h1>{{ .TableOfContents }}{{ .Content }}{{ end }}
`,
	"layouts/_default/list.html": `{{ define "main" }}<h1>{{ .Title }}</h1>{{ end }}
`,
	"layouts/partials/sidebar.html": `<nav><ol>{{ range first 60 (after (mul 60 .group) .section.RegularPages) }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ol></nav>
`,
}

// generateHugo writes the pages of generate as Hugo reads them, below dir.
func generateHugo(tb testing.TB, dir string, n int) {
	tb.Helper()
	for name, data := range hugoFiles {
		writeFile(tb, filepath.Join(dir, name), data)
	}
	for part := range 10 {
		section := filepath.Join(dir, "content", fmt.Sprintf("p%d", part))
		writeFile(tb, filepath.Join(section, "_index.md"), fmt.Sprintf("---\ntitle: Part %d\n---\n", part))
		for i := part * n / 10; i < (part+1)*n/10; i++ {
			writeFile(tb, filepath.Join(section, fmt.Sprintf("c%05d.md", i)), hugoPage(i, n, i-part*n/10))
		}
	}
}

var (
	chapterLink = regexp.MustCompile(`chapter:c(\d+)`)
	fileAttr    = regexp.MustCompile(` \{file=\S+\}`)
)

// hugoPage is a chapter with Hugo's front matter, links and fences.
func hugoPage(i, n, place int) string {
	_, body, _ := strings.Cut(strings.TrimPrefix(chapter(i, n), "---\n"), "---\n")
	body = fileAttr.ReplaceAllString(body, "")
	body = chapterLink.ReplaceAllStringFunc(body, func(link string) string {
		var to int
		fmt.Sscanf(link, "chapter:c%d", &to)
		return fmt.Sprintf("../p%d/c%05d.html", to*10/n, to)
	})
	return fmt.Sprintf("---\ntitle: Chapter %d\ndescription: You can do thing %d.\nweight: %d\n---\n%s", i, i, place+1, body)
}

// hugo is the process that builds the site in dir into out. What it caches, it caches in dir.
func hugo(file, dir, out string) *exec.Cmd {
	cmd := exec.Command(file, "--quiet", "--source", dir, "--destination", out)
	cmd.Env = append(os.Environ(), "HUGO_CACHEDIR="+filepath.Join(dir, "cache"))
	return cmd
}
