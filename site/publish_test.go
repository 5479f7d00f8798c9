package site_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/site"
)

func TestPublish(t *testing.T) {
	fsys := inChinese(t)
	replace(t, fsys, "course.yaml", "url:", "redirects: {packages: modules}\nurl:")
	_, got := build(t, site.Options{Content: fsys, Tasks: tasks(), Publish: true, Changed: map[string]string{"content/en/modules.md": "2026-11-21"}})
	var manifest struct {
		Icons []struct{ Src string }
	}
	if err := json.Unmarshal([]byte(got["manifest.webmanifest"]), &manifest); err != nil {
		t.Fatal(err)
	}
	for _, icon := range manifest.Icons {
		if got[icon.Src] == "" {
			t.Errorf("icon %s is missing", icon.Src)
		}
	}
	for name, wants := range map[string][]string{
		"sw.js":            {`"zh/modules.html"`, `"assets/`, `"index.html"`},
		"en/packages.html": {`url=modules.html`, `<script src="../assets/moved-`, `<link rel="canonical" href="https://example.test/slipway/en/modules.html">`},
		"en/modules.html":  {`rel="manifest" href="../manifest.webmanifest"`, "Last changed on 2026-11-21"},
		"llms.txt":         {"# Slipway\n\n> Learn Go modules", "## Modules", "(https://example.test/slipway/en/versions.md): You can predict"},
		"sitemap.xml":      {`<lastmod>2026-11-21</lastmod>`, `hreflang="zh-CN" href="https://example.test/slipway/zh/modules.html"`, "<loc>https://example.test/slipway/zh/modules.html</loc>"},
	} {
		for _, want := range wants {
			if !strings.Contains(got[name], want) {
				t.Errorf("%s does not hold %s", name, want)
			}
		}
	}
	for name, not := range map[string]string{"sitemap.xml": "packages.html", "sw.js": ".md\""} {
		if strings.Contains(got[name], not) {
			t.Errorf("%s holds %s", name, not)
		}
	}
	if strings.Contains(got["sitemap.xml"], "<loc>https://example.test/slipway/zh/versions.html</loc>") {
		t.Error("the sitemap lists a page that is shown for want of a translation")
	}
}

func TestWorkerFollowsFiles(t *testing.T) {
	fsys := course(t)
	_, before := build(t, site.Options{Content: fsys, Tasks: tasks(), Publish: true})
	_, again := build(t, site.Options{Content: fsys, Tasks: tasks(), Publish: true})
	set(fsys, "en/modules.md", string(fsys["en/modules.md"].Data)+"\nMore.\n")
	_, after := build(t, site.Options{Content: fsys, Tasks: tasks(), Publish: true})
	if before["sw.js"] != again["sw.js"] || before["sw.js"] == after["sw.js"] {
		t.Error("the worker must be the same for the same files, and another one for others")
	}
}

func TestRedirectErrors(t *testing.T) {
	for redirects, want := range map[string]string{
		"{versions: modules}": "there is a page of this name",
		"{old: nope}":         `redirect to "nope": there is no such chapter or task`,
		"{en/old.html: x06}":  "write the old name of a chapter or task",
	} {
		fsys := course(t)
		replace(t, fsys, "course.yaml", "url:", "redirects: "+redirects+"\nurl:")
		_, err := site.Build(context.Background(), site.Options{Content: fsys, Tasks: tasks(), Out: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), "course.yaml:4:") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want %s", redirects, err, want)
		}
	}
}
