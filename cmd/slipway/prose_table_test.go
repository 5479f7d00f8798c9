package main

import (
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	var rows table
	for line := range strings.Lines("| module | **what** |\n|---|---|\n| `a\\|b` | [short](x.md) |\n| `port.test/anchor` | 同一个镜像，任何人都绝不会得到另一个 |\n| `c` | |\n") {
		rows.add(strings.TrimSpace(line))
	}
	for width, want := range map[int]string{
		80: "module              what\n" +
			"------------------  ------------------------------------\n" +
			"`a|b`               short\n" +
			"`port.test/anchor`  同一个镜像，任何人都绝不会得到另一个\n" +
			"`c`\n",
		40: "module              what\n" +
			"------------------  --------------------\n" +
			"`a|b`               short\n" +
			"`port.test/anchor`  同一个镜像，任何人都\n" +
			"                    绝不会得到另一个\n" +
			"`c`\n",
		24: "`a|b`\n  what: short\n`port.test/anchor`\n  what: 同一个镜像，任何\n  人都绝不会得到另一个\n`c`\n",
	} {
		var b strings.Builder
		if rows.write(&b, width); b.String() != want {
			t.Errorf("%d cells: got\n%s\nwant\n%s", width, b.String(), want)
		}
	}
}

// No task shows a learner a table as Markdown writes it.
func TestTablesOfTasks(t *testing.T) {
	a, tables := &app{out: io.Discard}, 0
	for _, dir := range []string{"../../exercises/catalog", "../../labs/catalog"} {
		err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".md") {
				return err
			}
			data, err := fs.ReadFile(os.DirFS(dir), name)
			if strings.Contains(string(data), "\n|--") {
				tables++
			}
			if strings.Contains(a.prose(string(data)), "|--") {
				t.Errorf("%s/%s shows the rule of a table", dir, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if tables == 0 {
		t.Error("no task has a table")
	}
}
