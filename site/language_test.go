package site_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/site"
)

const translated = "---\ntitle: 模块\noutcome: 你能说出模块是什么。\n---\n\n## 模块与包 {#a-module-and-its-packages}\n\n见[构建列表](glossary:build-list)和[版本](chapter:versions#how-a-version-is-chosen)。\n"

// inChinese adds a Chinese edition of one chapter and one term.
func inChinese(t *testing.T) fstest.MapFS {
	t.Helper()
	fsys := course(t)
	replace(t, fsys, "course.yaml", "url:", "  zh: 动手学。\nlanguages: [zh]\nurl:")
	replace(t, fsys, "course.yaml", "{en: Modules}", "{en: Modules, zh: 模块}")
	replace(t, fsys, "course.yaml", "{en: Clusters}", "{en: Clusters, zh: 集群}")
	set(fsys, "zh/modules.md", translated)
	set(fsys, "zh/glossary.yaml", "terms:\n  - {id: build-list, name: 构建列表, text: 一次构建所用的全部模块版本。}\n")
	return fsys
}

func TestLanguages(t *testing.T) {
	report, got := build(t, site.Options{Content: inChinese(t), Tasks: tasks()})
	if report.Pages != 18 {
		t.Errorf("%d pages, want 18: two languages of 8, the root, and that for what is not there", report.Pages)
	}
	checkPages(t, got)
	tests := []struct {
		name, page string
		holds      []string
		lacks      []string
	}{
		{"translated", "zh/modules.html", []string{
			`<html lang="zh-CN"`, `<h1>模块</h1>`, `href="glossary.html#build-list" class="term" data-definition="一次构建所用的全部模块版本。"`,
			`href="versions.html#how-a-version-is-chosen"`, `href="../en/modules.html" lang="en" hreflang="en"`,
			`<link rel="canonical" href="https://example.test/slipway/zh/modules.html">`, `/edit/main/content/zh/modules.md`,
		}, []string{`class="foreign"`}},
		{"source", "en/modules.html", []string{
			`<html lang="en"`, `href="../zh/modules.html" lang="zh-CN" hreflang="zh-CN"`,
			`<link rel="alternate" hreflang="zh-CN" href="https://example.test/slipway/zh/modules.html">`,
		}, []string{`class="foreign"`, "构建列表"}},
		{"chapter that falls back", "zh/versions.html", []string{
			`<html lang="zh-CN"`, `class="foreign"`, `<h1 lang="en">Versions`, `<link rel="canonical" href="https://example.test/slipway/en/versions.html">`,
		}, nil},
		{"task that falls back", "zh/x06.html", []string{`class="foreign"`, `<h1 lang="en">Predict the build list</h1>`}, nil},
		{"glossary", "zh/glossary.html", []string{`<div><dt id="build-list">构建列表</dt>`, `<div lang="en"><dt id="mvs">`}, nil},
		{"root", "index.html", []string{`href="en/index.html" hreflang="en"`, `href="zh/index.html" hreflang="zh-CN"`}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, want := range tt.holds {
				if !strings.Contains(got[tt.page], want) {
					t.Errorf("%s does not hold %s", tt.page, want)
				}
			}
			for _, not := range tt.lacks {
				if strings.Contains(got[tt.page], not) {
					t.Errorf("%s holds %s", tt.page, not)
				}
			}
		})
	}
}

// TestLanguagesRebuild holds that an edit renders the pages that show its text, in all languages.
func TestLanguagesRebuild(t *testing.T) {
	fsys := inChinese(t)
	b, err := site.NewBuilder(site.Options{Content: fsys, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Build(context.Background(), tasks()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file string
		want []string
	}{
		{"en/modules.md", []string{"en/modules.html"}},
		{"zh/modules.md", []string{"zh/modules.html"}},
		{"en/versions.md", []string{"en/versions.html", "zh/versions.html"}},
	} {
		set(fsys, tt.file, string(fsys[tt.file].Data)+"\nOne more line.\n")
		report, err := b.Build(context.Background(), tasks())
		if err != nil {
			t.Fatal(err)
		}
		if got := htmlAndXML(report.Written); !slices.Equal(got, tt.want) {
			t.Errorf("edit of %s wrote %v, want %v", tt.file, got, tt.want)
		}
	}
}

func TestLanguageErrors(t *testing.T) {
	for _, tt := range []struct{ name, file, old, new, want string }{
		{"unknown language", "course.yaml", "languages: [zh]", "languages: [zh, tlh]", `course.yaml:3:5: course has no description in "tlh"`},
		{"part without title", "course.yaml", ", zh: 集群", "", `title in "zh"`},
		{"more than a translation holds", "zh/modules.md", "title: 模块", "title: 模块\nminutes: 3", `zh/modules.md:3:1: unknown field "minutes"`},
		{"anchor that the source has not", "zh/modules.md", "#how-a-version-is-chosen", "#nope", "zh/modules.md:8:"},
		{"chapter that the source has not", "zh/glossary.yaml", "id: build-list", "id: nope", `term "nope" is not in en/glossary.yaml`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fsys := inChinese(t)
			replace(t, fsys, tt.file, tt.old, tt.new)
			_, err := site.Build(context.Background(), site.Options{Content: fsys, Tasks: tasks(), Out: t.TempDir()})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestTranslatedTask(t *testing.T) {
	cat := tasks()
	cat[0].Translations = map[string]task.Words{"zh": {
		Language: "zh", Title: "预测构建列表", Objectives: []string{"手算。", "用命令验证。"}, Text: "写下答案。\n", Line: 7,
		Hints: []string{"问。", "看。", "写。"}, HintLines: []int{9, 11, 13}, File: "x06-build-list/task.zh.md", Digest: "9",
	}}
	_, got := build(t, site.Options{Content: inChinese(t), Tasks: cat})
	for page, wants := range map[string][]string{
		"zh/x06.html":      {`<h1>预测构建列表</h1>`, "写下答案。", "/edit/main/exercises/catalog/x06-build-list/task.zh.md"},
		"zh/versions.html": {`<strong>预测构建列表</strong>`, `<span>x06</span> 预测构建列表</a>`},
		"zh/x06.md":        {"# 预测构建列表"},
		"en/x06.html":      {`<h1>Predict the build list</h1>`},
		"zh/lab-7.html":    {`class="foreign"`, `<h1 lang="en">Four nodes</h1>`},
	} {
		for _, want := range wants {
			if !strings.Contains(got[page], want) {
				t.Errorf("%s does not hold %s", page, want)
			}
		}
	}
	if strings.Contains(got["zh/x06.html"], `class="foreign"`) {
		t.Error("a task that is translated says that it is not")
	}
}
