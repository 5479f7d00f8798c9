package task_test

import (
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/task"
)

const chinese = "---\ntitle: 题\nobjectives: [目标]\n---\n\n做吧。\n\n## Hint 1\n\n一。\n\n## Hint 2\n\n二。\n"

func TestTranslation(t *testing.T) {
	plain, err := task.Load(folder(nil), "x01-test")
	if err != nil {
		t.Fatal(err)
	}
	tk, err := task.Load(folder(map[string]string{"task.zh.md": chinese}), "x01-test")
	if err != nil {
		t.Fatal(err)
	}
	if tk.Digest != plain.Digest {
		t.Error("a translation changes what is proven")
	}
	w := tk.In("zh")
	if w.Language != "zh" || w.Title != "题" || w.Text != "做吧。\n" || w.Line != 6 || len(w.Hints) != 2 || w.Hints[1] != "二。" || w.File != "x01-test/task.zh.md" {
		t.Errorf("in Chinese: %+v", w)
	}
	if w := tk.In("de"); w.Language != "en" || w.Title != "T" || w.File != "x01-test/task.md" || w.Digest != tk.Digest {
		t.Errorf("in a language that nobody has written: %+v", w)
	}
	if m := (task.Catalog{tk}).Meta("zh")[0]; m.Title != "题" || m.Language != "zh" {
		t.Errorf("the course knows it as %+v", m)
	}
}

func TestTranslationMistakes(t *testing.T) {
	for name, tt := range map[string]struct{ old, new, want string }{
		"more than words":     {"title: 题", "title: 题\npoints: 4", `task.zh.md:3:1: unknown field "points"`},
		"an objective less":   {"[目标]", "[目标, 又一个]", "task.zh.md:3:13: 2 objectives, and x01-test/task.md has 1"},
		"a hint less":         {"\n\n## Hint 2\n\n二。", "", "task.zh.md: 1 hints, and x01-test/task.md has 2"},
		"hints out of order":  {"## Hint 1", "## Hint 3", "hint 3 stands where hint 1 is due"},
		"without frontmatter": {"---\ntitle", "title", "does not begin with front matter"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := task.Load(folder(map[string]string{"task.zh.md": strings.Replace(chinese, tt.old, tt.new, 1)}), "x01-test")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}
